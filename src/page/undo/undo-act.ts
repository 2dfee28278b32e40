/** Sends the requests that undo an act. What other members have changed since the act is never overwritten. */
import {type ApiClient, isProblem} from '../../client/api-client.ts'
import type {HistoryItem, Me, Story, Task} from '../../client/client.ts'
import type {Act, UndoableAct} from './act.ts'
import {type Inverse, inverseOfStory, inverseOfTask, type UndoRequest} from './inverse.ts'
import {inverseOfTasks} from './inverse-of-tasks.ts'
import {isOwnWork, otherActor} from './own-work.ts'
import {undoTasks} from './undo-tasks.ts'

/**
 * 'changed': another member has changed the same, or has made the change. 'partly': another member has changed the same
 * between two requests. 'deleted': the task or story was deleted. `lost`: this thing of the former state was deleted.
 * `skippedTasks`: this number of several tasks were not undone.
 */
export type UndoOutcome = 'undone' | 'changed' | 'partly' | 'deleted' | {lost: Lost} | {skippedTasks: number}

/** What an undo needs beside the task or story. The neighbour is the task or story beside the former place. */
export type Lost = 'story' | 'sprint' | 'label' | 'blocker' | 'neighbour'

/**
 * The ranks that things have got by undos, by `rankKey` of their state before the undone act. An undo puts the thing beside
 * its former neighbour, where the thing can get another rank.
 */
export type Ranks = Map<string, string>

/** Whether the rules allow the viewer to undo the act. */
export function isUndoable(act: Act, me: Me): act is UndoableAct {
  if (act.kind === 'final') return false
  if (act.kind === 'tasks') return inverseOfTasks(act, me) !== undefined
  return inverseFor(act, me) !== undefined
}

/**
 * Requires `isUndoable`. Rejects when a request fails. A request that is refused because of a change of another member is no
 * failure.
 */
export async function undoAct(
  api: ApiClient,
  act: UndoableAct,
  me: Me,
  ranks: Ranks = new Map(),
): Promise<UndoOutcome> {
  if (act.kind === 'tasks') {
    const skippedTasks = await undoTasks(api, act, me)
    return skippedTasks > 0 ? {skippedTasks} : 'undone'
  }
  const inverse = inverseFor(act, me)
  if (!inverse) throw new Error('The viewer is not allowed to undo this act.')
  try {
    if (isStoryAct(act)) {
      const params = {id: act.kind === 'story' ? act.after.id : act.story.id}
      if (act.kind === 'created-story' && (await hasTasks(api, params.id))) return 'changed'
      const read = () => api.call('GET /stories/{id}', {params})
      return await send(api, inverse as Inverse<Story>, read, act, ranks)
    }
    const params = {id: act.kind === 'task' ? act.after.id : act.task.id}
    const read = () => api.call('GET /tasks/{id}', {params})
    if (act.kind === 'created-task' && (await isBlocker(api, await read()))) return 'changed'
    if (act.kind === 'task' || act.kind === 'blocker') {
      if (!isOwnWork(act, await historyOf(api, params.id), me)) return 'changed'
    }
    return await send(api, inverse as Inverse<Task>, read, act, ranks)
  } catch (error) {
    if (isProblem(error, 'task-not-found') || isProblem(error, 'story-not-found')) return 'deleted'
    throw error
  }
}

type SingleAct = Exclude<UndoableAct, {kind: 'tasks'}>

function isStoryAct(act: SingleAct): act is Extract<SingleAct, {kind: 'story' | 'created-story'}> {
  return act.kind === 'story' || act.kind === 'created-story'
}

function inverseFor(act: SingleAct, me: Me) {
  return isStoryAct(act) ? inverseOfStory(act, me) : inverseOfTask(act, me)
}

const maxAttempts = 3 // another member may change another field between the read and the request

/** Each request expects the version that the previous request has created, or the version of an unchanged thing. */
async function send<T extends {version: number; rank: string}>(
  api: ApiClient,
  inverse: Inverse<T>,
  read: () => Promise<T>,
  act: SingleAct,
  ranks: Ranks,
): Promise<UndoOutcome> {
  let current = await read()
  const move = 'place' in act && act.place ? act : undefined
  const rank = move && ranks.get(rankKey(move.after))
  const isMoved = rank !== undefined && inverse.isUnchanged(current, {...(move!.after as unknown as T), rank})
  if (!isMoved && !inverse.isUnchanged(current)) return 'changed'
  let isBegun = false
  for (const requestFor of inverse.requests) {
    const response = await sendOne(requestFor, current)
    if (response === 'not-needed') continue
    if (response === 'changed') return isBegun ? 'partly' : 'changed'
    // The place does not matter when the neighbour was deleted, but the status and the owner do.
    if ('lost' in response && !isBegun) return response
    if (!('lost' in response)) current = response
    isBegun = true
  }
  if (move) ranks.set(rankKey(move.before), current.rank)
  return 'undone'

  async function sendOne(requestFor: Inverse<T>['requests'][number], known: T) {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const request = requestFor(known)
      if (!request) return 'not-needed'
      const {name, ...rest} = request
      try {
        const response = await (api.call as unknown as Call)(name, {...rest, ifMatch: known.version})
        return (response as T | undefined) ?? known
      } catch (error) {
        const lost = lostIn(error, request)
        if (lost) return {lost}
        if (!isProblem(error, 'version-mismatch')) throw error
        const now = await read()
        if (!inverse.isUnchanged(now, known)) return 'changed'
        known = now
      }
    }
    return 'changed'
  }
}

function rankKey({id, rank}: {id: string; rank: string}): string {
  return `${id} ${rank}`
}

type Call = (name: UndoRequest['name'], request: object) => Promise<unknown>

/** Returns what the request names and what was deleted. */
function lostIn(error: unknown, {name}: UndoRequest): Lost | undefined {
  if (isProblem(error, 'label-not-found')) return 'label'
  if (isProblem(error, 'sprint-not-found')) return 'sprint'
  const isStory = isProblem(error, 'story-not-found')
  if (!isStory && !isProblem(error, 'task-not-found')) return undefined
  if (name.endsWith('/rank')) return 'neighbour'
  if (isStory) return name.includes('/tasks') ? 'story' : undefined
  return name.includes('/blockers/') ? 'blocker' : undefined
}

async function hasTasks(api: ApiClient, storyId: string): Promise<boolean> {
  const {items} = await api.call('GET /stories/{id}/tasks', {params: {id: storyId}, query: {limit: 1}})
  return items.length > 0
}

/** Whether another task of the sprint waits for the task, or of the story in the backlog. Other tasks are not known. */
async function isBlocker(api: ApiClient, {id, sprint_id, story_id}: Task): Promise<boolean> {
  if (sprint_id === null) {
    const tasks = await api.all('GET /stories/{id}/tasks', {params: {id: story_id}})
    return tasks.some(task => task.blocked_by_task_ids.includes(id))
  }
  const {stories} = await api.call('GET /sprints/{id}/board', {params: {id: sprint_id}})
  return stories.some(({tasks}) => tasks.some(task => task.blocked_by_task_ids.includes(id)))
}

async function historyOf(api: ApiClient, taskId: string): Promise<HistoryItem[]> {
  const {items} = await api.call('GET /tasks/{id}/history', {params: {id: taskId}, query: {limit: 200}})
  return items
}

/** Returns the id of another member who has changed the same task, or undefined. */
export async function findOtherActor(api: ApiClient, act: Act, me: Me): Promise<string | undefined> {
  if (act.kind !== 'task' && !('task' in act)) return undefined
  try {
    return otherActor(act, await historyOf(api, act.kind === 'task' ? act.after.id : act.task.id), me)
  } catch {
    return undefined // the note then names no member
  }
}
