/**
 * Runs the whole app with many streams. Each stream selects a different task. Publishes events of one of these
 * tasks.
 */
import {randomUUID} from 'node:crypto'
import {setImmediate as nextTurn} from 'node:timers/promises'
import {startLive} from '../../../src/live/live.ts'
import {readHead} from '../../../src/store/event-log.ts'
import {cpuTime} from '../commands.ts'
import {formatRequest} from '../requests.ts'
import {type AppOptions, log, startApp} from './app.ts'
import {makeEvent} from './events.ts'
import {organization} from './organization.ts'
import {runServer, type ServerCommands} from './run-server.ts'

export type TaskRoomsCommands = ServerCommands & {
  /** Returns requests that open streams. Each stream selects a different task. */
  requestsForRooms(count: number): string[]
  /**
   * Publishes events of the first task, one event in each turn of the event loop. Returns the used CPU time in
   * microseconds.
   */
  publish(events: number): Promise<number>
}

const maxStreams = 1_000_000 // more streams than the bench opens
// Milliseconds. Disables polls, because a poll would not find the events of the bench in the log.
const never = 2 ** 31 - 1

await runServer(async (options: AppOptions) => {
  const {heartbeatSeconds} = options
  const app = await startApp(options, db =>
    startLive({
      db,
      log,
      heartbeatSeconds,
      maxStreams,
      maxStreamsPerOrganization: maxStreams,
      maxStreamsPerUser: maxStreams,
      limits: {pollIntervalMs: never},
    }),
  )
  const token = await app.tokenFor('watcher', organization)
  const {caller} = await app.identity.authenticate({token})
  const {epoch, seq} = await readHead(app.db, caller.organization_id)
  const firstTask = randomUUID()
  let hasFirst = false
  let head = seq

  const commands: Omit<TaskRoomsCommands, keyof ServerCommands> = {
    requestsForRooms(count) {
      return Array.from({length: count}, () => {
        const task = hasFirst ? randomUUID() : firstTask
        hasFirst = true
        return formatRequest('GET', `/events/tasks?task_id=${task}`, token)
      })
    },
    async publish(events) {
      const before = cpuTime()
      for (let count = 0; count < events; count++) {
        const {data} = makeEvent(++head)
        const record = {...place, seq: head, task_id: firstTask, type: 'status_changed' as const, data}
        app.live.publishCommitted(caller.organization_id, {cursor: {epoch, seq: head}, records: [record]})
        await nextTurn()
      }
      return cpuTime() - before
    },
  }
  return {port: app.port, commands}
})

const place = {
  project_id: randomUUID(),
  sprint_id: randomUUID(),
  left_sprint_id: null,
  left_story_id: null,
  story_id: randomUUID(),
  recipients: null,
}
