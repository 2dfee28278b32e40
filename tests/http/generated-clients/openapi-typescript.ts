// A program that uses the types of openapi-typescript with openapi-fetch. `tests/http/generated-clients.test.ts`
// compiles this program. Without types of the events, this program does not compile.
import createClient from 'openapi-fetch'
import type {EventType} from './event-types.ts'
import type {components, paths} from './schema.d.ts'

type Event = paths['/api/v1/events/tasks']['get']['responses'][200]['content']['text/event-stream']

/** True only when the two types are the same. `any` and `unknown` are the same only as themselves. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

export const hasAllTypes: Same<Event['type'], EventType> = true
export const isSameOnEveryStream: Same<
  Event,
  paths['/api/v1/events']['get']['responses'][200]['content']['text/event-stream']
> = true

export function describe(event: Event): string {
  switch (event.type) {
    case 'ownership_taken': {
      const owner: Same<typeof event.owner_user_id, string> = true
      // @ts-expect-error Only the event `ownership_released` has this field.
      event.previous_owner_user_id
      return `${owner} ${event.owner_user_id}`
    }
    case 'task.created': {
      const hours: Same<typeof event.task.estimated_hours, number | null> = true
      return `${hours} ${event.task.title}`
    }
    case 'stream.reset': {
      const reason: Same<typeof event.reason, 'expired' | 'epoch' | 'ahead' | 'malformed'> = true
      return `${reason} ${event.cursor}`
    }
    default:
      return event.timestamp
  }
}

export async function takeFirstTask(baseUrl: string, token: string, sprint: string): Promise<string> {
  const client = createClient<paths>({baseUrl, headers: {authorization: `Bearer ${token}`}})
  const board = await client.GET('/api/v1/sprints/{id}/board', {params: {path: {id: sprint}}})
  if (!board.data) throw new Error(board.error.detail)
  const task: components['schemas']['BoardTask'] | undefined = board.data.stories[0]?.tasks[0]
  if (!task) return 'The board has no task.'
  const taken = await client.PUT('/api/v1/tasks/{id}/ownership', {
    params: {path: {id: task.id}, header: {'If-Match': `"${task.version}"`}},
  })
  if (taken.error) {
    const isTaken = taken.error.code === 'task-already-owned'
    // @ts-expect-error There is no such code.
    taken.error.code === 'task-is-mine'
    return isTaken ? 'Another member was faster.' : taken.error.detail
  }
  // @ts-expect-error A task has no such field.
  taken.data.owner
  return taken.data.status
}
