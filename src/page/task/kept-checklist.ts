/** The checklist of the open task. It shows the viewer's changes before the server responds. */
import {useRef, useState} from 'react'
import type {ChecklistItem, Task} from '../../client/client.ts'
import {useNotes} from '../parts/notes.tsx'
import {failureText} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {type ChecklistChange, withChange} from './checklist-changes.ts'

interface KeptChecklist {
  items: readonly ChecklistItem[]
  /** The ids of the items with a change that the server has not confirmed. */
  pendingIds: ReadonlySet<string>
  /** Sends the change. After a refusal, undoes the change and shows a warning. */
  change(change: ChecklistChange): void
}

export function useChecklist(whole: Task): KeptChecklist {
  const {api} = useSession()
  const {showWarning} = useNotes()
  const [pending, setPending] = useState<readonly ChecklistChange[]>([])
  const [answered, setAnswered] = useState(whole)
  // The changes are sent one after another, so that they are made in the order of the clicks.
  const last = useRef<Promise<unknown>>(Promise.resolve())
  const confirmed = answered.version > whole.version ? answered : whole

  async function send(change: ChecklistChange): Promise<Task> {
    const {kind, id: item_id} = change
    const {id} = whole
    if (kind === 'add') {
      return api.call('POST /tasks/{id}/checklist', {params: {id}, body: {text: change.text}})
    }
    const params = {id, item_id}
    if (kind === 'remove') return api.call('DELETE /tasks/{id}/checklist/{item_id}', {params})
    const body = kind === 'move' ? {place: change.place} : change.fields
    return api.call('PATCH /tasks/{id}/checklist/{item_id}', {params, body})
  }

  function change(change: ChecklistChange) {
    setPending(known => [...known, change])
    last.current = last.current
      .then(() => send(change))
      .then(setAnswered)
      .catch(error => showWarning(failureText(error, whole.title)))
      .finally(() => setPending(known => known.filter(other => other !== change)))
  }

  return {
    items: pending.reduce(withChange, confirmed.checklist as readonly ChecklistItem[]),
    pendingIds: new Set(pending.map(({id}) => id)),
    change,
  }
}
