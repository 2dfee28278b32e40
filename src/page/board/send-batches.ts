/** Sends the changes of the selected tasks, and remembers them as one act. */
import {useState} from 'react'
import type {BoardTask} from '../../client/client.ts'
import {useNotes} from '../parts/notes.tsx'
import {useSession} from '../session/session.tsx'
import type {TaskField, TasksAct} from '../undo/act.ts'
import {type Batch, changeTasksExactly} from '../undo/exact-change.ts'
import {useRecordAct} from '../undo/record-act.tsx'
import {bulkFailureText} from './bulk-words.ts'

interface SentBatches {
  isBusy: boolean
  /** Sends the requests one after another. `fields` are the fields that they change. */
  send(tasks: readonly BoardTask[], batches: readonly Batch[], fields: readonly TaskField[]): Promise<void>
}

export function useSentBatches(): SentBatches {
  const {api} = useSession()
  const {showWarning} = useNotes()
  const record = useRecordAct()
  const [pending, setPending] = useState(0)

  const send: SentBatches['send'] = async (tasks, batches, fields) => {
    setPending(count => count + 1)
    const made: TasksAct['tasks'][number][] = []
    let changed = 0
    try {
      for (const batch of batches) {
        made.push(...(await changeTasksExactly(api, batch, tasks)))
        changed += batch.taskIds.length
      }
    } catch (error) {
      showWarning(bulkFailureText(error, tasks, changed))
    } finally {
      setPending(count => count - 1)
    }
    // What was made before a refusal can be undone, too.
    if (made.length > 0) record(Promise.resolve({kind: 'tasks', tasks: made, fields}))
  }

  return {isBusy: pending > 0, send}
}
