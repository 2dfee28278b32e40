/** Answers a request for a release with one click. */
import {useState} from 'react'
import type {Escalation} from '../../client/client.ts'
import {useNotes} from '../parts/notes.tsx'
import {useOpened} from '../parts/route.tsx'
import {failureText} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {useRecordFinal} from '../undo/record-act.tsx'

export function ReleaseAnswer({escalation: {id, question}}: {escalation: Escalation}) {
  const {api} = useSession()
  const recordFinal = useRecordFinal()
  const {showWarning} = useNotes()
  const [opened, open] = useOpened()
  const [isBusy, setBusy] = useState(false)

  async function answer(approved: boolean) {
    setBusy(true)
    try {
      const {href} = location
      const sent = api.call('POST /escalations/{id}/response', {params: {id}, body: {approved}})
      await recordFinal('Request answered', sent)
      // Unfolds the answered questions, so that the member sees the answer.
      if (location.href === href) open({...opened, questionId: id})
    } catch (error) {
      setBusy(false)
      showWarning(failureText(error, question))
    }
  }

  return (
    <>
      <button
        type="button"
        className="button"
        data-kind="primary"
        disabled={isBusy}
        onClick={() => void answer(true)}
      >
        Release
      </button>
      <button type="button" className="button" disabled={isBusy} onClick={() => void answer(false)}>
        Keep
      </button>
    </>
  )
}

/** Returns what the owner has decided. Null when the task had another owner before the answer. */
export function releaseOutcome(approved: boolean | null): string {
  if (approved === null) return 'The task has another owner or was closed before an answer.'
  return approved ? 'The task was released.' : 'The owner keeps the task.'
}
