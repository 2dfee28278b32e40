/** Questions that block the work. The viewer can answer open questions and ask new questions here. */
import {useState} from 'react'
import type {Escalation, Project} from '../../client/client.ts'
import {PlusIcon} from '../parts/icons.tsx'
import {useSession} from '../session/session.tsx'
import {escalationsInOrder} from './escalation-order.ts'
import {NewEscalation} from './new-escalation.tsx'
import {AnsweredQuestion, OpenQuestion} from './question.tsx'
import {useAnsweredMeanwhile} from './unsent-answers.ts'
import './questions.css'

const maxAnswered = 5 // the number of answered questions that the page shows

interface EscalationsProps {
  escalations: Escalation[]
  projects: Project[]
}

export function Escalations({escalations, projects}: EscalationsProps) {
  const {me} = useSession()
  const [isAsking, setAsking] = useState(false)
  const kept = useAnsweredMeanwhile(escalations)
  const {open, answered} = escalationsInOrder(escalations, kept)
  return (
    <section className="block" aria-label="Questions">
      <header className="block-head">
        <h2>Questions</h2>
        {open.length > 0 && <span className="block-count">{open.length} open</span>}
        {me.role !== 'viewer' && (
          <button type="button" className="button" onClick={() => setAsking(true)}>
            <PlusIcon />
            Ask a question
          </button>
        )}
      </header>
      <ul className="questions">
        {open.map(escalation => (
          <OpenQuestion key={escalation.id} escalation={escalation} hasTaskButton />
        ))}
        {open.length === 0 && <li className="muted">No open questions to other members.</li>}
      </ul>
      {answered.length > 0 && (
        <details className="answered">
          <summary>Answered questions</summary>
          <ul className="questions">
            {answered.slice(0, maxAnswered).map(escalation => (
              <AnsweredQuestion key={escalation.id} escalation={escalation} />
            ))}
          </ul>
        </details>
      )}
      {isAsking && <NewEscalation projects={projects} onClose={() => setAsking(false)} />}
    </section>
  )
}
