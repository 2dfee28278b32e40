/** Questions that block the work. The viewer can answer open questions and ask new questions here. */
import {useState} from 'react'
import {mayRespond} from '../../client/board.ts'
import type {Escalation, Project} from '../../client/client.ts'
import {memberName} from '../organization/members.ts'
import {useMembers} from '../organization/organization-stream.tsx'
import {taskAddress} from '../organization/task-address.ts'
import {Form, TextField, textOf} from '../parts/form.tsx'
import {dateAndTime, timeAgo} from '../parts/format.ts'
import {PlusIcon} from '../parts/icons.tsx'
import {useNow} from '../parts/now.ts'
import {go} from '../parts/route.tsx'
import {useSession} from '../session/session.tsx'
import {escalationsInOrder} from './escalation-order.ts'
import {NewEscalation} from './new-escalation.tsx'

const maxAnswered = 5 // the number of answered questions that the page shows

interface EscalationsProps {
  escalations: Escalation[]
  projects: Project[]
}

export function Escalations({escalations, projects}: EscalationsProps) {
  const {me} = useSession()
  const [isAsking, setAsking] = useState(false)
  const {open, answered} = escalationsInOrder(escalations)
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
      <ul className="escalations">
        {open.map(escalation => (
          <OpenEscalation key={escalation.id} escalation={escalation} />
        ))}
        {open.length === 0 && <li className="muted">No open questions.</li>}
      </ul>
      {answered.length > 0 && (
        <details className="answered">
          <summary>Answered questions</summary>
          <ul className="escalations">
            {answered.slice(0, maxAnswered).map(escalation => (
              <AnsweredEscalation key={escalation.id} escalation={escalation} />
            ))}
          </ul>
        </details>
      )}
      {isAsking && <NewEscalation projects={projects} onClose={() => setAsking(false)} />}
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
  const author = memberName(members, created_by_user_id)
  return (
    <li className="escalation" data-mine={isForMe || undefined}>
      <p className="prose">{question}</p>
      <p className="muted">
        {assignee_user_id
          ? `${author} asked ${isForMe ? 'you' : memberName(members, assignee_user_id)}`
          : `Asked by ${author}`}
        {' · '}
        <time dateTime={created_at} title={dateAndTime(created_at)}>
          {timeAgo(created_at, now)}
        </time>
      </p>
      {isAnswering && <AnswerForm escalation={escalation} onCancel={() => setAnswering(false)} />}
      {!isAnswering && (
        <span className="escalation-actions">
          {mayRespond(escalation, me) && (
            <button type="button" className="button" onClick={() => setAnswering(true)}>
              Answer
            </button>
          )}
          {escalation.task_id && (
            <button
              type="button"
              className="button"
              onClick={() => void taskAddress(api, escalation).then(go)}
            >
              Open task
            </button>
          )}
        </span>
      )}
    </li>
  )
}

function AnswerForm({escalation, onCancel}: {escalation: Escalation; onCancel(): void}) {
  const {api} = useSession()
  return (
    <Form
      // This form does not add the answer to the page. The page shows the answer when the stream delivers
      // `escalation.responded`.
      onSubmit={fields =>
        api.call('POST /escalations/{id}/response', {
          params: {id: escalation.id},
          body: {response: textOf(fields, 'response')},
        })
      }
      actions={isBusy => (
        <div className="form-actions">
          <button type="button" className="button" onClick={onCancel}>
            Cancel
          </button>
          <button type="submit" className="button" data-kind="primary" disabled={isBusy}>
            Send answer
          </button>
        </div>
      )}
    >
      <TextField name="response" rows={3} isRequired isLabelHidden hasFocus />
    </Form>
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
        {memberName(members, responded_by_user_id)} · {responded_at && timeAgo(responded_at, now)}
      </p>
    </li>
  )
}
