/** The viewer's open tasks, and whether an event makes this list out of date. */
import {type ApiClient, isUpTo} from '../../client/api-client.ts'
import type {BoardEvent, BoardTask} from '../../client/client.ts'

export interface OwnTasks {
  /** The oldest task is first. */
  tasks: BoardTask[]
  /** The position of the list in the log. */
  cursor: string
  /** True when an event after `cursor` has changed the list. */
  isOutdated: boolean
}

/** Fetches all pages of the list. The position is that of the first page, because later events may change any page. */
export async function fetchOwnTasks(api: Pick<ApiClient, 'request'>): Promise<OwnTasks> {
  const tasks: BoardTask[] = []
  let after: string | undefined
  let cursor: string | undefined
  do {
    const {body, eventId} = await api.request('GET /me/tasks', {query: {limit: 200, after}})
    tasks.push(...body.items)
    cursor ??= eventId
    after = body.next ?? undefined
  } while (after)
  return {tasks, cursor: cursor!, isOutdated: false}
}

/** Returns the list after the event. When the list is still up to date, returns the same object. */
export function afterEvent(own: OwnTasks, event: BoardEvent, cursor: string, userId: string): OwnTasks {
  if (own.isOutdated || isUpTo(cursor, own.cursor)) return own
  const isTake = event.type === 'ownership_taken' || event.type === 'ownership_transferred'
  const isTaken = isTake && event.owner_user_id === userId
  const isKnown = 'task_id' in event && own.tasks.some(({id}) => id === event.task_id)
  return isTaken || isKnown ? {...own, isOutdated: true} : own
}

/** Returns whether the list may lack events that a stream from `start` does not deliver, because the list is older. */
export function isBefore({cursor}: OwnTasks, start: string): boolean {
  return cursor !== start && isUpTo(cursor, start) === true
}
