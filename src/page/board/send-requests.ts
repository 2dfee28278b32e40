/** Sends the changes of the selected tasks, and remembers them as one act. */
import {useMemo, useState} from 'react'
import type {BoardTask} from '../../client/client.ts'
import {useNotes} from '../parts/notes.tsx'
import {useSession} from '../session/session.tsx'
import type {TaskField} from '../undo/act.ts'
import type {TasksRequest} from '../undo/exact-change.ts'
import {useRecordAct} from '../undo/record-act.tsx'
import {createRequestQueue} from './request-queue.ts'
import {selectedFailureText} from './selected-text.ts'

interface SentRequests {
  isBusy: boolean
  /** Sends the requests one after another. `fields` are the fields that they change. */
  send(
    tasks: readonly BoardTask[],
    requests: readonly TasksRequest[],
    fields: readonly TaskField[],
  ): Promise<void>
}

export function useSentRequests(): SentRequests {
  const {api} = useSession()
  const {showWarning} = useNotes()
  const record = useRecordAct()
  const [pending, setPending] = useState(0)
  const sendNext = useMemo(() => createRequestQueue(api), [api])

  const send: SentRequests['send'] = async (tasks, requests, fields) => {
    setPending(count => count + 1)
    const sent = sendNext(tasks, requests)
    // What was made before a refusal can be undone, too.
    record(sent.then(({made}) => (made.length > 0 ? {kind: 'tasks', tasks: made, fields} : undefined)))
    const {changed, error} = await sent
    setPending(count => count - 1)
    if (error !== undefined) showWarning(selectedFailureText(error, tasks, changed))
  }

  return {isBusy: pending > 0, send}
}
