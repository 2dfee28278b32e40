/** The changes of a checklist that the server has not confirmed yet, as pure functions. */
import type {ChecklistItem} from '../../client/client.ts'

export type ChecklistChange =
  | {kind: 'add'; id: string; text: string}
  | {kind: 'edit'; id: string; fields: {text?: string; is_done?: boolean}}
  | {kind: 'move'; id: string; place: number}
  | {kind: 'remove'; id: string}

/** Returns the checklist that is expected after the change. A change of an item that was deleted changes nothing. */
export function withChange(
  items: readonly ChecklistItem[],
  change: ChecklistChange,
): readonly ChecklistItem[] {
  const {kind, id} = change
  if (kind === 'add') return [...items, {id, text: change.text, is_done: false}]
  const item = items.find(item => item.id === id)
  if (!item) return items
  const others = items.filter(other => other !== item)
  if (kind === 'remove') return others
  if (kind === 'move') return others.toSpliced(change.place, 0, item)
  return items.map(other => (other === item ? {...item, ...change.fields} : other))
}

/** Returns the id of the changed item. `items` is the checklist directly after the change. A new item is the last one. */
export function itemOf({kind, id}: ChecklistChange, items: readonly ChecklistItem[]): string {
  return kind === 'add' ? items.at(-1)!.id : id
}

/** Returns '2 of 5 done'. */
export function progressText(items: readonly ChecklistItem[]): string {
  return `${items.filter(({is_done}) => is_done).length} of ${items.length} done`
}
