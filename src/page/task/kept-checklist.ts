/** The checklist of the open task. It shows the viewer's changes before the server responds. */
import {useRef, useSyncExternalStore} from 'react'
import type {ChecklistItem, Task} from '../../client/client.ts'
import {useDrafts} from '../parts/drafts.ts'
import {useSession} from '../session/session.tsx'
import type {ChecklistAct} from '../undo/act.ts'
import {changeExactly} from '../undo/exact-change.ts'
import {useRecordAct} from '../undo/record-act.tsx'
import {type ChecklistChange, itemOf, withChange} from './checklist-changes.ts'
import {useSentChanges} from './sent-changes.ts'
import {unsentItems} from './unsent-items.ts'

interface KeptChecklist {
  items: readonly ChecklistItem[]
  /** The ids of the items with a change that the server has not confirmed. */
  pendingIds: ReadonlySet<string>
  /** Sends the change. After a refusal, undoes the change and shows a warning. The text of a refused new item is unsent again. */
  change(change: ChecklistChange): void
  /** The text in the field for new items. It survives when the panel closes. */
  unsent: string
  setUnsent(text: string): void
}

export function useChecklist(whole: Task): KeptChecklist {
  const {api} = useSession()
  const record = useRecordAct()
  const {id} = whole
  const drafts = useDrafts()
  const unsent = unsentItems(drafts, id)
  const latest = useRef(whole)
  const {confirmed, pending, change} = useSentChanges<Task, ChecklistChange>(whole, change => {
    const made = changeExactly(
      latest.current,
      ifMatch => send(change, ifMatch),
      () => api.call('GET /tasks/{id}', {params: {id}}),
    )
    record(made.then(({before, after}) => before && actOf(change, before, after)))
    return made.then(({after}) => {
      latest.current = after // the next change is sent before this one is rendered
      return after
    })
  })
  if (confirmed.version > latest.current.version) latest.current = confirmed

  function send(change: ChecklistChange, ifMatch: number | undefined): Promise<Task> {
    const {kind, id: item_id} = change
    if (kind === 'add') {
      return api.call('POST /tasks/{id}/checklist', {params: {id}, body: {text: change.text}, ifMatch})
    }
    const params = {id, item_id}
    if (kind === 'remove') return api.call('DELETE /tasks/{id}/checklist/{item_id}', {params, ifMatch})
    const body = kind === 'move' ? {place: change.place} : change.fields
    return api.call('PATCH /tasks/{id}/checklist/{item_id}', {params, body, ifMatch})
  }

  /** The text of the item, which a warning then repeats. */
  function textOf(change: ChecklistChange): string {
    if (change.kind === 'add') return change.text
    const typed = change.kind === 'edit' && change.fields.text
    return typed || (items.find(item => item.id === change.id)?.text ?? whole.title)
  }

  const items = pending.reduce(withChange, confirmed.checklist as readonly ChecklistItem[])
  return {
    items,
    pendingIds: new Set(pending.map(({id}) => id)),
    change: made => change(made, textOf(made), () => made.kind === 'add' && unsent.giveBack(made.text)),
    unsent: useSyncExternalStore(drafts.subscribe, unsent.current),
    setUnsent: unsent.replace,
  }
}

function actOf(change: ChecklistChange, before: Task, after: Task): ChecklistAct {
  const itemId = itemOf(change, after.checklist)
  return {kind: 'checklist', task: after, before: before.checklist, after: after.checklist, itemId}
}
