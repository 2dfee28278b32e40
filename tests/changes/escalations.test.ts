import {newCommentSchema} from '../../src/board/comment.ts'
import {newEscalationSchema} from '../../src/board/escalation.ts'
import {newProjectSchema} from '../../src/board/project.ts'
import {commentOnTask} from '../../src/changes/comment-on-task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {deleteTask} from '../../src/changes/delete-task.ts'
import {raiseEscalation} from '../../src/changes/raise-escalation.ts'
import {respondToEscalation} from '../../src/changes/respond-to-escalation.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {listEscalations, readEscalation, readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

const ask = (fields: object = {}) => newEscalationSchema.parse({question: 'May we vent?', ...fields})

test('an escalation notifies its assignee, and a response notifies the member who raised the escalation', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {project, story, task} = await createBoard(store.db, ada)
  const input = ask({task_id: task.id, assignee_user_id: grace.user_id})
  const {result: escalation, records} = await commitChange(store.db, ada, raiseEscalation(project.id, input))
  t.like(escalation, {status: 'open', task_id: task.id, story_id: story.id, assignee_user_id: grace.user_id})
  t.deepEqual(records[0]!.recipients, [grace.user_id])
  const answered = await commitChange(
    store.db,
    grace,
    respondToEscalation(escalation.id, {response: 'Slowly.'}),
  )
  t.like(answered.result, {status: 'responded', response: 'Slowly.', responded_by_user_id: grace.user_id})
  t.deepEqual(answered.records[0]!.recipients, [ada.user_id])
  t.deepEqual((await readEscalation(store.db, ada.organization_id, escalation.id)).result, answered.result)
  const events = (await readEvents(store.db, ada.organization_id)).filter(({type}) =>
    type.startsWith('escalation.'),
  )
  t.deepEqual(
    events.map(event => [
      event.type,
      'story_id' in event && event.story_id,
      'task_id' in event && event.task_id,
    ]),
    [
      ['escalation.created', story.id, task.id],
      ['escalation.responded', story.id, task.id],
    ],
  )
})

test('a task counts its comments and open questions, also when members comment, ask and answer concurrently', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {project, task} = await createBoard(store.db, ada)
  const commentOnce = () =>
    commitChange(store.db, grace, commentOnTask(task.id, newCommentSchema.parse({body: 'Mind the valve'})))
  const askOnce = () => commitChange(store.db, ada, raiseEscalation(project.id, ask({task_id: task.id})))
  const askAndAnswer = async () => {
    const {result} = await askOnce()
    await commitChange(store.db, grace, respondToEscalation(result.id, {response: 'Yes.'}))
  }
  await Promise.all([commentOnce, askOnce, askAndAnswer].flatMap(act => [act(), act(), act()]))
  const {result: after} = await readTask(store.db, ada.organization_id, task.id)
  t.like(after, {version: 1, comment_count: 3, open_question_count: 3, discussion_version: 12})
  const events = await readEvents(store.db, ada.organization_id)
  const versions = events.flatMap(event => ('discussion_version' in event ? [event.discussion_version] : []))
  t.deepEqual(
    versions,
    Array.from({length: 12}, (_, index) => index + 1),
  )
})

test('a question can be answered when a process of an earlier version did not count it, and the numbers become right', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {project, task} = await createBoard(store.db, ada)
  const askOnce = () => commitChange(store.db, ada, raiseEscalation(project.id, ask({task_id: task.id})))
  await askOnce()
  const {result: second} = await askOnce()
  const uncounted = {open_question_count: 0, comment_count: 7}
  await store.db.updateTable('tasks').set(uncounted).where('id', '=', task.id).execute()
  await commitChange(store.db, grace, respondToEscalation(second.id, {response: 'Yes.'}))
  const {result: after} = await readTask(store.db, ada.organization_id, task.id)
  t.like(after, {comment_count: 0, open_question_count: 1, discussion_version: 3})
})

test('only the first of several concurrent responses succeeds; the errors of the other responses contain the id of the member whose response succeeded', async t => {
  const {ada, grace, edsger} = await createOrganization(store.db, {
    ada: 'member',
    grace: 'member',
    edsger: 'member',
  })
  const {project} = await createBoard(store.db, ada)
  const {result: escalation} = await commitChange(store.db, ada, raiseEscalation(project.id, ask()))
  const outcomes = await Promise.allSettled(
    [ada, grace, edsger].map(by =>
      commitChange(store.db, by, respondToEscalation(escalation.id, {response: `Says ${by.name}`})),
    ),
  )
  const [accepted] = outcomes.filter(outcome => outcome.status === 'fulfilled')
  const refused = outcomes.filter(outcome => outcome.status === 'rejected')
  t.is(refused.length, 2)
  for (const {reason} of refused) {
    t.is(reason.code, 'escalation-already-responded')
    t.is(reason.data.responded_by_user_id, accepted!.value.result.responded_by_user_id)
  }
  const types = (await readEvents(store.db, ada.organization_id)).map(({type}) => type)
  t.is(types.filter(type => type === 'escalation.responded').length, 1)
})

test('an escalation is rejected when its story or task is in another project, or when its assignee is in another organization', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {eve} = await createOrganization(store.db, {eve: 'member'})
  const {story, task} = await createBoard(store.db, ada)
  const {result: other} = await commitChange(
    store.db,
    ada,
    createProject(newProjectSchema.parse({name: 'Rover'})),
  )
  const raise = (fields: object) => commitChange(store.db, ada, raiseEscalation(other.id, ask(fields)))
  await t.throwsAsync(raise({story_id: story.id}), {code: 'story-not-found'})
  await t.throwsAsync(raise({task_id: task.id}), {code: 'task-not-found'})
  await t.throwsAsync(raise({task_id: task.id, story_id: story.id}), {code: 'task-not-found'})
  await t.throwsAsync(raise({assignee_user_id: eve.user_id}), {code: 'member-not-found'})
  t.deepEqual((await listEscalations(store.db, ada.organization_id, other.id, {limit: 9})).result.items, [])
})

test('the list of escalations can be filtered by status, assignee and task, and contains escalations whose task was deleted', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {project, task} = await createBoard(store.db, ada)
  const raise = async (fields: object) =>
    (await commitChange(store.db, ada, raiseEscalation(project.id, ask(fields)))).result
  const open = await raise({task_id: task.id})
  const hers = await raise({assignee_user_id: grace.user_id})
  const {result: answered} = await commitChange(
    store.db,
    ada,
    respondToEscalation((await raise({})).id, {response: 'Yes.'}),
  )
  await commitChange(store.db, ada, deleteTask(task.id))
  const list = async (filter: object) =>
    (await listEscalations(store.db, ada.organization_id, project.id, {limit: 9, ...filter})).result.items
  t.deepEqual(await list({}), [open, hers, answered])
  t.deepEqual(await list({status: 'open'}), [open, hers])
  t.deepEqual(await list({status: 'responded'}), [answered])
  t.deepEqual(await list({assignee: grace.user_id}), [hers])
  t.deepEqual(await list({assignee: grace.user_id, status: 'responded'}), [])
  t.deepEqual(await list({task: task.id}), [open])
  t.deepEqual(await list({task: task.id, status: 'responded'}), [])
})
