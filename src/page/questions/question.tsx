/** One question in a list. Members who may respond answer the question here. */
import {type ReactNode, useEffect, useRef, useState} from 'react'
import {mayRespond} from '../../client/board.ts'
import type {Escalation} from '../../client/client.ts'
import {memberName} from '../organization/members.ts'
import {useMembers} from '../organization/organization-stream.tsx'
import {useVisitTask} from '../organization/visit-task.ts'
import {useDrafts} from '../parts/drafts.ts'
import {Form, TextField, textOf} from '../parts/form.tsx'
import {FormError} from '../parts/form-errors.ts'
import {dateAndTime, timeAgo} from '../parts/format.ts'
import {useNow} from '../parts/now.ts'
import {openedIn} from '../parts/opened.ts'
import {takeArrival, useOpened} from '../parts/route.tsx'
import {useSession} from '../session/session.tsx'
import {useRecordFinal} from '../undo/record-act.tsx'
import {ReleaseAnswer, releaseOutcome} from './release-answer.tsx'
import {answerKey} from './unsent-answers.ts'

interface QuestionProps {
  escalation: Escalation
  /** Whether the panel of the task shows the question. Elsewhere, a button opens the task of the question. */
  isInPanel: boolean
}

/**
 * A question without an answer. When another member has answered while the viewer was writing, shows this answer above
 * the viewer's text.
 */
export function OpenQuestion({escalation, isInPanel}: QuestionProps) {
  const {me} = useSession()
  const visitTask = useVisitTask()
  const drafts = useDrafts()
  const members = useMembers()
  const [answering, setAnswering] = useState<false | 'asked' | 'restored'>(() =>
    drafts.read(answerKey(escalation.id)) ? 'restored' : false,
  )
  const isAnswered = escalation.status !== 'open'
  const isOpenRequest = !isAnswered && escalation.kind === 'release'
  return (
    <QuestionItem
      escalation={escalation}
      isInPanel={isInPanel}
      isMine={escalation.assignee_user_id === me.user_id}
    >
      <p className="prose">{escalation.question}</p>
      <AskedBy escalation={escalation} />
      {isAnswered && (
        <div className="question-meanwhile" role="status">
          <p>
            <strong>
              {memberName(members, escalation.responded_by_user_id)} answered while you were writing:
            </strong>
          </p>
          <p className="prose">{escalation.response}</p>
        </div>
      )}
      {answering && (
        <AnswerForm
          escalation={escalation}
          hasFocus={answering === 'asked'}
          onClose={() => setAnswering(false)}
        />
      )}
      {!answering && (
        <span className="question-actions">
          {isOpenRequest && mayRespond(escalation, me) && <ReleaseAnswer escalation={escalation} />}
          {!isAnswered && !isOpenRequest && mayRespond(escalation, me) && (
            <button type="button" className="button" onClick={() => setAnswering('asked')}>
              Answer
            </button>
          )}
          {!isInPanel && escalation.task_id && (
            <button
              type="button"
              className="button"
              onClick={() => void visitTask({...escalation, escalation_id: escalation.id})}
            >
              Open task
            </button>
          )}
        </span>
      )}
    </QuestionItem>
  )
}

export function AnsweredQuestion({escalation, isInPanel}: QuestionProps) {
  const members = useMembers()
  const now = useNow()
  const {kind, question, response, approved, responded_by_user_id, responded_at} = escalation
  return (
    <QuestionItem escalation={escalation} isInPanel={isInPanel}>
      <p className="prose muted">{question}</p>
      {kind === 'release' && <p>{releaseOutcome(approved)}</p>}
      {response && <p className="prose">{response}</p>}
      <p className="muted">
        {memberName(members, responded_by_user_id)} · {responded_at && timeAgo(responded_at, now)}
      </p>
    </QuestionItem>
  )
}

interface QuestionItemProps {
  escalation: Escalation
  /** Whether the panel of the task shows the question. */
  isInPanel: boolean
  isMine?: boolean
  children: ReactNode
}

/** When the address names the question, the item scrolls into view, is highlighted and gets the focus. */
function QuestionItem({escalation, isInPanel, isMine = false, children}: QuestionItemProps) {
  const [{taskId, questionId}] = useOpened()
  const item = useRef<HTMLLIElement>(null)
  // The page of a project shows the questions of an open task, too. The panel of the task has the target then.
  const isTarget = questionId === escalation.id && (taskId === undefined || isInPanel)
  useEffect(() => {
    if (!isTarget) return
    const arrive = () => {
      if (openedIn(location.hash).questionId !== escalation.id || !takeArrival()) return
      item.current!.focus({preventScroll: true})
      item.current!.scrollIntoView({block: 'center'})
    }
    arrive()
    // After an answer, the question is a new element in the list of answered questions.
    if (document.activeElement === document.body) item.current!.focus({preventScroll: true})
    // The same notification can be opened again.
    addEventListener('popstate', arrive)
    return () => removeEventListener('popstate', arrive)
  }, [isTarget, escalation.id])
  return (
    <li
      ref={item}
      className="question"
      data-mine={isMine || undefined}
      data-target={isTarget || undefined}
      tabIndex={isTarget ? -1 : undefined}
    >
      {children}
    </li>
  )
}

function AskedBy({escalation}: {escalation: Escalation}) {
  const {me} = useSession()
  const members = useMembers()
  const now = useNow()
  const {created_by_user_id, created_at, assignee_user_id, kind} = escalation
  const what = kind === 'release' ? ' to release the task' : ''
  const isByMe = created_by_user_id === me.user_id
  const author = isByMe ? 'You' : memberName(members, created_by_user_id)
  const assignee = assignee_user_id === me.user_id ? 'you' : memberName(members, assignee_user_id)
  return (
    <p className="muted">
      {assignee_user_id ? `${author} asked ${assignee}${what}` : `Asked by ${isByMe ? 'you' : author}`}
      {' · '}
      <time dateTime={created_at} title={dateAndTime(created_at)}>
        {timeAgo(created_at, now)}
      </time>
    </p>
  )
}

interface AnswerFormProps {
  escalation: Escalation
  /** Whether the text field gets the focus. */
  hasFocus: boolean
  onClose(): void
}

/** After another member has answered, the text can only become a comment on the task. */
function AnswerForm({escalation: {id, task_id, status}, hasFocus, onClose}: AnswerFormProps) {
  const {api} = useSession()
  const recordFinal = useRecordFinal()
  const drafts = useDrafts()
  const [opened, open] = useOpened()
  const isAnswered = status !== 'open'
  const isSurprising = useIsNew(isAnswered)

  // This form does not add the answer to the page. The page shows the answer when the stream delivers
  // `escalation.responded`.
  async function send(fields: FormData) {
    const text = textOf(fields, 'response')
    if (isSurprising) throw new FormError('Another member has just answered. Read the answer first.')
    if (!isAnswered) {
      const {href} = location
      const sent = api.call('POST /escalations/{id}/response', {params: {id}, body: {response: text}})
      await recordFinal('Question answered', sent)
      // Unfolds the answered questions, so that the member sees the answer.
      if (location.href === href) open({...opened, questionId: id})
    } else if (task_id)
      await recordFinal(
        'Comment added',
        api.call('POST /tasks/{id}/comments', {params: {id: task_id}, body: {body: text}}),
      )
    else throw new FormError('This question already has an answer.')
  }

  function discard() {
    drafts.write(answerKey(id), undefined)
    onClose()
  }

  return (
    <Form
      draftKey={answerKey(id)}
      action={isAnswered ? 'Post as comment' : 'Send answer'}
      onSubmit={send}
      onSent={onClose}
      actions={isBusy => (
        // The key makes new buttons, so that a press that began on “Cancel” cannot end on “Discard my text”.
        <div key={status} className="form-actions">
          <button
            type="button"
            className="button"
            disabled={isSurprising}
            onClick={isAnswered ? discard : onClose}
          >
            {isAnswered ? 'Discard my text' : 'Cancel'}
          </button>
          {(!isAnswered || task_id) && (
            <button type="submit" className="button" data-kind="primary" disabled={isBusy || isSurprising}>
              {isAnswered ? 'Post as comment' : 'Send answer'}
            </button>
          )}
        </div>
      )}
    >
      <TextField name="response" rows={3} isRequired isLabelHidden hasFocus={hasFocus} />
    </Form>
  )
}

const noticeMs = 1_000 // how long a member who is about to press a button needs to notice that its label has changed

/** Returns true for a second after each change of the value. */
function useIsNew(value: boolean): boolean {
  const [noticed, setNoticed] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setNoticed(value), noticeMs)
    return () => clearTimeout(timer)
  }, [value])
  return noticed !== value
}
