import {newEscalationSchema} from '../../src/board/escalation.ts'
import type {Caller} from '../../src/board/member.ts'
import type {Committed} from '../../src/changes/change.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {deleteTask} from '../../src/changes/delete-task.ts'
import {giveTask} from '../../src/changes/give-task.ts'
import {raiseEscalation} from '../../src/changes/raise-escalation.ts'
import {releaseTask} from '../../src/changes/release-task.ts'
import {removeMember} from '../../src/changes/remove-member.ts'
import {respondToEscalation} from '../../src/changes/respond-to-escalation.ts'
import {setTaskStatus} from '../../src/changes/set-task-status.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {readEscalation, readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

/** Ada owns a task, which is in progress. */
async function startWork() {
  const {db} = store
  const roles = {ada: 'member', bob: 'member', eve: 'member', root: 'admin'} as const
  const members = await createOrganization(db, roles)
  const {ada} = members
  const {project, task} = await createBoard(db, ada)
  await commitChange(db, ada, takeTask(task.id))
  await commitChange(db, ada, setTaskStatus(task.id, 'in_progress'))
  const ask = async (by: Caller) => {
    const request = {kind: 'release', question: 'May I finish it?', task_id: task.id}
    return commitChange(db, by, raiseEscalation(project.id, newEscalationSchema.parse(request)))
  }
  const answer = (by: Caller, id: string, approved: boolean, response?: string) =>
    commitChange(db, by, respondToEscalation(id, {approved, ...(response && {response})}))
  const taskNow = async () => (await readTask(db, ada.organization_id, task.id)).result
  const requestNow = async (id: string) => (await readEscalation(db, ada.organization_id, id)).result
  return {db, ...members, project, task, ask, answer, taskNow, requestNow}
}

test('a request for a release goes to the owner of the task; an approval makes the member who asked the owner', async t => {
  const {ada, bob, ask, answer, taskNow} = await startWork()
  const {result: request, records} = await ask(bob)
  t.like(request, {kind: 'release', status: 'open', assignee_user_id: ada.user_id, approved: null})
  t.deepEqual(records[0]!.recipients, [ada.user_id])
  t.is((await taskNow()).open_question_count, 1)

  const approved = await answer(ada, request.id, true)
  t.like(approved.result, {
    status: 'responded',
    approved: true,
    response: null,
    responded_by_user_id: ada.user_id,
  })
  t.deepEqual(
    approved.records.map(({type}) => type).filter(type => type !== 'notification.created'),
    ['escalation.responded', 'ownership_transferred', 'task.questions.changed'],
  )
  t.like(await taskNow(), {status: 'in_progress', owner_user_id: bob.user_id, open_question_count: 0})
  await t.throwsAsync(answer(ada, request.id, true), {code: 'escalation-already-responded'})
})

test('a refusal has an optional text, and the owner keeps the task', async t => {
  const {ada, bob, eve, ask, answer, taskNow} = await startWork()
  const {result: request} = await ask(bob)
  for (const by of [bob, eve]) await t.throwsAsync(answer(by, request.id, true), {code: 'not-the-assignee'})
  const {result} = await answer(ada, request.id, false, 'I am nearly done.')
  t.like(result, {status: 'responded', approved: false, response: 'I am nearly done.'})
  t.like(await taskNow(), {owner_user_id: ada.user_id, open_question_count: 0})
})

test('an admin approves in place of the owner, and the other requests for the task end without an approval', async t => {
  const {ada, bob, eve, root, ask, answer, taskNow, requestNow} = await startWork()
  const {result: first} = await ask(bob)
  const {result: second} = await ask(eve)
  const {records} = await answer(root, first.id, true)
  t.like(await taskNow(), {owner_user_id: bob.user_id, open_question_count: 0})
  t.like(await requestNow(second.id), {status: 'responded', approved: null, response: null})
  const transferred = records.find(({type}) => type === 'ownership_transferred')!
  t.true(transferred.recipients!.includes(ada.user_id))
})

const endings: Record<string, (scene: Awaited<ReturnType<typeof startWork>>) => Promise<unknown>> = {
  'is released': ({db, ada, task}) => commitChange(db, ada, releaseTask(task.id)),
  'is completed': ({db, ada, task}) => commitChange(db, ada, setTaskStatus(task.id, 'completed')),
  'is given to another member': ({db, ada, eve, task}) =>
    commitChange(db, ada, giveTask(task.id, eve.user_id)),
  'loses its owner, whom an admin removes': ({db, ada, root}) =>
    commitChange(db, root, removeMember(ada.user_id)),
}

for (const [what, end] of Object.entries(endings)) {
  test(`when the task ${what}, the request ends without an approval, and a later answer is rejected`, async t => {
    const scene = await startWork()
    const {ada, bob, root, ask, answer, taskNow, requestNow} = scene
    const {result: request} = await ask(bob)
    const {records} = (await end(scene)) as Committed<unknown>
    const ended = records.filter(({type}) => type === 'escalation.responded')
    t.is(ended.length, 1)
    t.true(ended[0]!.recipients!.includes(bob.user_id))
    t.false(
      ended[0]!.recipients!.includes(ada.user_id),
      'nobody is told about an own change, or after the removal',
    )
    t.true(records.some(({type}) => type === 'task.questions.changed'))
    const by = what.startsWith('loses') ? root : ada
    t.like(await requestNow(request.id), {
      status: 'responded',
      approved: null,
      responded_by_user_id: by.user_id,
    })
    const {open_question_count, owner_user_id} = await taskNow()
    t.is(open_question_count, 0)
    t.not(owner_user_id, bob.user_id)
    await t.throwsAsync(answer(root, request.id, true), {code: 'escalation-already-responded'})
  })
}

test('when the task is deleted, the request ends with the answer, without an approval', async t => {
  const {db, ada, bob, root, task, ask, answer, requestNow} = await startWork()
  const {result: request} = await ask(bob)
  await commitChange(db, ada, deleteTask(task.id))
  t.like((await answer(root, request.id, true)).result, {status: 'responded', approved: null})
  t.like(await requestNow(request.id), {approved: null})
})

test('a request needs a task that another member owns, and each kind of escalation needs its own answer', async t => {
  const {db, ada, bob, project, task, ask, answer} = await startWork()
  await t.throwsAsync(ask(ada), {code: 'task-already-owned'})
  const raise = (fields: object) =>
    commitChange(
      db,
      bob,
      raiseEscalation(project.id, newEscalationSchema.parse({question: 'Why?', ...fields})),
    )
  await t.throwsAsync(raise({kind: 'release'}), {code: 'invalid-request'})
  const {result: request} = await ask(bob)
  const text = commitChange(db, ada, respondToEscalation(request.id, {response: 'Yes.'}))
  await t.throwsAsync(text, {code: 'invalid-request'})
  const {result: question} = await raise({task_id: task.id, assignee_user_id: ada.user_id})
  await t.throwsAsync(answer(ada, question.id, true), {code: 'invalid-request'})
  await commitChange(db, ada, releaseTask(task.id))
  await t.throwsAsync(ask(bob), {code: 'task-not-owned'})
})

test('when two requests are approved at the same time, only one member gets the task', async t => {
  for (let round = 0; round < 5; round++) {
    const {ada, bob, eve, root, ask, answer, taskNow, requestNow} = await startWork()
    const {result: first} = await ask(bob)
    const {result: second} = await ask(eve)
    await Promise.allSettled([answer(ada, first.id, true), answer(root, second.id, true)])
    const requests = [await requestNow(first.id), await requestNow(second.id)]
    const approved = requests.filter(request => request.approved)
    t.is(approved.length, 1)
    t.like(await taskNow(), {owner_user_id: approved[0]!.created_by_user_id, open_question_count: 0})
  }
})
