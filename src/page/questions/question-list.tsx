/** Open questions with their answer forms, and the folded answered questions. */
import {useEffect, useState} from 'react'
import type {Escalation} from '../../client/client.ts'
import {count} from '../parts/format.ts'
import {addStyles} from '../parts/late-styles.ts'
import {useOpened} from '../parts/route.tsx'
import {escalationsInOrder} from './escalation-order.ts'
import {AnsweredQuestion, OpenQuestion} from './question.tsx'
import styles from './questions.css?inline'
import {useAnsweredMeanwhile} from './unsent-answers.ts'

addStyles(styles)

interface QuestionListProps {
  escalations: readonly Escalation[]
  /** The number of answered questions that the list shows. Default: all. */
  maxAnswered?: number
  /** Whether the panel of a task shows the list. */
  isInPanel: boolean
}

export function QuestionList({escalations, maxAnswered, isInPanel}: QuestionListProps) {
  const [{questionId}] = useOpened()
  const kept = useAnsweredMeanwhile(escalations)
  const {open, answered} = escalationsInOrder(escalations, kept)
  const isTarget = ({id}: Escalation) => id === questionId
  const shown = answered.filter(
    (escalation, index) => index < (maxAnswered ?? index + 1) || isTarget(escalation),
  )
  return (
    <>
      <ul className="questions">
        {open.map(escalation => (
          <OpenQuestion key={escalation.id} escalation={escalation} isInPanel={isInPanel} />
        ))}
      </ul>
      {answered.length > 0 && (
        <Answered
          escalations={shown}
          total={answered.length}
          opens={shown.some(isTarget)}
          isInPanel={isInPanel}
        />
      )}
    </>
  )
}

interface AnsweredProps extends Pick<QuestionListProps, 'isInPanel'> {
  escalations: Escalation[]
  total: number
  /** Whether the list unfolds by itself, because the address names one of its questions. */
  opens: boolean
}

function Answered({escalations, total, opens, isInPanel}: AnsweredProps) {
  const [isOpen, setOpen] = useState(opens)
  useEffect(() => {
    if (opens) setOpen(true)
  }, [opens])
  return (
    <details className="answered" open={isOpen} onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{count(total, 'answered question')}</summary>
      <ul className="questions">
        {escalations.map(escalation => (
          <AnsweredQuestion key={escalation.id} escalation={escalation} isInPanel={isInPanel} />
        ))}
      </ul>
    </details>
  )
}
