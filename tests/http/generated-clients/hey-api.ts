// A program that uses the client of @hey-api/openapi-ts. `tests/http/generated-clients.test.ts` compiles this program,
// and runs it against a server. Without types of the events, this program does not compile.
import type {EventType} from './event-types.ts'
import {client} from './hey-api/client.gen.ts'
import {readBoard, streamTasks, takeTask} from './hey-api/index.ts'
import type {BoardTask, StreamData} from './hey-api/types.gen.ts'

type Event =
  Awaited<ReturnType<typeof streamTasks>>['stream'] extends AsyncGenerator<infer Data> ? Data : never

/** True only when the two types are the same. `any` and `unknown` are the same only as themselves. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

export const hasAllTypes: Same<Event['type'], EventType> = true
export const isTyped: Same<Event, StreamData> = true

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

export function connect(baseUrl: string, token: string): void {
  // If `auth` were the token itself, the client would also send the token in the query of every stream.
  client.setConfig({baseUrl, auth: ({scheme}) => (scheme === 'bearer' ? token : undefined)})
}

/** Returns the tasks of the board. */
export async function readTasks(sprint: string): Promise<BoardTask[]> {
  const {data, error} = await readBoard({path: {id: sprint}})
  if (!data) throw new Error(error.detail)
  return data.stories.flatMap(({tasks}) => tasks)
}

/** Returns the new status of the task, or the code of the problem. */
export async function take(task: string): Promise<string> {
  const {data, error} = await takeTask({path: {id: task}})
  return data ? data.status : error.code
}

export interface Watch {
  /** The number of times that the program has opened the stream. */
  opens: number
  /** The number of connections that broke or failed. The generated client then connects again by itself. */
  failures: number
  ended: Promise<void>
}

/** Calls `onEvent` for each event until the signal ends the stream. */
export function watch(
  sprint: string,
  signal: AbortSignal,
  onEvent: (event: Event, id: string | undefined) => void,
): Watch {
  const counts = {opens: 0, failures: 0}
  return Object.assign(counts, {ended: run()})

  async function run(): Promise<void> {
    let lastId: string | undefined
    let retryMs = 1_000
    while (!signal.aborted) {
      counts.opens++
      const {stream} = await streamTasks({
        query: {sprint_id: [sprint]},
        ...(lastId !== undefined && {headers: {'Last-Event-ID': lastId}}),
        signal,
        sseMaxRetryDelay: 2_000,
        onSseEvent({id, retry}) {
          lastId = id ?? lastId // some control events have no id
          retryMs = retry ?? retryMs
        },
        onSseError() {
          counts.failures++
        },
      })
      for await (const event of stream) onEvent(event, lastId)
      // The generated client does not connect again after the end of a stream. A server ends its streams when it stops.
      // The fetch of Node 20 also takes the crash of a server for such an end.
      await new Promise(resolve => setTimeout(resolve, retryMs))
    }
  }
}
