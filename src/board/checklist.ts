/** The checklist of a task: its schemas, and the rules for changing it. Each rule is a pure function. */
import {z} from 'zod'
import {alter} from './alter.ts'
import {id, text} from './fields.ts'
import type {Action} from './member.ts'
import {Problem} from './problem.ts'

const itemText = text({min: 1, max: 500, trim: true})
const maxItems = 100

export const checklistItemSchema = z
  .object({id, text: itemText, is_done: z.boolean()})
  .meta({id: 'ChecklistItem'})
export type ChecklistItem = z.infer<typeof checklistItemSchema>

/** Boards contain only the numbers. */
export const checklistFields = {
  checklist: z.array(checklistItemSchema).meta({description: 'In the order of the team.'}),
  checklist_count: z.int().min(0),
  checklist_done_count: z.int().min(0),
}
export type WithChecklist = z.infer<z.ZodObject<typeof checklistFields>>

/** The checklist of a new task. */
export const noChecklist: WithChecklist = {checklist: [], checklist_count: 0, checklist_done_count: 0}

const placeMeaning = 'The number of items before the item. A number that is too large means the end.'
const place = z.int().min(0).max(maxItems)

export const newChecklistItemSchema = z.strictObject({
  text: itemText,
  place: place.optional().meta({description: `${placeMeaning} Default: the end.`}),
})
export type NewChecklistItem = z.infer<typeof newChecklistItemSchema>

export const checklistItemEditSchema = z
  .strictObject({text: itemText, is_done: z.boolean(), place: place.meta({description: placeMeaning})})
  .partial()
export type ChecklistItemEdit = z.infer<typeof checklistItemEditSchema>

type Listed = WithChecklist & {id: string; version: number; updated_at: string}

/** Adds an item that is not done. Throws Problem 'checklist-full'. */
export function addItem<T extends Listed>(
  task: T,
  itemId: string,
  {text, place = maxItems}: NewChecklistItem,
  action: Action,
): T {
  if (task.checklist.length >= maxItems) {
    const detail = `The checklist already has ${maxItems} items. Delete an item first.`
    throw new Problem('checklist-full', detail, {limit: maxItems})
  }
  return withItems(task, insertAt(task.checklist, place, {id: itemId, text, is_done: false}), action)
}

/** Replaces the given fields of the item. Throws Problem 'checklist-item-not-found'. */
export function editItem<T extends Listed>(
  task: T,
  itemId: string,
  {place, ...fields}: ChecklistItemEdit,
  action: Action,
): T {
  const index = indexOf(task, itemId)
  const edited = {...task.checklist[index]!, ...fields} as ChecklistItem
  return withItems(task, insertAt(others(task, itemId), place ?? index, edited), action)
}

/** Throws Problem 'checklist-item-not-found'. */
export function removeItem<T extends Listed>(task: T, itemId: string, action: Action): T {
  indexOf(task, itemId)
  return withItems(task, others(task, itemId), action)
}

function withItems<T extends Listed>(task: T, checklist: ChecklistItem[], action: Action): T {
  const checklist_done_count = checklist.filter(({is_done}) => is_done).length
  const fields = {checklist, checklist_count: checklist.length, checklist_done_count}
  return alter(task, fields as Partial<T>, action)
}

function insertAt(items: readonly ChecklistItem[], place: number, item: ChecklistItem): ChecklistItem[] {
  return items.toSpliced(place, 0, item)
}

function others({checklist}: Listed, itemId: string): ChecklistItem[] {
  return checklist.filter(({id}) => id !== itemId)
}

function indexOf({checklist}: Listed, itemId: string): number {
  const index = checklist.findIndex(({id}) => id === itemId)
  if (index >= 0) return index
  throw new Problem('checklist-item-not-found', 'The checklist has no such item. It may have been deleted.')
}
