import {readdir} from 'node:fs/promises'
import test, {type ExecutionContext} from 'ava'
import {sql} from 'kysely'
import {newCommentSchema} from '../../src/board/comment.ts'
import {newEscalationSchema} from '../../src/board/escalation.ts'
import {newProjectSchema} from '../../src/board/project.ts'
import {firstRank} from '../../src/board/rank.ts'
import {newTaskSchema} from '../../src/board/task.ts'
import {commentOnTask} from '../../src/changes/comment-on-task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {raiseEscalation} from '../../src/changes/raise-escalation.ts'
import {respondToEscalation} from '../../src/changes/respond-to-escalation.ts'
import {type Database, openStore} from '../../src/store/connection.ts'
import {newId} from '../../src/store/ids.ts'
import {migrate, requireMigrated} from '../../src/store/migrate.ts'
import {createUnmigratedDataFolder} from '../helpers/data-folder.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createEmptyDatabase, test as testOnPostgres} from '../helpers/postgres.ts'
import {until} from '../helpers/until.ts'

const files = (await readdir(new URL('../../schema/', import.meta.url))).sort()

test.serial(
  'migrating an empty embedded store applies every file of schema/ in order, and migrating again applies no file',
  async t => {
    const {db, close} = await openStore({dataDir: await createUnmigratedDataFolder(t)})
    t.teardown(close)
    t.deepEqual(await migrate(db), files)
    t.deepEqual(await migrate(db), [])
    t.deepEqual(await recorded(db), files)
  },
)

testOnPostgres.serial('processes that migrate concurrently apply each file once', async t => {
  const url = await createEmptyDatabase()
  const stores = await Promise.all(Array.from({length: 5}, () => openStore({url})))
  t.teardown(() => Promise.all(stores.map(({close}) => close())))
  const applied = await Promise.all(stores.map(({db}) => migrate(db)))
  t.deepEqual(applied.flat().sort(), files)
  t.deepEqual(await recorded(stores[0]!.db), files)
  for (const {db} of stores) t.deepEqual(await db.selectFrom('events').selectAll().execute(), [])
})

testOnPostgres.serial(
  'a schema file that fails is not recorded, and the next migration applies the file',
  async t => {
    const {db, close} = await openStore({url: await createEmptyDatabase()})
    t.teardown(close)
    await sql`create table tasks ()`.execute(db)
    const isBeforeTasks = (name: string) => name < '0002_boards.sql'
    await t.throwsAsync(migrate(db), {message: 'relation "tasks" already exists'})
    t.deepEqual(await recorded(db), files.filter(isBeforeTasks))
    await sql`drop table tasks`.execute(db)
    t.deepEqual(
      await migrate(db),
      files.filter(name => !isBeforeTasks(name)),
    )
  },
)

testOnPostgres.serial('a migration that waits for a table does not make other statements wait', async t => {
  const {db, close} = await openStore({url: await createEmptyDatabase()})
  t.teardown(close)
  await migrate(db)
  await sql`delete from schema_migrations where name = '0010_claim_idempotency_key.sql'`.execute(db)
  await sql`drop function claim_idempotency_key`.execute(db)
  let migrated: Promise<string[]> | undefined
  await db.transaction().execute(async trx => {
    await sql`select from idempotency_keys`.execute(trx) // Like a backup, locks the table until the transaction ends.
    migrated = migrate(db)
    await until(async () => (await waitingForTable(db)) > 0)
    // The migration waits for a lock on the table, and this statement waits behind the migration. When the migration
    // gives up its attempt to get the lock, the statement runs.
    await sql`select from idempotency_keys`.execute(db)
  })
  t.deepEqual(await migrated, ['0010_claim_idempotency_key.sql'])
})

testOnPostgres.serial(
  'a role without the right to create tables can start the program when the owner of the tables has migrated',
  async t => {
    const url = await createEmptyDatabase()
    const owner = await openStore({url})
    t.teardown(owner.close)
    await sql`revoke create on schema public from public`.execute(owner.db)
    const role = await createRole(t, owner.db, url)
    await t.throwsAsync(requireMigrated(role.db), {
      code: 'schema-outdated',
      message: /0001_organizations\.sql/,
    })
    await t.throwsAsync(migrate(role.db), {message: /permission denied for schema public/})
    await migrate(owner.db)
    await sql`grant select, insert, update, delete on all tables in schema public to ${sql.id(role.name)}`.execute(
      owner.db,
    )
    await t.notThrowsAsync(requireMigrated(role.db))
    t.deepEqual(await migrate(role.db), [])
    const {ada} = await createOrganization(role.db, {ada: 'member'})
    const {result} = await commitChange(role.db, ada, createProject(newProjectSchema.parse({name: 'Apollo'})))
    t.is(result.name, 'Apollo')
  },
)

testOnPostgres.serial(
  'the schema file of the quotas counts the text that organizations already store',
  async t => {
    const {db, close} = await openStore({url: await createEmptyDatabase()})
    t.teardown(close)
    await migrate(db)
    const {ada} = await createOrganization(db, {ada: 'member'})
    await commitChange(db, ada, createProject(newProjectSchema.parse({name: 'Apollo'})))
    const readBytes = () =>
      db.selectFrom('event_streams').select(sql<number>`text_bytes`.as('bytes')).execute()
    const before = await readBytes()
    t.true(before[0]!.bytes >= 'Apollo'.length)
    await sql`delete from schema_migrations where name = '0012_quotas.sql'`.execute(db)
    await sql`drop function require_quota, stored_text_bytes, add_text_bytes`.execute(db)
    await sql`alter table event_streams drop column text_bytes`.execute(db)
    t.deepEqual(await migrate(db), ['0012_quotas.sql'])
    t.deepEqual(await readBytes(), before)
  },
)

testOnPostgres.serial(
  'the schema files of the ranks rank the tasks and stories that exist by their age, and rank those that processes of the earlier version create',
  async t => {
    const {db, close} = await openStore({url: await createEmptyDatabase()})
    t.teardown(close)
    await migrate(db)
    const {ada} = await createOrganization(db, {ada: 'member'})
    const {story} = await createBoard(db, ada)
    await commitChange(db, ada, createTask(story.id, newTaskSchema.parse({title: 'Weld'})))
    const readRanks = async (table: 'tasks' | 'stories') =>
      db.selectFrom(table).select(['id', 'rank', 'version']).orderBy('id').execute()
    const before = [await readRanks('tasks'), await readRanks('stories')]
    t.deepEqual(
      before.flat().map(({rank}) => rank),
      before.flat().map(({id}) => firstRank(id)),
    )
    const again = ['0018_ranks.sql', '0019_rank_by_age.sql']
    await sql`delete from schema_migrations where name in (${sql.join(again)})`.execute(db)
    await sql`drop trigger tasks_first_rank on tasks; drop trigger stories_first_rank on stories`.execute(db)
    await sql`alter table tasks drop column rank; alter table stories drop column rank`.execute(db)
    await sql`drop function set_first_rank, first_rank, base62`.execute(db)
    t.deepEqual(await migrate(db), again)
    const withNextVersions = before.map(rows => rows.map(row => ({...row, version: row.version + 1})))
    t.deepEqual([await readRanks('tasks'), await readRanks('stories')], withNextVersions)

    const id = newId()
    await sql`insert into tasks (organization_id, id, project_id, story_id, title, description, status,
        created_by_user_id, acceptance_criteria_refs, version, created_at, updated_at)
      select organization_id, ${id}, project_id, story_id, title, description, status, created_by_user_id,
        acceptance_criteria_refs, version, created_at, updated_at from tasks limit 1`.execute(db)
    t.like((await readRanks('tasks')).at(-1), {id, rank: firstRank(id)})
  },
)

testOnPostgres.serial(
  'the schema files of the short keys give keys to the projects and tasks that exist, in the order of their age, and to those that processes of the earlier version create',
  async t => {
    const {db, close} = await openStore({url: await createEmptyDatabase()})
    t.teardown(close)
    await migrate(db)
    const {ada} = await createOrganization(db, {ada: 'member'})
    const {story} = await createBoard(db, ada)
    await createBoard(db, ada)
    await commitChange(db, ada, createTask(story.id, newTaskSchema.parse({title: 'Weld'})))
    const readKeys = async () => [
      await db.selectFrom('projects').select(['id', 'key']).orderBy('id').execute(),
      await db.selectFrom('tasks').select(['id', 'number', 'key']).orderBy('id').execute(),
      await db.selectFrom('task_numbers').selectAll().orderBy('project_id').execute(),
    ]
    const before = await readKeys()
    const again = ['0020_short_keys.sql', '0021_number_tasks.sql']
    await sql`delete from schema_migrations where name in (${sql.join(again)})`.execute(db)
    await sql`drop trigger tasks_key on tasks; drop trigger projects_key on projects`.execute(db)
    await sql`alter table tasks drop column key, drop column number; alter table projects drop column key`.execute(
      db,
    )
    await sql`drop table task_numbers`.execute(db)
    await sql`drop function set_task_key, set_project_key, next_task_number, free_project_key`.execute(db)
    t.deepEqual(await migrate(db, name => name !== '0021_number_tasks.sql'), ['0020_short_keys.sql'])

    const [projectId, taskId] = [newId(), newId()]
    await sql`insert into projects (organization_id, id, name, phase, version, created_at, updated_at)
      select organization_id, ${projectId}, name, phase, version, created_at, updated_at from projects limit 1`.execute(
      db,
    )
    await sql`insert into tasks (organization_id, id, project_id, story_id, title, description, status,
        created_by_user_id, acceptance_criteria_refs, version, created_at, updated_at)
      select organization_id, ${taskId}, project_id, story_id, title, description, status, created_by_user_id,
        acceptance_criteria_refs, version, created_at, updated_at from tasks where story_id = ${story.id} limit 1`.execute(
      db,
    )
    t.deepEqual(await migrate(db), ['0021_number_tasks.sql'])
    const [projects, tasks] = await readKeys()
    t.deepEqual(projects, [...before[0]!, {id: projectId, key: 'ROCK3'}] as typeof projects)
    t.deepEqual(tasks, [...before[1]!, {id: taskId, number: 3, key: 'ROCK-3'}] as typeof tasks)
    const {result} = await commitChange(
      db,
      ada,
      createTask(story.id, newTaskSchema.parse({title: 'Weld again'})),
    )
    t.is(result.key, 'ROCK-4')
  },
)

testOnPostgres.serial('the ranks of the schema equal the ranks of the program', async t => {
  const {db, close} = await openStore({url: await createEmptyDatabase()})
  t.teardown(close)
  await migrate(db)
  const ids = Array.from({length: 2_000}, newId)
  const random = Array.from({length: 2_000}, () => crypto.randomUUID())
  const {rows} = await sql<{id: string; rank: string}>`
    select id, first_rank(id) as rank from unnest(${[...ids, ...random]}::uuid[]) as id`.execute(db)
  t.deepEqual(
    rows,
    [...ids, ...random].map(id => ({id, rank: firstRank(id)})),
  )
})

testOnPostgres.serial(
  'the schema files of the discussions count the comments and open questions that tasks already have',
  async t => {
    const {db, close} = await openStore({url: await createEmptyDatabase()})
    t.teardown(close)
    await migrate(db)
    const {ada} = await createOrganization(db, {ada: 'member'})
    const {project, task, story} = await createBoard(db, ada)
    const described = newTaskSchema.parse({title: 'Weld', description: 'Both sides'})
    await commitChange(db, ada, createTask(story.id, described))
    const ask = raiseEscalation(project.id, newEscalationSchema.parse({question: 'Why?', task_id: task.id}))
    await commitChange(db, ada, ask)
    const {result: answered} = await commitChange(db, ada, ask)
    await commitChange(db, ada, respondToEscalation(answered.id, {response: 'Because.'}))
    await commitChange(db, ada, commentOnTask(task.id, newCommentSchema.parse({body: 'Mind the valve'})))
    const facts = ['has_description', 'comment_count', 'open_question_count'] as const
    const readFacts = () => db.selectFrom('tasks').select(facts).orderBy('id').execute()
    const before = await readFacts()
    t.deepEqual(before, [
      {has_description: false, comment_count: 1, open_question_count: 1},
      {has_description: true, comment_count: 0, open_question_count: 0},
    ])
    const again = ['0015_task_discussions.sql', '0016_count_discussions.sql']
    await sql`delete from schema_migrations where name in (${sql.join(again)})`.execute(db)
    await sql`drop index escalations_by_task; drop trigger tasks_has_description on tasks`.execute(db)
    await sql`drop function set_has_description`.execute(db)
    await sql`
      alter table tasks drop column has_description, drop column comment_count,
        drop column open_question_count, drop column discussion_version`.execute(db)
    t.deepEqual(await migrate(db), again)
    t.deepEqual(await readFacts(), before)
  },
)

testOnPostgres.serial(
  'a program refuses a schema that a newer version of the program has changed',
  async t => {
    const {db, close} = await openStore({url: await createEmptyDatabase()})
    t.teardown(close)
    await migrate(db)
    await sql`insert into schema_migrations (name) values ('9999_future.sql')`.execute(db)
    for (const check of [migrate, requireMigrated]) {
      await t.throwsAsync(check(db), {code: 'schema-too-new', message: /9999_future\.sql/})
    }
  },
)

/** Creates a role and opens the store with this role. */
async function createRole(t: ExecutionContext, owner: Database, url: string) {
  const name = `role_${newId()}`
  await sql`create role ${sql.id(name)} login password 'secret'`.execute(owner)
  t.teardown(() => sql`drop owned by ${sql.id(name)}; drop role ${sql.id(name)}`.execute(owner))
  const roleUrl = new URL(url)
  roleUrl.username = name
  roleUrl.password = 'secret'
  const {db, close} = await openStore({url: roleUrl.href})
  t.teardown(close)
  return {name, db}
}

/** Returns the number of transactions that wait for a lock on the table `idempotency_keys`. */
async function waitingForTable(db: Database): Promise<number> {
  const {rows} = await sql<{count: number}>`
    select count(*) from pg_locks where relation = 'idempotency_keys'::regclass and not granted`.execute(db)
  return rows[0]!.count
}

async function recorded(db: Database): Promise<string[]> {
  const {rows} = await sql<{name: string}>`select name from schema_migrations order by name`.execute(db)
  return rows.map(({name}) => name)
}
