import type {Caller} from '../../src/board/member.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {giveTask} from '../../src/changes/give-task.ts'
import {removeMember} from '../../src/changes/remove-member.ts'
import {setTaskStatus} from '../../src/changes/set-task-status.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {newId} from '../../src/store/ids.ts'
import {readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

async function startTeam() {
  const {db} = store
  const roles = {ada: 'member', bob: 'member', vic: 'viewer', root: 'admin'} as const
  const members = await createOrganization(db, roles)
  const {task} = await createBoard(db, members.ada)
  const give = (by: Caller, to: Pick<Caller, 'user_id'>, expected?: number[]) =>
    commitChange(db, by, giveTask(task.id, to.user_id, expected))
  return {db, ...members, task, give}
}

test('the owner gives a task to another member; the task stays in progress, and the new owner is notified', async t => {
  const {db, ada, bob, task, give} = await startTeam()
  await commitChange(db, ada, takeTask(task.id))
  await commitChange(db, ada, setTaskStatus(task.id, 'in_progress'))
  const {result, records} = await give(ada, bob)
  t.like(result, {status: 'in_progress', owner_user_id: bob.user_id, version: 4, owned_at: result.updated_at})
  t.like(JSON.parse(records[0]!.data), {
    type: 'ownership_transferred',
    actor_user_id: ada.user_id,
    owner_user_id: bob.user_id,
    previous_owner_user_id: ada.user_id,
    version: 4,
  })
  t.deepEqual(
    records.map(({type, recipients}) => [type, recipients]),
    [
      ['ownership_transferred', [bob.user_id]],
      ['notification.created', [bob.user_id]],
    ],
  )
  t.deepEqual((await readTask(db, ada.organization_id, task.id)).result, result)
  t.deepEqual((await give(bob, bob)).records, [])
})

test('an admin gives a task of another member, and both members are notified; an available task becomes owned', async t => {
  const {ada, bob, root, give} = await startTeam()
  const first = await give(root, ada)
  t.like(first.result, {status: 'owned', owner_user_id: ada.user_id})
  t.is(JSON.parse(first.records[0]!.data).previous_owner_user_id, null)
  const second = await give(root, bob)
  t.like(second.result, {status: 'owned', owner_user_id: bob.user_id})
  const notified = second.records.slice(1).map(({recipients}) => recipients![0]!)
  t.deepEqual(notified.sort(), [ada.user_id, bob.user_id].sort())
  const own = await give(root, root)
  t.deepEqual(
    own.records.map(({type, recipients}) => [type, [...recipients!].sort()]),
    [
      ['ownership_transferred', [ada.user_id, bob.user_id].sort()],
      ['notification.created', [bob.user_id]],
    ],
  )
})

test('a member who is not the owner cannot give a task, and a task is not given to a viewer, a removed member or a stranger', async t => {
  const {db, ada, bob, vic, root, task, give} = await startTeam()
  await t.throwsAsync(give(ada, bob), {code: 'not-the-owner'})
  t.like((await give(bob, bob)).result, {owner_user_id: bob.user_id})
  await t.throwsAsync(give(ada, vic), {code: 'assignee-is-viewer'})
  await t.throwsAsync(give(ada, root), {code: 'not-the-owner'})
  await t.throwsAsync(give(ada, ada), {code: 'task-already-owned'})
  await t.throwsAsync(give(bob, {user_id: newId()}), {code: 'member-not-found'})
  const {eve} = await createOrganization(db, {eve: 'member'})
  await t.throwsAsync(give(bob, eve), {code: 'member-not-found'})
  await t.throwsAsync(give(vic, ada), {code: 'role-insufficient'})
  await t.throwsAsync(give(bob, ada, [1]), {code: 'version-mismatch'})
  await commitChange(db, root, removeMember(ada.user_id))
  await t.throwsAsync(give(bob, ada), {code: 'member-not-found'})
  t.like((await readTask(db, ada.organization_id, task.id)).result, {owner_user_id: bob.user_id, version: 2})
})

test('a closed task is not given to anybody', async t => {
  const {db, ada, bob, root, task, give} = await startTeam()
  await commitChange(db, ada, setTaskStatus(task.id, 'cancelled'))
  await t.throwsAsync(give(root, bob), {code: 'invalid-status-move'})
  await t.throwsAsync(give(bob, bob), {code: 'invalid-status-move'})
})

test('a member who is removed at the same time does not own the task afterwards', async t => {
  for (let round = 0; round < 10; round++) {
    const {db, ada, bob, root, task, give} = await startTeam()
    const [given] = await Promise.allSettled([
      give(root, bob),
      commitChange(db, root, removeMember(bob.user_id)),
    ])
    if (given.status === 'rejected') t.is(given.reason.code, 'member-not-found')
    const {result} = await readTask(db, ada.organization_id, task.id)
    t.like(result, {status: 'available', owner_user_id: null})
  }
})
