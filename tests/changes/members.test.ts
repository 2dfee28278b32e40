// Tests the removal and the demotion of members while other changes run. All changes use real connections to Postgres.
import {sql} from 'kysely'
import type {Caller} from '../../src/board/member.ts'
import {newTaskSchema} from '../../src/board/task.ts'
import type {Change} from '../../src/changes/change.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {removeMember} from '../../src/changes/remove-member.ts'
import {setRole} from '../../src/changes/set-role.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

const rounds = 20

let one: Store
let two: Store
test.before(async () => {
  const url = await createDatabase()
  one = await openStore({url})
  two = await openStore({url})
})
test.after.always(() => Promise.all([one?.close(), two?.close()]))

const removal = (id: string): Change<unknown> => removeMember(id)
const demotion = (id: string): Change<unknown> => setRole(id, 'member')

for (const [what, ofAda, ofRoot] of [
  ['remove each other', removal, removal],
  ['take the role admin from each other', demotion, demotion],
  ['remove each other and take the role admin from each other', removal, demotion],
] as const) {
  test(`when the last two admins ${what} at the same time, exactly one of them succeeds`, async t => {
    for (let round = 0; round < rounds; round++) {
      const {ada, root} = await createOrganization(one.db, {ada: 'admin', root: 'admin', bob: 'member'})
      const outcomes = await Promise.allSettled([
        commitChange(one.db, ada, ofRoot(root.user_id)),
        commitChange(two.db, root, ofAda(ada.user_id)),
      ])
      const refused = outcomes.filter(outcome => outcome.status === 'rejected')
      t.is(refused.length, 1)
      t.regex(refused[0]!.reason.code, /^(last-admin|member-removed|role-insufficient)$/)
      t.is(await countAdmins(ada), 1)
    }
  })
}

test('after an admin was removed or has lost the role admin, a request of this admin that was authenticated earlier cannot change another member', async t => {
  for (const [withdraw, code] of [
    [removal, 'member-removed'],
    [demotion, 'role-insufficient'],
  ] as const) {
    const {ada, root, bob} = await createOrganization(one.db, {ada: 'admin', root: 'admin', bob: 'member'})
    await commitChange(one.db, ada, withdraw(root.user_id))
    await t.throwsAsync(commitChange(one.db, root, removal(bob.user_id)), {code})
    await t.throwsAsync(commitChange(one.db, root, demotion(bob.user_id)), {code})
  }
})

test('when a member takes tasks while an admin removes the member, the removed member owns no open task at the end', async t => {
  let taken = 0
  let refused = 0
  for (let round = 0; round < rounds; round++) {
    const {root, bob} = await createOrganization(one.db, {root: 'admin', bob: 'member'})
    const {story} = await createBoard(one.db, root)
    const tasks = []
    for (const title of ['One', 'Two', 'Three']) {
      const change = createTask(story.id, newTaskSchema.parse({title}))
      tasks.push((await commitChange(one.db, root, change)).result)
    }
    const taking = tasks.map(({id}) => commitChange(two.db, bob, takeTask(id)))
    const [removed, ...outcomes] = await Promise.allSettled([
      commitChange(one.db, root, removal(bob.user_id)),
      ...taking,
    ])
    t.is(removed.status, 'fulfilled', String((removed as {reason?: unknown}).reason))
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') taken++
      else {
        refused++
        t.is(outcome.reason.code, 'member-removed')
      }
    }
    t.is(await countOpenTasks(bob), 0)
    const events = await readEvents(one.db, root.organization_id)
    const count = (type: string) => events.filter(event => event.type === type).length
    t.is(count('ownership_taken'), count('ownership_released'))
  }
  t.log(`${taken} tasks were taken before the removal, and ${refused} were refused`)
})

test('the removal of a member with a thousand open tasks releases all these tasks in the order of the task ids', async t => {
  const {root, bob} = await createOrganization(one.db, {root: 'admin', bob: 'member'})
  const {task} = await createBoard(one.db, root)
  await sql`
    insert into tasks
    select (jsonb_populate_record(t, jsonb_build_object(
      'id', gen_random_uuid(), 'number', 0, 'status', 'owned', 'owner_user_id', ${bob.user_id}::text, 'owned_at', now()
    ))).* from tasks t, generate_series(1, 1000) where t.id = ${task.id}`.execute(one.db)
  const {records} = await commitChange(one.db, root, removeMember(bob.user_id))
  t.is(records.length, 1_001)
  const ids = records.slice(1).map(({task_id}) => task_id)
  t.deepEqual(ids, ids.toSorted())
  t.is(await countOpenTasks(bob), 0)
})

async function countAdmins({organization_id}: Caller): Promise<number> {
  const {rows} = await sql`
    select from members where organization_id = ${organization_id} and removed_at is null
      and coalesce(set_role, claimed_role) = 'admin'`.execute(one.db)
  return rows.length
}

async function countOpenTasks({organization_id, user_id}: Caller): Promise<number> {
  const {rows} = await sql`
    select from tasks where organization_id = ${organization_id} and owner_user_id = ${user_id}
      and status in ('owned', 'in_progress')`.execute(one.db)
  return rows.length
}
