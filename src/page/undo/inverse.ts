/** The requests that undo an act, as pure functions. */
import type {BoardTask, ChecklistItem, Me, Story, Task} from '../../client/client.ts'
import type {Act, ActStory, BlockerAct, ChecklistAct, StoryAct, TaskAct, TaskField} from './act.ts'
import {type StepBack, stepsBack} from './steps-back.ts'

/** A request of the API. */
export interface UndoRequest {
  name: `${'PUT' | 'PATCH' | 'POST' | 'DELETE'} /${string}`
  params: {id: string} & Record<string, string>
  body?: object
}

/** What undoes an act of one thing. */
export interface Inverse<T extends {version: number}> {
  /** Returns whether what the act has changed is still as the act has left it. */
  isUnchanged(current: T): boolean
  /** The requests in their order. A function receives the response of the request before. */
  requestsFor(current: T): (UndoRequest | ((response: T) => UndoRequest | undefined))[]
}

/** Returns undefined when the viewer is not allowed to undo the act. */
export function inverseOfTask(act: Exclude<Act, StoryAct | {kind: 'tasks' | 'created-story'}>, me: Me) {
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
    isUnchanged: current =>
      fields.every(field => field === 'label_ids' || isEqual(current[field], after[field])),
    requestsFor(current) {
      const body = fieldsBefore(before, after, current, fields)
      return [
        ...(Object.keys(body).length > 0 ? [{name: 'PATCH /tasks/{id}' as const, params, body}] : []),
        ...steps.map(step => requestOf(step, before.id)),
        ...(isRanked ? [{name: 'PUT /tasks/{id}/rank' as const, params, body: place}] : []),
      ]
    },
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

/** A task that another member has changed or commented on is not deleted. */
function inverseOfCreation({id, version, comment_count}: Task): Inverse<Task> {
  return {
    isUnchanged: current => current.version === version && current.comment_count === comment_count,
    requestsFor: () => [{name: 'DELETE /tasks/{id}', params: {id}}],
  }
}

function inverseOfChecklist({task: {id}, before, after, itemId}: ChecklistAct): Inverse<Task> {
  const [old, made] = [before, after].map(items => items.find(item => item.id === itemId))
  const params = {id, item_id: itemId}
  const [oldPlace, newPlace] = [before, after].map(items => items.findIndex(item => item.id === itemId))
  const currentOf = ({checklist}: Task) => checklist.find(item => item.id === itemId)
  if (!old) {
    return {
      isUnchanged: current => isEqual(currentOf(current), made),
      requestsFor: () => [{name: 'DELETE /tasks/{id}/checklist/{item_id}', params}],
    }
  }
  if (!made) {
    const body = {text: old.text, place: oldPlace}
    return {
      isUnchanged: () => true,
      requestsFor: current => [
        {name: 'POST /tasks/{id}/checklist', params: {id}, body},
        response => tick(response, current.checklist, old),
      ],
    }
  }
  if (!isEqual(old, made)) {
    const {text, is_done} = old
    return {
      isUnchanged: current => isEqual(currentOf(current), made),
      requestsFor: () => [{name: 'PATCH /tasks/{id}/checklist/{item_id}', params, body: {text, is_done}}],
    }
  }
  return {
    isUnchanged: ({checklist}) => checklist.findIndex(item => item.id === itemId) === newPlace,
    requestsFor: () => [{name: 'PATCH /tasks/{id}/checklist/{item_id}', params, body: {place: oldPlace}}],
  }
}

/** A new item is not done. When the deleted item was done, the item that replaces it is ticked. */
function tick(
  {id, checklist}: Task,
  known: readonly ChecklistItem[],
  {is_done}: ChecklistItem,
): UndoRequest | undefined {
  const created = checklist.find(item => !known.some(other => other.id === item.id))
  if (!is_done || !created) return undefined
  const params = {id, item_id: created.id}
  return {name: 'PATCH /tasks/{id}/checklist/{item_id}', params, body: {is_done}}
}

function inverseOfBlocker({task: {id}, blockerId, isAdded}: BlockerAct): Inverse<Task> {
  const params = {id, blocker_id: blockerId}
  return {
    isUnchanged: ({blocked_by_task_ids}) => blocked_by_task_ids.includes(blockerId) === isAdded,
    requestsFor: () => [{name: `${isAdded ? 'DELETE' : 'PUT'} /tasks/{id}/blockers/{blocker_id}`, params}],
  }
}

/** Returns undefined when the viewer is not allowed to undo the act. */
export function inverseOfStory(act: StoryAct | {kind: 'created-story'; story: Story}, me: Me) {
  if (me.role === 'viewer') return undefined
  if (act.kind === 'created-story') return inverseOfNewStory(act.story)
  return inverseOfStoryChange(act)
}

function inverseOfStoryChange({before, after, fields}: StoryAct): Inverse<Story> {
  const params = {id: before.id}
  const edited = fields.filter(field => field !== 'status')
  const body = Object.fromEntries(edited.map(field => [field, before[field]]))
  return {
    isUnchanged: current => fields.every(field => isEqual(current[field], (after as ActStory)[field])),
    requestsFor: () => [
      ...(edited.length > 0 ? [{name: 'PATCH /stories/{id}' as const, params, body}] : []),
      ...(fields.includes('status')
        ? [{name: 'PUT /stories/{id}/status' as const, params, body: {status: before.status}}]
        : []),
    ],
  }
}

/** Whether the story has tasks must be known from elsewhere, because a new task does not change the story. */
function inverseOfNewStory({id, version}: Story): Inverse<Story> {
  return {
    isUnchanged: current => current.version === version,
    requestsFor: () => [{name: 'DELETE /stories/{id}', params: {id}}],
  }
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
