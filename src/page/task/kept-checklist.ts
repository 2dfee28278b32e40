/** The checklist of the open task. It shows the viewer's changes before the server responds. */
import {useRef} from 'react'
import type {ChecklistItem, Task} from '../../client/client.ts'
import {useSession} from '../session/session.tsx'
import {useRecordAct} from '../undo/record-act.tsx'
import {type ChecklistChange, withChange} from './checklist-changes.ts'
import {useSentChanges} from './sent-changes.ts'

interface KeptChecklist {
  items: readonly ChecklistItem[]
  /** The ids of the items with a change that the server has not confirmed. */
  pendingIds: ReadonlySet<string>
  /** Sends the change. After a refusal, undoes the change and shows a warning. */
  change(change: ChecklistChange): void
}

export function useChecklist(whole: Task): KeptChecklist {
  const {api} = useSession()
  const record = useRecordAct()
  const {id, title} = whole
  const latest = useRef(whole)
  const {confirmed, pending, change} = useSentChanges<Task, ChecklistChange>(whole, change => {
    const before = latest.current.checklist
    const answer = send(change).then(task => {
      latest.current = task // the next change is sent before this one is rendered
      return task
    })
    record(
      answer.then(task => ({
        kind: 'checklist',
        task,
        before,
        after: task.checklist,
        itemId: itemOf(change, before, task),
      })),
    )
    return answer
  })
  if (confirmed.version > latest.current.version) latest.current = confirmed

  function send(change: ChecklistChange): Promise<Task> {
    const {kind, id: item_id} = change
    if (kind === 'add') {
      return api.call('POST /tasks/{id}/checklist', {params: {id}, body: {text: change.text}})
    }
    const params = {id, item_id}
    if (kind === 'remove') return api.call('DELETE /tasks/{id}/checklist/{item_id}', {params})
    const body = kind === 'move' ? {place: change.place} : change.fields
    return api.call('PATCH /tasks/{id}/checklist/{item_id}', {params, body})
  }

  return {
    items: pending.reduce(withChange, confirmed.checklist as readonly ChecklistItem[]),
    pendingIds: new Set(pending.map(({id}) => id)),
    change: made => change(made, title),
  }
}

/** Returns the id of the changed item. A new item has its id from the server. */
function itemOf({kind, id}: ChecklistChange, before: readonly ChecklistItem[], {checklist}: Task): string {
  if (kind !== 'add') return id
  return checklist.find(item => !before.some(known => known.id === item.id))?.id ?? id
}
