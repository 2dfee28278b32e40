import {mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gunzipSync, gzipSync} from 'node:zlib'
import type {ExecutionContext} from 'ava'
import {sql} from 'kysely'
import {newTaskSchema} from '../../src/board/task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {backUp, backupTables, restore, unsavedTables} from '../../src/store/backup.ts'
import {writeBackupFile} from '../../src/store/backup-file.ts'
import {type Database, openStore} from '../../src/store/connection.ts'
import {newId} from '../../src/store/ids.ts'
import {pendingMigrations} from '../../src/store/migrate.ts'
import {readBoard} from '../../src/store/snapshots.ts'
import type {Tables} from '../../src/store/tables.ts'
import {createDataFolder} from '../helpers/data-folder.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, createEmptyDatabase, test} from '../helpers/postgres.ts'
import {until} from '../helpers/until.ts'

const tables = [...backupTables, ...unsavedTables]
// Characters that end a line for some programs, and characters that JSON, COPY or SQL treat in a special way.
const oddText = 'a\u2028b\u2029c\\d"e\'f\tg\u0085h 😀 \\u0000 \\N'

test('every table of the database is in the list of saved tables or in the list of unsaved tables', async t => {
  const db = await openDatabase(t, await createDatabase())
  const {rows} = await sql<{name: string}>`
    select table_name as name from information_schema.tables where table_schema = 'public'`.execute(db)
  const names = rows.map(({name}) => name).filter(name => name !== 'schema_migrations')
  t.deepEqual(names.sort(), [...tables].sort())
})

test('a backup of the embedded store, restored into Postgres, contains every row exactly, with new epochs', async t => {
  const dataDir = await createDataFolder(t)
  const from = await openStore({dataDir})
  const sprintId = await fillEveryTable(from.db)
  const path = await newPath(t)
  const counts = await backUp(from.db, path)
  const [saved, epochs, board] = await readAll(from.db, sprintId)
  await from.close()
  t.deepEqual(Object.keys(counts).sort(), [...backupTables].sort())

  const to = await openDatabase(t, await createEmptyDatabase())
  t.deepEqual(await restore(to, path, {replace: false}), counts)
  const [restored, newEpochs, restoredBoard] = await readAll(to, sprintId)
  t.deepEqual(restored, saved)
  t.deepEqual(restoredBoard, board)
  for (const [organization, epoch] of newEpochs) t.not(epoch, epochs.get(organization))
  t.is(newEpochs.size, epochs.size)
  t.deepEqual(await pendingMigrations(to), [])
})

test('triggers are active again after a restore, although they do not check the restored rows', async t => {
  const from = await openDatabase(t, await createDatabase())
  const {ada} = await createOrganization(from, {ada: 'member'})
  const {task} = await createBoard(from, ada)
  await sql`update tasks set status = 'completed', owner_user_id = ${ada.user_id}, owned_at = now(), completed_at = now()`.execute(
    from,
  )
  await sql`update members set removed_at = now()`.execute(from)
  const path = await newPath(t)
  await backUp(from, path)
  const to = await openDatabase(t, await createEmptyDatabase())
  await restore(to, path, {replace: false})
  t.is((await to.selectFrom('tasks').select('owner_user_id').executeTakeFirst())?.owner_user_id, ada.user_id)
  const copy = sql`insert into tasks select (jsonb_populate_record(t, ${JSON.stringify({id: newId(), number: 0})}::jsonb)).*
    from tasks t where id = ${task.id}`
  await t.throwsAsync(copy.execute(to), {message: /the owner was removed/})
})

test('a backup contains the data of one moment, even when changes are committed meanwhile', async t => {
  const from = await openDatabase(t, await createDatabase())
  const {ada} = await createOrganization(from, {ada: 'member'})
  const {story} = await createBoard(from, ada)
  let isDone = false
  const changing = (async () => {
    let created = 0
    while (!isDone) {
      await commitChange(from, ada, createTask(story.id, newTaskSchema.parse({title: `Task ${created}`})))
      created++
    }
    return created
  })()
  const paths = await Promise.all([1, 2, 3, 4, 5].map(() => newPath(t)))
  for (const path of paths) await backUp(from, path)
  isDone = true
  t.true((await changing) > 0)
  for (const path of paths) {
    const to = await openDatabase(t, await createDatabase())
    await restore(to, path, {replace: false})
    const {rows} = await sql<{tasks: number; events: number; head: number}>`
      select (select count(*) from tasks) as tasks, head,
        (select count(*) from events where type = 'task.created') as events from event_streams`.execute(to)
    t.is(rows[0]!.tasks, rows[0]!.events)
    t.is(rows[0]!.head, rows[0]!.events + 3)
  }
})

test('a backup that is cut or changed restores nothing', async t => {
  const from = await openDatabase(t, await createDatabase())
  await createBoard(from, (await createOrganization(from, {ada: 'member'})).ada)
  const path = await newPath(t)
  await backUp(from, path)
  const whole = await readFile(path)
  const lines = gunzipSync(whole).toString().split('\n').slice(0, -1)
  const join = (some: readonly string[]) => gzipSync(some.map(line => `${line}\n`).join(''))
  const damaged: Record<string, Buffer> = {
    empty: Buffer.alloc(0),
    'not compressed': Buffer.from(lines.join('\n')),
    'cut in the middle': whole.subarray(0, whole.length / 2),
    'without its last byte': whole.subarray(0, -1),
    'without its last line': join(lines.slice(0, -1)),
    'without a row': join(lines.toSpliced(5, 1)),
    'with a row twice': join(lines.toSpliced(5, 0, lines[5]!)),
    'with rows in another order': join([lines[0]!, ...lines.slice(1, -1).reverse(), lines.at(-1)!]),
    'with another title': join(lines.map(line => line.replace('Fill the tank', 'Fill the tub'))),
    'with a line after its end': join([...lines, lines[1]!]),
    'with a malformed first line': join(['boardcast-backup\t{', ...lines.slice(1)]),
    'of another program': gzipSync('hello\n'),
  }
  const to = await openDatabase(t, await createDatabase())
  const {eve} = await createOrganization(to, {eve: 'member'})
  for (const [name, bytes] of Object.entries(damaged)) {
    await writeFile(path, bytes)
    await t.throwsAsync(restore(to, path, {replace: true}), {code: 'backup-invalid'}, name)
    const organizations = await to.selectFrom('organizations').select('id').execute()
    t.deepEqual(organizations, [{id: eve.organization_id}], name)
  }
})

test('a database with data is refused without `replace`, and its data are deleted with `replace`', async t => {
  const from = await openDatabase(t, await createDatabase())
  const {ada} = await createOrganization(from, {ada: 'member'})
  const {sprint} = await createBoard(from, ada)
  const path = await newPath(t)
  await backUp(from, path)

  const to = await openDatabase(t, await createDatabase())
  const {eve} = await createOrganization(to, {eve: 'member'})
  await fillEveryTable(to)
  await t.throwsAsync(restore(to, path, {replace: false}), {code: 'database-not-empty'})
  t.true((await to.selectFrom('members').select('id').execute()).some(({id}) => id === eve.user_id))
  await restore(to, path, {replace: true})
  t.deepEqual(
    await readAll(to, sprint.id).then(([rows]) => rows),
    await readAll(from, sprint.id).then(([rows]) => rows),
  )
  for (const table of unsavedTables) t.deepEqual(await to.selectFrom(table).select('id').execute(), [])
})

test('a restore that fails halfway leaves the database as it was', async t => {
  const path = await newPath(t)
  const to = await openDatabase(t, await createDatabase())
  const {eve} = await createOrganization(to, {eve: 'member'})
  const {schema} = await headerOf(to)
  const organization = {id: newId(), issuer: '', claim: 'acme', created_at: '2026-01-01T00:00:00Z'}
  await writeBackupFile(path, {schema, created_at: organization.created_at}, async writer => {
    await writer.writeRow('organizations', JSON.stringify(organization))
    await writer.writeRow('members', JSON.stringify({organization_id: organization.id, id: newId()}))
  })
  await t.throwsAsync(restore(to, path, {replace: true}), {message: /null value in column/})
  t.deepEqual(await to.selectFrom('organizations').select('id').execute(), [{id: eve.organization_id}])
})

test('a backup with an older schema is restored into a database without tables, which is then migrated', async t => {
  const path = await newPath(t)
  const migrated = await openDatabase(t, await createDatabase())
  const {schema} = await headerOf(migrated)
  const older = schema.filter(name => name < '0012')
  const [organization_id, created_at] = [newId(), '2026-01-01T00:00:00Z']
  await writeBackupFile(path, {schema: older, created_at}, async writer => {
    await writer.writeRow(
      'organizations',
      JSON.stringify({id: organization_id, issuer: '', claim: 'acme', created_at}),
    )
    await writer.writeRow(
      'projects',
      JSON.stringify({
        ...{organization_id, id: newId(), name: 'Rocket', phase: 'build'},
        ...{version: 1, created_at, updated_at: created_at},
      }),
    )
    await writer.writeRow(
      'event_streams',
      JSON.stringify({organization_id, epoch: 'abcdefghijklm', head: 0, oldest: 1}),
    )
  })
  await t.throwsAsync(restore(migrated, path, {replace: true}), {code: 'backup-outdated'})
  const to = await openDatabase(t, await createEmptyDatabase())
  await restore(to, path, {replace: false})
  t.deepEqual(await pendingMigrations(to), [])
  const {rows} = await sql<{bytes: number}>`select text_bytes as bytes from event_streams`.execute(to)
  t.is(rows[0]!.bytes, 'Rocketbuild'.length)
})

test('a backup of a newer version is refused', async t => {
  const path = await newPath(t)
  const to = await openDatabase(t, await createDatabase())
  const created_at = '2026-01-01T00:00:00Z'
  const {schema} = await headerOf(to)
  await writeBackupFile(path, {schema: [...schema, '9999_future.sql'], created_at}, async () => {})
  await t.throwsAsync(restore(to, path, {replace: false}), {code: 'backup-too-new'})
  await writeFile(path, gzipSync(`boardcast-backup\t${JSON.stringify({format: 2, schema, created_at})}\n`))
  await t.throwsAsync(restore(to, path, {replace: false}), {code: 'backup-too-new'})
})

test('only the owner can read a backup, and a failed backup leaves the earlier file and no other file', async t => {
  const db = await openDatabase(t, await createDatabase())
  const path = await newPath(t)
  await backUp(db, path)
  t.is((await stat(path)).mode & 0o777, 0o600)
  const before = await readFile(path)
  const header = {schema: [], created_at: ''}
  const failure = new Error('the connection was lost')
  await t.throwsAsync(
    writeBackupFile(path, header, async writer => {
      for (let row = 0; row < 10_000; row++)
        await writer.writeRow('tasks', JSON.stringify({row, id: newId()}))
      throw failure
    }),
    {is: failure},
  )
  t.deepEqual(await readFile(path), before)
  t.deepEqual(await readdir(join(path, '..')), ['backup'])
  await t.throwsAsync(backUp(db, join(path, 'no/folder')), {
    code: 'file-unusable',
    message: /could not be written/,
  })
  await t.throwsAsync(restore(db, `${path}-missing`, {replace: false}), {
    code: 'file-unusable',
    message: /could not be read.*no such file/,
  })
})

test('a backup that changes during its restore is refused, and nothing is restored', async t => {
  const from = await openDatabase(t, await createDatabase())
  await createBoard(from, (await createOrganization(from, {ada: 'member'})).ada)
  const [path, other] = [await newPath(t), await newPath(t)]
  await backUp(from, path)
  await createOrganization(from, {bob: 'member'})
  await backUp(from, other)
  const replacement = await readFile(other)

  const to = await openDatabase(t, await createDatabase())
  let restoring: Promise<unknown> | undefined
  await to.transaction().execute(async trx => {
    await sql`lock table organizations in access share mode`.execute(trx)
    restoring = restore(to, path, {replace: false})
    restoring.catch(() => {}) // the assertion below examines the error
    await until(async () => (await countOfWaiting(to)) > 0)
    await writeFile(path, replacement)
  })
  await t.throwsAsync(restoring!, {code: 'backup-changed'})
  t.deepEqual(await to.selectFrom('organizations').select('id').execute(), [])
})

async function openDatabase(t: ExecutionContext, url: string): Promise<Database> {
  const store = await openStore({url})
  t.teardown(store.close)
  return store.db
}

/** Returns the path of a file that does not exist, in a new folder. */
async function newPath(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'boardcast-backup-'))
  t.teardown(() => rm(folder, {recursive: true}))
  return join(folder, 'backup')
}

async function headerOf(db: Database): Promise<{schema: string[]}> {
  const {rows} = await sql<{name: string}>`select name from schema_migrations order by name`.execute(db)
  return {schema: rows.map(({name}) => name)}
}

async function countOfWaiting(db: Database): Promise<number> {
  const {rows} = await sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
  return rows.length
}

/** Returns all saved rows as text, without the epochs; the epoch of each organization; and the board of the sprint. */
async function readAll(db: Database, sprintId: string) {
  const saved: Record<string, string[]> = {}
  for (const table of backupTables) {
    const {rows} = await sql<{row: string}>`
      select (to_jsonb(t) - array['epoch', 'database_identity'])::text as row from ${sql.table(table)} t order by 1`.execute(
      db,
    )
    saved[table] = rows.map(({row}) => row)
  }
  const streams = await db.selectFrom('event_streams').select(['organization_id', 'epoch']).execute()
  const epochs = new Map(streams.map(({organization_id, epoch}) => [organization_id, epoch]))
  const sprint = await db
    .selectFrom('sprints')
    .select('organization_id')
    .where('id', '=', sprintId)
    .executeTakeFirstOrThrow()
  return [saved, epochs, (await readBoard(db, sprint.organization_id, sprintId)).result] as const
}

/** Creates a board, and adds at least one row to every table. Returns the id of the sprint. */
async function fillEveryTable(db: Database): Promise<string> {
  const {ada, root} = await createOrganization(db, {ada: 'member', root: 'admin'})
  const {project, sprint, task} = await createBoard(db, ada)
  const at = '2026-03-01T10:00:00.123456Z'
  const created_at = '2026-03-01T10:00:00.123Z'
  const {organization_id, user_id: member_id} = ada
  const inProject = {organization_id, project_id: project.id}
  const insert = (table: keyof Tables, row: object) =>
    sql`insert into ${sql.table(table)} select * from json_populate_record(null::${sql.table(table)}, ${JSON.stringify(row)}::json)`.execute(
      db,
    )
  await sql`update tasks set title = ${oddText}, description = ${oddText.repeat(100)}, estimated_hours = 0.1 + 0.2,
    acceptance_criteria_refs = ${[oddText, '', '{}', 'null']} where id = ${task.id}`.execute(db)
  await sql`update members set named_at = ${at} where organization_id = ${organization_id}`.execute(db)
  await sql`update members set removed_at = ${created_at}, name = ${oddText} where id = ${root.user_id}`.execute(
    db,
  )
  const hash = `\\x${newId().replaceAll('-', '').repeat(2)}`
  await insert('api_keys', {
    organization_id,
    id: newId(),
    member_id,
    role: 'member',
    key_hash: hash,
    created_at,
  })
  await insert('labels', {
    ...{
      ...inProject,
      id: newId(),
      name: oddText,
      color: 'red',
      version: 1,
      created_at,
      updated_at: created_at,
    },
  })
  await sql`update tasks set priority = 'high', due_on = '0001-01-01', label_ids = (select array_agg(id) from labels)
    where id = ${task.id}`.execute(db)
  await sql`
    insert into tasks select (t).* from (
      select jsonb_populate_record(t, jsonb_build_object('id', ${newId()}::text, 'number', 1000, 'key', ${oddText}::text)) as t
      from tasks t where id = ${task.id}
    ) copy`.execute(db)
  await sql`
    insert into task_blockers select organization_id, project_id, id, ${task.id} from tasks where number = 1000`.execute(
    db,
  )
  await insert('comments', {
    ...{organization_id, id: newId(), task_id: task.id, author_user_id: member_id},
    ...{body: oddText, mentions: [root.user_id, member_id], created_at},
  })
  await insert('escalations', {
    ...{
      ...inProject,
      id: newId(),
      kind: 'question',
      question: oddText,
      status: 'open',
      created_by_user_id: member_id,
      created_at,
    },
  })
  await insert('notifications', {
    ...{...inProject, id: newId(), member_id, seq: 4, cause: 'mention', title: oddText, created_at},
  })
  await insert('activities', {
    ...{...inProject, id: newId(), type: 'pipeline.started', created_at},
    fields: {large: 2 ** 53 - 1, small: 1e-9, text: oddText, list: [null, true, {}]},
  })
  await insert('agent_runs', {...inProject, agent: oddText, run_id: '1', started_at: created_at})
  await insert('sprint_days', {
    organization_id,
    sprint_id: sprint.id,
    day: '2026-03-01',
    task_count: 1,
    completed_task_count: 0,
    estimated_hours: 0.1 + 0.2,
    completed_hours: 0,
  })
  await insert('import_sources', {
    organization_id,
    project_id: project.id,
    kind: 'task',
    source: 'trello:1',
    target_id: task.id,
    digests: {title: 'x'},
  })
  await insert('github_secrets', {
    ...inProject,
    sealed: '\\x00ff0a09',
    set_by_user_id: member_id,
    set_at: created_at,
  })
  await insert('github_deliveries', {...inProject, delivery: newId(), received_at: created_at})
  await insert('idempotency_keys', {
    ...{
      organization_id,
      member_id,
      route: '/api/v1/projects',
      key: "k'\\",
      request_hash: hash,
      answer: oddText,
      created_at,
    },
  })
  await insert('sessions', {
    ...{
      organization_id,
      id: newId(),
      member_id,
      role: 'member',
      session_hash: hash,
      created_at,
      expires_at: created_at,
    },
  })
  await insert('tickets', {
    ...{
      organization_id,
      id: newId(),
      member_id,
      ticket_hash: hash,
      selection: {topics: ['tasks']},
      created_at,
    },
    ...{first_use_before: created_at, delete_after: created_at},
  })
  return sprint.id
}
