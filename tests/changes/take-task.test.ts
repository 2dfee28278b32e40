import type {Problem} from '../../src/board/problem.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {releaseTask} from '../../src/changes/release-task.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase(), poolSize: 20})
})
test.after.always(() => store.close())

test('taking an available task stores the owner, and the creator is the recipient of the event', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {task: before} = await createBoard(store.db, ada)
  const {result: task, records, cursor} = await commitChange(store.db, grace, takeTask(before.id))
  t.like(task, {status: 'owned', owner_user_id: grace.user_id, owned_at: task.updated_at, version: 2})
  t.deepEqual(await readTask(store.db, ada.organization_id, task.id), {result: task, cursor})
  t.deepEqual(await readEvents(store.db, ada.organization_id, cursor.seq - 1), [
    {
      type: 'ownership_taken',
      timestamp: task.updated_at,
      actor_user_id: grace.user_id,
      project_id: task.project_id,
      sprint_id: task.sprint_id!,
      story_id: task.story_id,
      task_id: task.id,
      version: 2,
      owner_user_id: grace.user_id,
    },
  ])
  t.deepEqual(records[0]!.recipients, [ada.user_id])
})

test('when the owner takes the task again, the task and the head of the log are returned, and no event is appended', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {task} = await createBoard(store.db, ada)
  const taken = await commitChange(store.db, ada, takeTask(task.id))
  t.deepEqual(await commitChange(store.db, ada, takeTask(task.id)), {...taken, records: []})
})

test('when 50 members take a task at the same time, one member succeeds, and the errors of the other 49 members name the owner', async t => {
  const names = Array.from({length: 50}, (_, index) => `member ${index}`)
  const members = Object.values(
    await createOrganization(store.db, Object.fromEntries(names.map(name => [name, 'member' as const]))),
  )
  const {task} = await createBoard(store.db, members[0]!)
  const outcomes = await Promise.allSettled(members.map(by => commitChange(store.db, by, takeTask(task.id))))

  const winner = outcomes.findIndex(({status}) => status === 'fulfilled')
  const {user_id: owner_user_id, name: owner_name} = members[winner]!
  const refusals = outcomes.flatMap(outcome =>
    outcome.status === 'rejected' ? [outcome.reason as Problem] : [],
  )
  t.is(refusals.length, 49)
  for (const {code, data} of refusals) {
    t.deepEqual({code, data}, {code: 'task-already-owned', data: {owner_user_id, owner_name}})
  }
  const events = await readEvents(store.db, members[0]!.organization_id)
  t.is(events.filter(({type}) => type === 'ownership_taken').length, 1)
  t.like((await readTask(store.db, members[0]!.organization_id, task.id)).result, {owner_user_id, version: 2})
})

test('a released task can be taken by another member', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {task} = await createBoard(store.db, ada)
  await commitChange(store.db, ada, takeTask(task.id))
  await commitChange(store.db, ada, releaseTask(task.id))
  t.like((await commitChange(store.db, grace, takeTask(task.id))).result, {
    owner_user_id: grace.user_id,
    version: 4,
  })
})

test('when the expected version of a task is outdated, taking the task appends no event, and the error contains the current version', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {task} = await createBoard(store.db, ada)
  const {cursor} = await commitChange(store.db, ada, takeTask(task.id, [1]))
  const error = await t.throwsAsync(commitChange(store.db, grace, takeTask(task.id, [1])), {
    code: 'version-mismatch',
  })
  t.like(error, {data: {version: 2}})
  t.deepEqual(await readEvents(store.db, ada.organization_id, cursor.seq), [])
})
