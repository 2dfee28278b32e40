// Tests that a database with content of an earlier version keeps its content when it is migrated.
import test from 'ava'
import {sql} from 'kysely'
import {boardSchema} from '../../src/board/board.ts'
import {newLabelSchema} from '../../src/board/label.ts'
import type {Caller} from '../../src/board/member.ts'
import {taskSchema} from '../../src/board/task.ts'
import type {Change} from '../../src/changes/change.ts'
import {addBlocker} from '../../src/changes/change-blockers.ts'
import {addChecklistItem} from '../../src/changes/change-checklist.ts'
import {addLabel} from '../../src/changes/change-task-labels.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createLabel} from '../../src/changes/create-label.ts'
import {respondToEscalation} from '../../src/changes/respond-to-escalation.ts'
import {setSprintStatus} from '../../src/changes/set-sprint-status.ts'
import {type Database, openStore} from '../../src/store/connection.ts'
import {newId} from '../../src/store/ids.ts'
import {migrate, migrationFiles, requireMigrated} from '../../src/store/migrate.ts'
import {search} from '../../src/store/search.ts'
import {listEscalations, readBoard, readTask} from '../../src/store/snapshots.ts'
import {createUnmigratedDataFolder} from '../helpers/data-folder.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {readEvents} from '../helpers/organization.ts'
import {createEmptyDatabase, test as testOnPostgres} from '../helpers/postgres.ts'

const files = await migrationFiles()

for (const name of ['the embedded store', 'Postgres'] as const) {
  const declare = name === 'Postgres' ? testOnPostgres : test
  declare.serial(
    `on ${name}, a database with content of the schema 0022 is migrated to the present schema, and keeps its content`,
    async t => {
      const {db, close} = await openStore(
        name === 'Postgres'
          ? {url: await createEmptyDatabase()}
          : {dataDir: await createUnmigratedDataFolder(t)},
      )
      t.teardown(close)
      const isOld = (file: string) => file < '0023'
      t.deepEqual(await migrate(db, isOld), files.filter(isOld))
      const {ada, project, sprint, story, tasks, question} = await fillOldSchema(db)
      t.deepEqual(
        await migrate(db),
        files.filter(file => !isOld(file)),
      )
      await requireMigrated(db)

      const read = async (id: string) => (await readTask(db, ada.organization_id, id)).result
      const [weld, fill, test] = await Promise.all(tasks.map(read))
      for (const task of [weld!, fill!, test!]) t.deepEqual(taskSchema.parse(task), task)
      const added = {
        priority: null,
        due_on: null,
        label_ids: [],
        checklist: [],
        checklist_count: 0,
        links: [],
      }
      t.like(weld, {title: 'Weld the tank', key: 'WEB-1', status: 'available', ...added, version: 1})
      t.like(fill, {
        status: 'in_progress',
        owner_user_id: ada.user_id,
        open_question_count: 1,
        comment_count: 1,
      })
      t.like(test, {status: 'completed', blocked_by_task_ids: [], open_blocker_count: 0})
      const {result: board} = await readBoard(db, ada.organization_id, sprint)
      t.deepEqual(boardSchema.parse(board), board)
      t.like(board, {sprint: {status: 'planned', started_at: null}, labels: []})
      const {result: escalations} = await listEscalations(db, ada.organization_id, project, {limit: 10})
      t.like(escalations.items, [{kind: 'question', status: 'open', approved: null}, {status: 'responded'}])
      const found = await search(db, ada.organization_id, {words: ['valve'], limit: 10})
      t.deepEqual(found.result.items.map(({kind}) => kind).sort(), ['comment', 'task'])
      const {rows} = await sql<{counted: number; stored: number}>`
        select text_bytes as counted, stored_text_bytes(organization_id) as stored from event_streams`.execute(
        db,
      )
      t.is(rows[0]!.counted, rows[0]!.stored)
      t.is((await readEvents(db, ada.organization_id)).length, 1)

      // A process of the earlier version still creates tasks during a rolling update.
      const late = await insertOldTask(db, ada, {project_id: project, story_id: story, sprint_id: sprint})
      t.like(await read(late), {key: 'WEB-4', ...added})
      const make = async <T>(change: Change<T>) => (await commitChange(db, ada, change)).result
      const label = await make(createLabel(project, newLabelSchema.parse({name: 'Safety'})))
      await make(addLabel(late, label.id))
      await make(addBlocker(late, tasks[0]!))
      await make(addChecklistItem(late, {text: 'Vent'}))
      await make(setSprintStatus(sprint, {status: 'active'}))
      await make(respondToEscalation(question, {response: 'Because.'}))
      t.like(await read(late), {label_ids: [label.id], open_blocker_count: 1, checklist_count: 1})
      t.like(await read(tasks[1]!), {open_question_count: 0})
    },
  )
}

test('every foreign key to rows that can be deleted has an index, so that a deletion does not read whole tables', async t => {
  const {db, close} = await openNewStore()
  t.teardown(close)
  // Members and API keys are never deleted. `conkey` and `indkey` contain the numbers of columns.
  const {rows} = await sql<{key: string}>`
    select conrelid::regclass || ': ' || pg_get_constraintdef(c.oid) as key from pg_constraint c
    where contype = 'f' and confrelid::regclass::text not in ('organizations', 'event_streams', 'members', 'api_keys')
      and not exists (
        select from pg_index i
        where i.indrelid = c.conrelid and i.indpred is null and i.indkey[0] = c.conkey[1]
          -- The last column is the id of the referenced row.
          and i.indkey[1] = c.conkey[cardinality(c.conkey)]
      )`.execute(db)
  t.deepEqual(rows, [])
})

/** Inserts one organization into a database whose last schema file is 0022. */
async function fillOldSchema(db: Database) {
  const organization_id = newId()
  const [project, sprint, story, question, answered] = [newId(), newId(), newId(), newId(), newId()]
  const tasks = [newId(), newId(), newId()]
  const [ada, bob] = [newId(), newId()]
  const at = '2026-01-01T10:00:00.000Z'
  const row = {organization_id, created_at: at}
  const versioned = {...row, version: 1, updated_at: at}
  const place = {project_id: project, sprint_id: sprint, story_id: story}
  const aTask = {...versioned, ...place, created_by_user_id: ada, acceptance_criteria_refs: []}
  const member = {...row, issuer: 'tests', named_at: at, claimed_role: 'member'}
  const ask = {...row, project_id: project, story_id: story, task_id: tasks[1], created_by_user_id: bob}
  const content: [table: string, rows: object[]][] = [
    ['organizations', [{id: organization_id, issuer: 'tests', claim: 'acme', created_at: at}]],
    [
      'members',
      [
        {...member, id: ada, subject: 'ada', name: 'Ada'},
        {...member, id: bob, subject: 'bob', name: 'Bob'},
      ],
    ],
    ['event_streams', [{organization_id, epoch: 'a'.repeat(13), head: 1, oldest: 1}]],
    [
      'events',
      [{...row, seq: 1, type: 'project.created', project_id: project, data: '{"type":"project.created"}'}],
    ],
    ['projects', [{...versioned, id: project, name: 'Web', phase: 'build', key: 'WEB'}]],
    ['sprints', [{...versioned, id: sprint, project_id: project, name: 'Sprint 1', goal: ''}]],
    [
      'stories',
      [
        {
          ...versioned,
          id: story,
          project_id: project,
          sprint_id: sprint,
          title: 'Fly',
          description: '',
          status: 'ready',
        },
      ],
    ],
    [
      'tasks',
      [
        {
          ...aTask,
          id: tasks[0],
          title: 'Weld the tank',
          description: 'Mind the „valve“',
          status: 'available',
        },
        {
          ...aTask,
          id: tasks[1],
          title: 'Fill it',
          description: '',
          status: 'in_progress',
          owner_user_id: ada,
          owned_at: at,
          comment_count: 1,
          open_question_count: 1,
        },
        {...aTask, id: tasks[2], title: 'Test it', description: '', status: 'completed', completed_at: at},
      ],
    ],
    [
      'comments',
      [
        {
          ...row,
          id: newId(),
          task_id: tasks[1],
          author_user_id: bob,
          body: 'The „valve“ sticks',
          mentions: [ada],
        },
      ],
    ],
    [
      'escalations',
      [
        {...ask, id: question, question: 'Why?', status: 'open'},
        {
          ...ask,
          id: answered,
          question: 'When?',
          status: 'responded',
          response: 'Now.',
          responded_by_user_id: ada,
          responded_at: at,
        },
      ],
    ],
    [
      'notifications',
      [
        {
          ...row,
          id: newId(),
          member_id: ada,
          seq: 1,
          cause: 'task.commented',
          actor_user_id: bob,
          project_id: project,
          title: 'Fill it',
        },
      ],
    ],
  ]
  for (const [table, rows] of content) for (const row of rows) await insertRow(db, table, row)
  await sql`update event_streams set text_bytes = stored_text_bytes(organization_id)`.execute(db)
  const caller: Caller = {user_id: ada, organization_id, role: 'member', name: 'Ada'}
  return {ada: caller, project, sprint, story, tasks, question}
}

async function insertOldTask(
  db: Database,
  {organization_id, user_id}: Caller,
  place: object,
): Promise<string> {
  const id = newId()
  const at = '2026-01-02T10:00:00.000Z'
  const times = {version: 1, created_at: at, updated_at: at}
  const fields = {title: 'Late', description: '', status: 'available', acceptance_criteria_refs: []}
  await insertRow(db, 'tasks', {
    organization_id,
    id,
    created_by_user_id: user_id,
    ...place,
    ...times,
    ...fields,
  })
  return id
}

async function insertRow(db: Database, table: string, row: object): Promise<void> {
  const columns = sql.join(Object.keys(row).map(name => sql.ref(name)))
  await sql`insert into ${sql.table(table)} (${columns})
    select ${columns} from json_populate_record(null::${sql.table(table)}, ${JSON.stringify(row)}::json)`.execute(
    db,
  )
}
