/** Creates large projects, logs and lists of notifications. Most rows are inserted with SQL, because this is faster. */
import {sql} from 'kysely'
import {formatCursor} from '../../../src/board/cursor.ts'
import type {Caller} from '../../../src/board/member.ts'
import {newProjectSchema} from '../../../src/board/project.ts'
import {newSprintSchema} from '../../../src/board/sprint.ts'
import type {Change} from '../../../src/changes/change.ts'
import {commitChange} from '../../../src/changes/commit-change.ts'
import {createProject} from '../../../src/changes/create-project.ts'
import {createSprint} from '../../../src/changes/create-sprint.ts'
import type {Database} from '../../../src/store/connection.ts'
import {readHead} from '../../../src/store/event-log.ts'

export interface LargeProjectRequest {
  stories: number
  tasksPerStory: number
}

/** A project with two sprints. All stories are in the first sprint. */
export interface LargeProject {
  projectId: string
  sprintId: string
  nextSprintId: string
  storyIds: string[]
}

/** Half of the tasks are available. Each of the other tasks is owned by one of the `owners`. */
export async function makeLargeProject(
  db: Database,
  caller: Caller,
  owners: readonly string[],
  {stories, tasksPerStory}: LargeProjectRequest,
): Promise<LargeProject> {
  const make = async <T>(change: Change<T>) => (await commitChange(db, caller, change)).result
  const {organization_id, user_id} = caller
  const project = await make(createProject(newProjectSchema.parse({name: 'Web shop'})))
  const sprint = await make(createSprint(project.id, newSprintSchema.parse({name: 'Sprint 12'})))
  const nextSprint = await make(createSprint(project.id, newSprintSchema.parse({name: 'Sprint 13'})))
  const {rows} = await sql<{id: string}>`
    insert into stories (
      organization_id, id, project_id, sprint_id, title, description, status, version, created_at, updated_at
    )
    select ${organization_id}, gen_random_uuid(), ${project.id}, ${sprint.id}, 'Pay by card, part ' || n,
      repeat('As a customer, I pay with the card that I have stored. ', 4), 'draft', 1, now(), now()
    from generate_series(1, ${stories}::integer) n returning id`.execute(db)
  await sql`
    insert into tasks (
      organization_id, id, project_id, sprint_id, story_id, title, description, status, owner_user_id, owned_at,
      created_by_user_id, acceptance_criteria_refs, estimated_hours, version, created_at, updated_at, number, key
    )
    select organization_id, gen_random_uuid(), project_id, sprint_id, id,
      'Keep the address of the customer before the payment, step ' || n,
      repeat('The address is the same after the customer has signed in again. ', 4),
      case n % 2 when 0 then 'owned' else 'available' end,
      case n % 2 when 0 then (${owners}::uuid[])[1 + n % ${owners.length}::integer] end,
      case n % 2 when 0 then now() end,
      ${user_id}, '{AC-1,AC-2}', n % 8 + 1, 1, now(), now(),
      1000000 + row_number() over (), ${project.key} || '-' || 1000000 + row_number() over ()
    from stories, generate_series(1, ${tasksPerStory}::integer) n
    where organization_id = ${organization_id} and project_id = ${project.id}`.execute(db)
  return {
    projectId: project.id,
    sprintId: sprint.id,
    nextSprintId: nextSprint.id,
    storyIds: rows.map(({id}) => id),
  }
}

/** The ids and the keys of some of the tasks. */
export interface Texts {
  taskIds: string[]
  keys: string[]
}

const textsPerStatement = 2_000 // on a busy machine, more texts would exceed the time limit of statements
const sampledTexts = 500

/**
 * Creates tasks with 4 words in the title and 12 words in the description. The words are `w0` to `w4999`: every second
 * task contains `w0`, and a few hundred tasks contain `w4999`. Each task also contains a word of its own: `t0`, `t1` and so
 * on.
 */
export async function makeTexts(db: Database, caller: Caller, tasks: number): Promise<Texts> {
  const {organization_id, user_id} = caller
  const {projectId, storyIds} = await makeLargeProject(db, caller, [], {stories: 1, tasksPerStory: 0})
  const words = (count: number) => sql`(
    select string_agg('w' || floor(5000 * power(random(), 3)), ' ') from generate_series(1, ${count}::integer + 0 * n)
  )`
  for (let start = 0; start < tasks; start += textsPerStatement) {
    await sql`
      insert into tasks (
        organization_id, id, project_id, story_id, title, description, status, created_by_user_id,
        acceptance_criteria_refs, version, created_at, updated_at, number, key
      )
      select ${organization_id}, gen_random_uuid(), ${projectId}, ${storyIds[0]}, ${words(4)},
        ${words(12)} || ' t' || n, 'available', ${user_id}, '{}', 1, now(), now(),
        n + 1, (select key from projects where organization_id = ${organization_id} and id = ${projectId}) || '-' || n + 1
      from generate_series(${start}::integer, ${Math.min(start + textsPerStatement, tasks) - 1}::integer) n`.execute(
      db,
    )
  }
  for (const table of ['tasks', 'search_documents']) await sql`analyze ${sql.table(table)}`.execute(db)
  const sample = await db
    .selectFrom('tasks')
    .select(['id', 'key'])
    .where('organization_id', '=', organization_id)
    .orderBy('id')
    .limit(sampledTexts)
    .execute()
  return {taskIds: sample.map(({id}) => id), keys: sample.map(({key}) => key)}
}

/** Returns the ids of available tasks of the story. */
export async function findAvailable(
  db: Database,
  {organization_id}: Caller,
  storyId: string,
  count: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('tasks')
    .select('id')
    .where('organization_id', '=', organization_id)
    .where('story_id', '=', storyId)
    .where('status', '=', 'available')
    .limit(count)
    .execute()
  return rows.map(({id}) => id)
}

/** Creates unread notifications of the caller. Returns the cursor up to which the caller can mark notifications as read. */
export async function makeNotifications(
  db: Database,
  {organization_id, user_id}: Caller,
  projectId: string,
  count: number,
): Promise<string> {
  const head = await readHead(db, organization_id)
  await sql`
    insert into notifications (organization_id, id, member_id, seq, cause, project_id, title, text, created_at)
    select ${organization_id}, gen_random_uuid(), ${user_id}, ${head.seq}, 'task.commented', ${projectId},
      'Keep the address of the customer before the payment, step ' || n, 'Is this ready for a review?', now()
    from generate_series(1, ${count}::integer) n`.execute(db)
  return formatCursor(head)
}

const eventsPerStatement = 25_000 // on a busy machine, more events would exceed the time limit of statements

/** The seqs of the first and the last event that were inserted. */
export interface LargeLog {
  first: number
  last: number
}

/**
 * Inserts events of about 300 bytes at the end of the log. The first `expired` of these events, and all older events of
 * the log, become 8 days old.
 */
export async function makeLog(
  db: Database,
  organizationId: string,
  events: number,
  expired: number,
): Promise<LargeLog> {
  const {seq: head} = await readHead(db, organizationId)
  await sql`update events set created_at = now() - interval '8 days' where organization_id = ${organizationId}`.execute(
    db,
  )
  const [project, sprint] = ['0199aaaa-0000-7000-8000-000000000001', '0199aaaa-0000-7000-8000-000000000002']
  for (let start = 0; start < events; start += eventsPerStatement) {
    const end = Math.min(start + eventsPerStatement, events)
    await sql`
      with inserted as (
        insert into events (
          organization_id, seq, type, project_id, sprint_id, story_id, task_id, data, created_at
        )
        select ${organizationId}, ${head}::bigint + n, 'status_changed', ${project}, ${sprint}, story, task,
          format('{"type":"status_changed","timestamp":"2026-12-01T09:00:00.000Z","actor_user_id":"%s","project_id":"%s","sprint_id":"%s","story_id":"%s","task_id":"%s","version":%s,"previous_status":"owned","new_status":"in_progress"}',
            task, ${project}::text, ${sprint}::text, story, task, n),
          now() - case when n <= ${expired}::integer then interval '8 days' else interval '0' end
        from generate_series(${start + 1}::integer, ${end}::integer) n,
          lateral (select md5(n::text)::uuid as task, md5((n / 10)::text)::uuid as story) ids
      )
      update event_streams set head = ${head + end} where organization_id = ${organizationId}`.execute(db)
  }
  await sql`analyze events`.execute(db)
  return {first: head + 1, last: head + events}
}
