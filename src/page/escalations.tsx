/** Questions that hold up the work: to be asked, and to be answered where one sees them. */
import {useState} from 'react'
import type {Escalation} from '../board/escalation.ts'
import type {Project} from '../board/project.ts'
import {Ask} from './ask.tsx'
import {textOf} from './form-dialog.tsx'
import {escalationsInOrder} from './home-state.ts'
import {PlusIcon} from './icons.tsx'
import {nameIn, useMembers} from './news.tsx'
import {refusal} from './notices.ts'
import {useNow} from './now.ts'
import {go} from './route.tsx'
import {useSession} from './session.tsx'
import {addressOf} from './task-address.ts'
import {ago, moment} from './words.ts'

const fewAnswered = 5 // beyond these, answers are history

interface EscalationsProps {
  escalations: Escalation[]
  projects: Project[]
}

export function Escalations({escalations, projects}: EscalationsProps) {
  const {me} = useSession()
  const members = useMembers()
  const [isAsking, setAsking] = useState(false)
  const {open, answered} = escalationsInOrder(escalations)
  return (
    <section className="block" aria-label="Escalations">
      <header className="block-head">
        <h2>Escalations</h2>
        {open.length > 0 && <span className="block-count">{open.length} open</span>}
        {me.role !== 'viewer' && (
          <button type="button" className="button" onClick={() => setAsking(true)}>
            <PlusIcon />
            Ask
          </button>
        )}
      </header>
      <ul className="escalations">
        {open.map(escalation => (
          <OpenEscalation key={escalation.id} escalation={escalation} />
        ))}
        {open.length === 0 && <li className="muted">Nothing waits for an answer.</li>}
      </ul>
      {answered.length > 0 && (
        <details className="answered">
          <summary>Answered</summary>
          <ul className="escalations">
            {answered.slice(0, fewAnswered).map(escalation => (
              <AnsweredEscalation key={escalation.id} escalation={escalation} />
            ))}
          </ul>
        </details>
      )}
      {isAsking && <Ask projects={projects} members={members} onClose={() => setAsking(false)} />}
    </section>
  )
}

function OpenEscalation({escalation}: {escalation: Escalation}) {
  const {api, me} = useSession()
  const members = useMembers()
  const now = useNow()
  const [isAnswering, setAnswering] = useState(false)
  const {question, created_by_user_id, created_at, assignee_user_id} = escalation
  const isForMe = assignee_user_id === me.user_id
  return (
    <li className="escalation" data-mine={isForMe || undefined}>
      <p className="prose">{question}</p>
      <p className="muted">
        {nameIn(members, created_by_user_id)} asks{' '}
        {assignee_user_id && (isForMe ? 'you' : nameIn(members, assignee_user_id))} ·{' '}
        <time dateTime={created_at} title={moment(created_at)}>
          {ago(created_at, now)}
        </time>
      </p>
      {isAnswering && <AnswerForm escalation={escalation} onCancel={() => setAnswering(false)} />}
      {!isAnswering && (
        <span className="escalation-acts">
          {me.role !== 'viewer' && (
            <button type="button" className="button" onClick={() => setAnswering(true)}>
              Answer
            </button>
          )}
          {escalation.task_id && (
            <button type="button" className="button" onClick={() => void addressOf(api, escalation).then(go)}>
              Open the task
            </button>
          )}
        </span>
      )}
    </li>
  )
}

function AnswerForm({escalation, onCancel}: {escalation: Escalation; onCancel(): void}) {
  const {api} = useSession()
  const [error, setError] = useState<string>()
  const [isBusy, setBusy] = useState(false)

  async function submit(response: string) {
    setBusy(true)
    try {
      // The stream brings the answer, here as to everybody.
      await api.call('POST', `/escalations/${escalation.id}/response`, {response})
    } catch (error) {
      setBusy(false)
      setError(refusal(error, escalation.question).detail)
    }
  }

  return (
    <form
      className="form"
      onSubmit={event => {
        event.preventDefault()
        void submit(textOf(new FormData(event.currentTarget), 'response'))
      }}
    >
      {/* biome-ignore lint/a11y/noAutofocus: the viewer has just asked for it */}
      <textarea name="response" aria-label="Your answer" rows={3} maxLength={10_000} required autoFocus />
      {error && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
      <div className="form-acts">
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" className="button" data-kind="primary" disabled={isBusy}>
          Send answer
        </button>
      </div>
    </form>
  )
}

function AnsweredEscalation({escalation}: {escalation: Escalation}) {
  const members = useMembers()
  const now = useNow()
  const {question, response, responded_by_user_id, responded_at} = escalation
  return (
    <li className="escalation">
      <p className="prose muted">{question}</p>
      <p className="prose">{response}</p>
      <p className="muted">
        {nameIn(members, responded_by_user_id)} · {responded_at && ago(responded_at, now)}
      </p>
    </li>
  )
}
