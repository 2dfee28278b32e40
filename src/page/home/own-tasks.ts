/** The viewer's tasks, and whether an event makes this list out of date. */
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

/**
 * Fetches all open tasks, and with `completedSince` also the tasks that were completed at this time or later. The
 * position is that of the first page, because later events may change any page.
 */
export async function fetchOwnTasks(
  api: Pick<ApiClient, 'request'>,
  completedSince?: string,
): Promise<OwnTasks> {
  const open = await fetchPages(api)
  if (completedSince === undefined) return {...open, isOutdated: false}
  const completed = await fetchPages(api, completedSince)
  // A task that is completed between both requests is in both lists.
  const tasks = new Map([...open.tasks, ...completed.tasks].map(task => [task.id, task]))
  return {tasks: [...tasks.values()], cursor: open.cursor, isOutdated: false}
}

async function fetchPages(api: Pick<ApiClient, 'request'>, completed_since?: string) {
  const tasks: BoardTask[] = []
  let after: string | undefined
  let cursor: string | undefined
  do {
    const query = {limit: 200, after, ...(completed_since && {completed_since})}
    const {body, eventId} = await api.request('GET /me/tasks', {query})
    tasks.push(...body.items)
    cursor ??= eventId
    after = body.next ?? undefined
  } while (after)
  return {tasks, cursor: cursor!}
}

/**
 * Returns the list after the event. When the list is still up to date, returns the same object. A known task is
 * changed as far as the event contains its fields. The list is then outdated, and must be fetched again.
 */
export function afterEvent(own: OwnTasks, event: BoardEvent, cursor: string, userId: string): OwnTasks {
  if (isUpTo(cursor, own.cursor)) return own
  const isTake = event.type === 'ownership_taken' || event.type === 'ownership_transferred'
  const isTaken = isTake && event.owner_user_id === userId
  const isKnown = 'task_id' in event && own.tasks.some(({id}) => id === event.task_id)
  if (!isKnown) return isTaken && !own.isOutdated ? {...own, isOutdated: true} : own
  const tasks = own.tasks.flatMap(task => (task.id === event.task_id ? taskAfter(task, event, userId) : task))
  return {...own, tasks, isOutdated: true}
}

/** Returns the task after an event of this task, or an empty list when the task no longer belongs to the viewer. */
function taskAfter(task: BoardTask, event: BoardEvent, userId: string): BoardTask | [] {
  switch (event.type) {
    case 'task.deleted':
    case 'ownership_released':
      return []
    case 'ownership_transferred':
      return event.owner_user_id === userId ? task : []
    case 'status_changed': {
      const completed_at = event.new_status === 'completed' ? event.timestamp : null
      return event.new_status === 'available' ? [] : {...task, status: event.new_status, completed_at}
    }
    case 'task.blockers.changed':
      return {...task, open_blocker_count: event.open_blocker_count}
    case 'task.updated':
    case 'task.moved':
      return event.task
    default:
      return task
  }
}

/** Returns whether the list may lack events that a stream from `start` does not deliver, because the list is older. */
export function isBefore({cursor}: OwnTasks, start: string): boolean {
  return cursor !== start && isUpTo(cursor, start) === true
}
