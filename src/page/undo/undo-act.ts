/** Sends the requests that undo an act. What other members have changed since the act is never overwritten. */
import {type ApiClient, isProblem} from '../../client/api-client.ts'
import type {Me, Story, Task} from '../../client/client.ts'
import type {Act} from './act.ts'
import {type Inverse, inverseOfStory, inverseOfTask, type UndoRequest} from './inverse.ts'
import {inverseOfTasks} from './inverse-of-tasks.ts'
import {undoTasks} from './undo-tasks.ts'

/** A number: this many of several tasks were not undone, because another member has changed them. */
export type Outcome = 'undone' | 'changed' | 'gone' | number

/** Whether the rules allow the viewer to undo the act. */
export function isUndoable(act: Act, me: Me): boolean {
  if (act.kind === 'tasks') return inverseOfTasks(act, me) !== undefined
  return inverseFor(act, me) !== undefined
}

/** Rejects when a request fails. A request that is refused because of a change of another member is no failure. */
export async function undoAct(api: ApiClient, act: Act, me: Me): Promise<Outcome> {
  if (act.kind === 'tasks') return (await undoTasks(api, act, me)) || 'undone'
  const inverse = inverseFor(act, me)
  if (!inverse) return 'changed'
  try {
    if (isStoryAct(act)) {
      const params = {id: act.kind === 'story' ? act.after.id : act.story.id}
      if (act.kind === 'created-story' && (await hasTasks(api, params.id))) return 'changed'
      return await send(api, inverse as Inverse<Story>, () => api.call('GET /stories/{id}', {params}))
    }
    const params = {id: act.kind === 'task' ? act.after.id : act.task.id}
    return await send(api, inverse as Inverse<Task>, () => api.call('GET /tasks/{id}', {params}))
  } catch (error) {
    if (isProblem(error, 'task-not-found') || isProblem(error, 'story-not-found')) return 'gone'
    throw error
  }
}

type SingleAct = Exclude<Act, {kind: 'tasks'}>

function isStoryAct(act: SingleAct): act is Extract<SingleAct, {kind: 'story' | 'created-story'}> {
  return act.kind === 'story' || act.kind === 'created-story'
}

function inverseFor(act: SingleAct, me: Me) {
  return isStoryAct(act) ? inverseOfStory(act, me) : inverseOfTask(act, me)
}

const maxAttempts = 3 // another member may change another field between the read and the request

async function send<T extends {version: number}>(
  api: ApiClient,
  inverse: Inverse<T>,
  read: () => Promise<T>,
): Promise<Outcome> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const current = await read()
    if (!inverse.isUnchanged(current)) return 'changed'
    try {
      await sendAll(api, inverse.requestsFor(current), current)
      return 'undone'
    } catch (error) {
      if (!isProblem(error, 'version-mismatch')) throw error
    }
  }
  return 'changed'
}

/** Each request demands the version that the request before has made. */
async function sendAll<T extends {version: number}>(
  api: ApiClient,
  requests: ReturnType<Inverse<T>['requestsFor']>,
  current: T,
): Promise<void> {
  let known = current
  for (const given of requests) {
    const request = typeof given === 'function' ? given(known) : given
    if (!request) continue
    const {name, ...rest} = request
    const answer = await (api.call as unknown as Call)(name, {...rest, ifMatch: known.version})
    known = (answer as T | undefined) ?? known
  }
}

type Call = (name: UndoRequest['name'], request: object) => Promise<unknown>

async function hasTasks(api: ApiClient, storyId: string): Promise<boolean> {
  const {items} = await api.call('GET /stories/{id}/tasks', {params: {id: storyId}, query: {limit: 1}})
  return items.length > 0
}

/** Returns the id of another member who has changed the task since the act, or undefined. */
export async function findActorSince(api: ApiClient, act: Act, me: Me): Promise<string | undefined> {
  const task = act.kind === 'task' ? act.after : 'task' in act ? act.task : undefined
  if (!task) return undefined
  try {
    const {items} = await api.call('GET /tasks/{id}/history', {params: {id: task.id}})
    const other = items.find(
      ({actor_user_id, timestamp}) => actor_user_id !== me.user_id && timestamp > task.updated_at,
    )
    return other?.actor_user_id ?? undefined
  } catch {
    return undefined // the note then names no member
  }
}
