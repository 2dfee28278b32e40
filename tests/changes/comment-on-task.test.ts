import {newCommentSchema} from '../../src/board/comment.ts'
import {commentOnTask} from '../../src/changes/comment-on-task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {deleteTask} from '../../src/changes/delete-task.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {listComments, readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

test('the recipients of a comment are the owner, the creator and the mentioned members, but not the author; the version of the task does not change', async t => {
  const {ada, grace, vic} = await createOrganization(store.db, {
    ada: 'member',
    grace: 'member',
    vic: 'viewer',
  })
  const {task: made} = await createBoard(store.db, ada)
  const {result: task} = await commitChange(store.db, grace, takeTask(made.id))
  const input = newCommentSchema.parse({
    body: 'Mind the valve',
    mentions: [vic.user_id, grace.user_id, ada.user_id, vic.user_id],
  })
  const {result: comment, records} = await commitChange(store.db, ada, commentOnTask(task.id, input))
  t.like(comment, {task_id: task.id, author_user_id: ada.user_id, body: 'Mind the valve'})
  t.deepEqual(comment.mentions, [vic.user_id, grace.user_id, ada.user_id])
  t.deepEqual(records[0]!.recipients, [grace.user_id, vic.user_id])
  const events = await readEvents(store.db, ada.organization_id)
  t.like(
    events.find(({type}) => type === 'task.commented'),
    {version: 2, comment, comment_count: 1, open_question_count: 0, discussion_version: 1},
  )
  t.deepEqual((await readTask(store.db, ada.organization_id, task.id)).result, {
    ...task,
    comment_count: 1,
    discussion_version: 1,
  })
  t.deepEqual((await listComments(store.db, ada.organization_id, task.id, {limit: 10})).result, {
    items: [comment],
    next: null,
  })
})

test('mentioning a member of another organization is rejected, and no comment is added', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {eve} = await createOrganization(store.db, {eve: 'member'})
  const {task} = await createBoard(store.db, ada)
  const input = newCommentSchema.parse({body: 'Hello', mentions: [ada.user_id, eve.user_id]})
  const problem = await t.throwsAsync<any>(commitChange(store.db, ada, commentOnTask(task.id, input)), {
    code: 'member-not-found',
  })
  t.is(problem.data.user_id, eve.user_id)
  t.deepEqual((await listComments(store.db, ada.organization_id, task.id, {limit: 10})).result.items, [])
  t.is((await readEvents(store.db, ada.organization_id)).at(-1)!.type, 'task.created')
})

test('deleting a task deletes its comments', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {task} = await createBoard(store.db, ada)
  await commitChange(store.db, ada, commentOnTask(task.id, newCommentSchema.parse({body: 'Hello'})))
  await commitChange(store.db, ada, deleteTask(task.id))
  const left = await store.db
    .selectFrom('comments')
    .where('organization_id', '=', ada.organization_id)
    .execute()
  t.is(left.length, 0)
})
