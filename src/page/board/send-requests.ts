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
    const {made, changed, error} = await sendNext(tasks, requests)
    setPending(count => count - 1)
    if (error !== undefined) showWarning(selectedFailureText(error, tasks, changed))
    // What was made before a refusal can be undone, too.
    if (made.length > 0) record(Promise.resolve({kind: 'tasks', tasks: made, fields}))
  }

  return {isBusy: pending > 0, send}
}
