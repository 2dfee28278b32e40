/** Sends the changes of the selected tasks, and remembers them as one act. */
import {useState} from 'react'
import type {BoardTask, Task} from '../../client/client.ts'
import {useNotes} from '../parts/notes.tsx'
import {useSession} from '../session/session.tsx'
import type {TaskField} from '../undo/act.ts'
import {useRecordAct} from '../undo/record-act.tsx'
import type {Batch} from './bulk-changes.ts'
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
    const after: Task[] = []
    try {
      for (const {taskIds, changes} of batches) {
        const {tasks} = await api.call('POST /tasks/changes', {body: {task_ids: taskIds, changes}})
        after.push(...tasks)
      }
    } catch (error) {
      showWarning(bulkFailureText(error, tasks.length))
    } finally {
      setPending(count => count - 1)
    }
    // What was made before a refusal can be undone, too.
    const changed = tasks.flatMap(before => {
      const made = after.find(({id}) => id === before.id)
      return made && made.version > before.version ? {before, after: made} : []
    })
    if (changed.length > 0) record(Promise.resolve({kind: 'tasks', tasks: changed, fields}))
  }

  return {isBusy: pending > 0, send}
}
