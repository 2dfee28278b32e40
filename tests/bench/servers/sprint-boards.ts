/** Runs the whole app with many sprints. Each sprint has a stream, and changes once per second. */
import {setTimeout as delay} from 'node:timers/promises'
import {sql} from 'kysely'
import {startLive} from '../../../src/live/live.ts'
import {appendEvents} from '../../../src/store/event-log.ts'
import {newId} from '../../../src/store/ids.ts'
import {createBoard} from '../../helpers/organization.ts'
import {watchStatements} from '../../helpers/statements.ts'
import {cpuTime} from '../commands.ts'
import {cpuWithEndedChildren, parentOf} from '../program.ts'
import {formatRequest} from '../requests.ts'
import {type AppOptions, log, startApp} from './app.ts'
import {organization} from './organization.ts'
import {runServer, type ServerCommands} from './run-server.ts'

export interface BoardsCost {
  /** Microseconds of the server's CPU time. */
  server: number
  /** Microseconds of the CPU time of Postgres. */
  postgres: number
  /** The number of boards that were read for checkpoints. */
  checkpoints: number
}

export type SprintBoardsCommands = ServerCommands & {
  /** Returns requests that open a stream of each sprint. Without checkpoints, each stream also selects another sprint. */
  sprintRequests(hasCheckpoints: boolean): string[]
  /** Changes each sprint once per second. Returns the cost of this time. */
  change(seconds: number): Promise<BoardsCost>
}

const sprintCount = 1_000
const tasksPerSprint = 50
const batchesPerSecond = 10
const maxStreams = 1_000_000 // more streams than the bench opens

await runServer(async (options: AppOptions) => {
  const {heartbeatSeconds} = options
  let boardsRead = 0
  watchStatements(({text}) => {
    if (text.includes('string_agg')) boardsRead++
  })
  const app = await startApp(options, db =>
    startLive({
      db,
      log,
      heartbeatSeconds,
      maxStreams,
      maxStreamsPerOrganization: maxStreams,
      maxStreamsPerUser: maxStreams,
    }),
  )
  const {db} = app
  const token = await app.tokenFor('watcher', organization)
  const {caller} = await app.identity.authenticate({token})
  const {organization_id} = caller
  const {project} = await createBoard(db, caller)
  const sprints = await makeSprints()
  let changed = 0

  const commands: Omit<SprintBoardsCommands, keyof ServerCommands> = {
    sprintRequests(hasCheckpoints) {
      const other = hasCheckpoints ? '' : `&sprint_id=${newId()}`
      return sprints.map(({id}) => formatRequest('GET', `/events/tasks?sprint_id=${id}${other}`, token))
    },
    async change(seconds) {
      const [server, postgres, boards] = [cpuTime(), await postgresCpu(), boardsRead]
      const startedAt = performance.now()
      for (let batch = 1; batch <= seconds * batchesPerSecond; batch++) {
        await changeBatch()
        await delay(startedAt + (batch * 1_000) / batchesPerSecond - performance.now())
      }
      return {
        server: cpuTime() - server,
        postgres: (await postgresCpu()) - postgres,
        checkpoints: boardsRead - boards,
      }
    },
  }
  return {port: app.port, commands}

  async function makeSprints(): Promise<{id: string; storyId: string; taskId: string}[]> {
    await sql`insert into sprints (organization_id, id, project_id, name, goal, version, created_at, updated_at)
      select ${organization_id}, gen_random_uuid(), ${project.id}, 'Sprint ' || n, '', 1, now(), now()
      from generate_series(1, ${sprintCount}::integer) n`.execute(db)
    await sql`insert into stories (organization_id, id, project_id, sprint_id, title, description, status, version, created_at, updated_at)
      select ${organization_id}, gen_random_uuid(), ${project.id}, id, 'Story', '', 'draft', 1, now(), now()
      from sprints where organization_id = ${organization_id}`.execute(db)
    // A statement has a time limit, so the tasks are inserted in parts.
    for (let part = 0; part < tasksPerSprint; part++) {
      const first = 1_000_000 + part * 10 * sprintCount
      await sql`insert into tasks (organization_id, id, project_id, sprint_id, story_id, title, description, status, created_by_user_id, acceptance_criteria_refs, version, created_at, updated_at, number, key)
        select ${organization_id}, gen_random_uuid(), ${project.id}, sprint_id, id, 'A task with a title of usual length', '', 'available', ${caller.user_id}, '{AC-1}', 1, now(), now(),
          ${first}::integer + row_number() over (), ${project.key} || '-' || ${first}::integer + row_number() over ()
        from stories where organization_id = ${organization_id}`.execute(db)
    }
    await sql`vacuum analyze`.execute(db)
    const {rows} = await sql<{id: string; storyId: string; taskId: string}>`
      select sprint_id as id, story_id as "storyId", min(id::text) as "taskId" from tasks
      where organization_id = ${organization_id} group by sprint_id, story_id`.execute(db)
    return rows.slice(0, sprintCount)
  }

  /** One transaction changes a task of each of the next sprints, so that most of the CPU time is that of the streams. */
  async function changeBatch(): Promise<void> {
    const timestamp = new Date().toISOString()
    const parts = Array.from(
      {length: sprintCount / batchesPerSecond},
      () => sprints[changed++ % sprintCount]!,
    )
    const appended = await db.transaction().execute(async trx => {
      const ids = parts.map(({taskId}) => taskId)
      const {rows} = await sql<{id: string; version: number}>`
        update tasks set version = version + 1, updated_at = ${timestamp}
        where organization_id = ${organization_id} and id = any (${ids}::uuid[]) returning id, version`.execute(
        trx,
      )
      const versions = new Map(rows.map(({id, version}) => [id, version]))
      const events = parts.map(({id, storyId, taskId}) => ({
        event: {
          type: 'ownership_released' as const,
          timestamp,
          actor_user_id: caller.user_id,
          project_id: project.id,
          sprint_id: id,
          story_id: storyId,
          task_id: taskId,
          version: versions.get(taskId)!,
          previous_owner_user_id: caller.user_id,
        },
      }))
      return appendEvents(trx, organization_id, timestamp, events)
    })
    app.live.publishCommitted(organization_id, appended)
  }

  /** Returns the microseconds of CPU time of all processes of Postgres, including connections that are closed. */
  async function postgresCpu(): Promise<number> {
    const {rows} = await sql<{pid: number}>`select pg_backend_pid() as pid`.execute(db)
    return cpuWithEndedChildren(parentOf(rows[0]!.pid))
  }
})
