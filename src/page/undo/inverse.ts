/** The requests that undo an act, as pure functions. */
import type {BoardTask, ChecklistItem, Me, Story, Task} from '../../client/client.ts'
import type {BlockerAct, ChecklistAct, StoryAct, TaskAct, TaskField, UndoableAct} from './act.ts'
import {type StepBack, stepsBack} from './steps-back.ts'

/** A request of the API. */
export interface UndoRequest {
  name: `${'PUT' | 'PATCH' | 'POST' | 'DELETE'} /${string}`
  params: {id: string} & Record<string, string>
  body?: object
}

/** How an act on one task or story is undone. */
export interface Inverse<T extends {version: number}> {
  /** Returns whether what the act has changed is still as in `left`. Default: as the act has left it. */
  isUnchanged(current: T, left?: T): boolean
  /**
   * The requests in their order. Each function receives the task or story after the previous request, and returns undefined
   * when no request is needed.
   */
  requests: readonly ((current: T) => UndoRequest | undefined)[]
}

/** Returns undefined when the viewer is not allowed to undo the act. */
export function inverseOfTask(
  act: Exclude<UndoableAct, StoryAct | {kind: 'tasks' | 'created-story'}>,
  me: Me,
) {
  if (me.role === 'viewer') return undefined
  switch (act.kind) {
    case 'task':
      return inverseOfChange(act, me)
    case 'created-task':
      return inverseOfCreation(act.task)
    case 'checklist':
      return inverseOfChecklist(act)
    case 'blocker':
      return inverseOfBlocker(act)
  }
}

function inverseOfChange({before, after, fields, place}: TaskAct, me: Me): Inverse<Task> | undefined {
  const params = {id: before.id}
  const hasStatus = fields.includes('status') || fields.includes('owner_user_id')
  const steps = hasStatus ? stepsBack(after, before, me) : []
  if (!steps) return undefined
  const isRanked = fields.includes('rank') && place !== undefined
  return {
    // Labels are merged, because other members may add and remove other labels.
    isUnchanged: (current, left = after as Task) =>
      fields.every(field => field === 'label_ids' || isEqual(current[field], left[field])),
    requests: [
      current => {
        const body = fieldsBefore(before, after, current, fields)
        return Object.keys(body).length > 0 ? {name: 'PATCH /tasks/{id}', params, body} : undefined
      },
      ...steps.map(step => () => requestOf(step, before.id)),
      ...(isRanked ? [() => ({name: 'PUT /tasks/{id}/rank' as const, params, body: place})] : []),
    ],
  }
}

/** Returns the values of the editable fields before the act. */
function fieldsBefore(
  before: BoardTask,
  after: BoardTask,
  current: Pick<BoardTask, 'label_ids'>,
  fields: readonly TaskField[],
): Record<string, unknown> {
  const others: readonly TaskField[] = ['status', 'owner_user_id', 'rank', 'label_ids']
  const edited = fields.filter(field => !others.includes(field)).map(field => [field, before[field]])
  const labels = fields.includes('label_ids')
    ? [['label_ids', labelsBefore(before.label_ids, after.label_ids, current.label_ids)]]
    : []
  return Object.fromEntries([...edited, ...labels])
}

/** Returns the present labels without those that the act has added, and with those that it has removed. */
export function labelsBefore(
  before: readonly string[],
  after: readonly string[],
  current: readonly string[],
): string[] {
  const removed = before.filter(id => !after.includes(id))
  const kept = current.filter(id => before.includes(id) || !after.includes(id))
  return [...new Set([...kept, ...removed])].sort()
}

function requestOf(step: StepBack, id: string): UndoRequest {
  const params = {id}
  if (step === 'take') return {name: 'PUT /tasks/{id}/ownership', params}
  if (step === 'release') return {name: 'DELETE /tasks/{id}/ownership', params}
  if ('give' in step) {
    return {name: 'PUT /tasks/{id}/ownership', params, body: {owner_user_id: step.give}}
  }
  return {name: 'PUT /tasks/{id}/status', params, body: {status: step.status}}
}

/** What a member can change of a task, except its place in the order. */
const contentOfTask: readonly (keyof Task)[] = [
  'title',
  'description',
  'status',
  'owner_user_id',
  'story_id',
  'priority',
  'due_on',
  'estimated_hours',
  'label_ids',
  'acceptance_criteria_refs',
  'checklist',
  'blocked_by_task_ids',
  'links',
  'discussion_version',
]

/**
 * A task with other content, with a comment or with a question is not deleted. The version is not compared, because
 * changes that were undone have changed it. Whether other tasks wait for the task must be known from elsewhere.
 */
function inverseOfCreation(task: Task): Inverse<Task> {
  return {
    isUnchanged: current => contentOfTask.every(field => isEqual(current[field], task[field])),
    requests: [() => ({name: 'DELETE /tasks/{id}', params: {id: task.id}})],
  }
}

function inverseOfChecklist({task, before, after, itemId}: ChecklistAct): Inverse<Task> {
  const {id} = task
  const [itemBefore, itemAfter] = [before, after].map(items => items.find(item => item.id === itemId))
  const params = {id, item_id: itemId}
  const [oldPlace, newPlace] = [before, after].map(items => items.findIndex(item => item.id === itemId))
  const currentOf = ({checklist}: Task) => checklist.find(item => item.id === itemId)
  if (!itemBefore) {
    return {
      isUnchanged: current => isEqual(currentOf(current), itemAfter),
      requests: [() => ({name: 'DELETE /tasks/{id}/checklist/{item_id}', params})],
    }
  }
  if (!itemAfter) {
    const body = {text: itemBefore.text, place: oldPlace}
    return {
      // When the response was lost, or when another member was faster, the item exists already.
      isUnchanged: (current, left = task) => restoredItem(itemBefore, left.checklist, current) === undefined,
      requests: [
        () => ({name: 'POST /tasks/{id}/checklist', params: {id}, body}),
        current => checkRestored(restoredItem(itemBefore, after, current), itemBefore, id),
      ],
    }
  }
  if (!isEqual(itemBefore, itemAfter)) {
    const {text, is_done} = itemBefore
    return {
      isUnchanged: current => isEqual(currentOf(current), itemAfter),
      requests: [() => ({name: 'PATCH /tasks/{id}/checklist/{item_id}', params, body: {text, is_done}})],
    }
  }
  return {
    isUnchanged: ({checklist}) => checklist.findIndex(item => item.id === itemId) === newPlace,
    requests: [() => ({name: 'PATCH /tasks/{id}/checklist/{item_id}', params, body: {place: oldPlace}})],
  }
}

/** Returns the item with the text of the deleted item that `known` lacks. */
function restoredItem(
  {text}: ChecklistItem,
  known: readonly ChecklistItem[],
  {checklist}: Task,
): ChecklistItem | undefined {
  return checklist.find(item => item.text === text && !known.some(({id}) => id === item.id))
}

/** A new item is not done. When the deleted item was done, the item that replaces it is marked as done. */
function checkRestored(
  restored: ChecklistItem | undefined,
  {is_done}: ChecklistItem,
  id: string,
): UndoRequest | undefined {
  if (!is_done || !restored) return undefined
  const params = {id, item_id: restored.id}
  return {name: 'PATCH /tasks/{id}/checklist/{item_id}', params, body: {is_done}}
}

function inverseOfBlocker({task: {id}, blockerId, isAdded}: BlockerAct): Inverse<Task> {
  const params = {id, blocker_id: blockerId}
  return {
    isUnchanged: ({blocked_by_task_ids}) => blocked_by_task_ids.includes(blockerId) === isAdded,
    requests: [() => ({name: `${isAdded ? 'DELETE' : 'PUT'} /tasks/{id}/blockers/{blocker_id}`, params})],
  }
}

/** Returns undefined when the viewer is not allowed to undo the act. */
export function inverseOfStory(act: StoryAct | {kind: 'created-story'; story: Story}, me: Me) {
  if (me.role === 'viewer') return undefined
  if (act.kind === 'created-story') return inverseOfNewStory(act.story)
  return inverseOfStoryChange(act)
}

function inverseOfStoryChange({before, after, fields, place}: StoryAct): Inverse<Story> {
  const params = {id: before.id}
  const edited = fields.filter(field => field !== 'status' && field !== 'rank')
  const body = Object.fromEntries(edited.map(field => [field, before[field]]))
  return {
    isUnchanged: (current, left = after as Story) =>
      fields.every(field => isEqual(current[field], left[field])),
    requests: [
      ...(edited.length > 0 ? [() => ({name: 'PATCH /stories/{id}' as const, params, body})] : []),
      ...(fields.includes('status')
        ? [() => ({name: 'PUT /stories/{id}/status' as const, params, body: {status: before.status}})]
        : []),
      ...(place ? [() => ({name: 'PUT /stories/{id}/rank' as const, params, body: place})] : []),
    ],
  }
}

const contentOfStory: readonly (keyof Story)[] = ['title', 'description', 'sprint_id', 'status']

/** Whether the story has tasks must be known from elsewhere, because a new task does not change the story. */
function inverseOfNewStory(story: Story): Inverse<Story> {
  return {
    isUnchanged: current => contentOfStory.every(field => isEqual(current[field], story[field])),
    requests: [() => ({name: 'DELETE /stories/{id}', params: {id: story.id}})],
  }
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
