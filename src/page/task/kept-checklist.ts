/** The checklist of the open task. It shows the viewer's changes before the server responds. */
import {useEffect, useRef, useSyncExternalStore} from 'react'
import type {ChecklistItem, Task} from '../../client/client.ts'
import {type Draft, useDrafts} from '../parts/drafts.ts'
import {useSentChanges} from '../parts/sent-changes.ts'
import {isOutcomeUnknown} from '../session/repeat-safely.ts'
import {useSession} from '../session/session.tsx'
import type {ChecklistAct} from '../undo/act.ts'
import {changeExactly} from '../undo/exact-change.ts'
import {useRecordAct} from '../undo/record-act.tsx'
import {type ChecklistChange, itemOf, withChange} from './checklist-changes.ts'
import {unsentItems, withDeleted} from './unsent-items.ts'

interface KeptChecklist {
  items: readonly ChecklistItem[]
  /** The items, and between them the items that were deleted while the viewer was editing them. */
  shown: readonly ChecklistItem[]
  /** The ids of the items with a change that the server has not confirmed. */
  pendingIds: ReadonlySet<string>
  /** Sends the change. After a refusal, undoes the change and shows a warning. The text of the change is then unsent. */
  change(change: ChecklistChange): void
  /** The texts that the server has not confirmed, by their keys. */
  unsent: Draft
  /** Keeps an unsent text. When `text` is undefined, deletes it. */
  setUnsent(key: string, text: string | undefined): void
}

export function useChecklist(whole: Task): KeptChecklist {
  const {api} = useSession()
  const record = useRecordAct()
  const {id} = whole
  const drafts = useDrafts()
  const {current, write} = unsentItems(drafts, id)
  const unsent = useSyncExternalStore(drafts.subscribe, current)
  /** The ids of the new items whose response was lost, with the items that were known before. */
  const lost = useRef(new Map<string, readonly ChecklistItem[]>())
  const {confirmed, pending, change} = useSentChanges<Task, ChecklistChange>(whole, (change, turn) => {
    const made = turn.then(newest => {
      const known = newest()
      return changeExactly(
        known,
        ifMatch => send(change, ifMatch),
        () => api.call('GET /tasks/{id}', {params: {id}}),
      ).catch(error => {
        if (change.kind === 'add' && isOutcomeUnknown(error)) {
          // The stream has delivered the new item, so only the response was lost.
          if (isAdded(change.text, known.checklist, newest().checklist))
            return {before: undefined, after: newest()}
          lost.current.set(change.id, known.checklist)
        }
        throw error
      })
    })
    record(made.then(({before, after}) => before && actOf(change, before, after)))
    return made.then(({after}) => {
      if (current()[change.id] === textIn(change)) write(change.id, undefined)
      return after
    })
  })
  const pendingIds = new Set(pending.map(({id}) => id))

  // A text is sent also when another member has saved the same text, and when the response of the change was lost.
  useEffect(() => {
    for (const {id, text} of confirmed.checklist)
      if (current()[id] === text && !pending.some(change => change.id === id)) write(id, undefined)
    for (const [id, known] of lost.current)
      if (isAdded(current()[id], known, confirmed.checklist)) write(id, undefined)
  })

  function send(change: ChecklistChange, ifMatch: number | undefined): Promise<Task> {
    const {kind, id: item_id} = change
    if (kind === 'add') {
      const body = {text: change.text}
      // The text keeps its id until the server has confirmed it, so a repeated request adds the item only once.
      return api.call('POST /tasks/{id}/checklist', {params: {id}, body, ifMatch, idempotencyKey: change.id})
    }
    const params = {id, item_id}
    if (kind === 'remove') return api.call('DELETE /tasks/{id}/checklist/{item_id}', {params, ifMatch})
    const body = kind === 'move' ? {place: change.place} : change.fields
    return api.call('PATCH /tasks/{id}/checklist/{item_id}', {params, body, ifMatch})
  }

  const items = pending.reduce(withChange, confirmed.checklist as readonly ChecklistItem[])
  const shown = useRef(items)
  shown.current = withDeleted(items, unsent, shown.current)
  return {
    items,
    shown: shown.current,
    pendingIds,
    change(made) {
      const text = textIn(made) ?? items.find(item => item.id === made.id)?.text ?? whole.title
      if (textIn(made) !== undefined || made.kind === 'remove') write(made.id, textIn(made))
      change(made, text)
    },
    unsent,
    setUnsent: write,
  }
}

/** Returns the text that the change gives to its item. */
function textIn(change: ChecklistChange): string | undefined {
  if (change.kind === 'add') return change.text
  return change.kind === 'edit' ? change.fields.text : undefined
}

/** Whether `items` contains a new item with this text. */
function isAdded(
  text: string | undefined,
  known: readonly ChecklistItem[],
  items: readonly ChecklistItem[],
): boolean {
  return items.some(item => item.text === text && !known.some(({id}) => id === item.id))
}

function actOf(change: ChecklistChange, before: Task, after: Task): ChecklistAct {
  const itemId = itemOf(change, after.checklist)
  return {kind: 'checklist', task: after, before: before.checklist, after: after.checklist, itemId}
}
