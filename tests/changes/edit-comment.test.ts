import type {Quotas} from '../../src/board/quotas.ts'
import {commentOnTask} from '../../src/changes/comment-on-task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {deleteComment} from '../../src/changes/delete-comment.ts'
import {deleteTask} from '../../src/changes/delete-task.ts'
import {editComment} from '../../src/changes/edit-comment.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {newId} from '../../src/store/ids.ts'
import {listComments, listNotifications, readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

/** Ada has commented on a task of Grace, and has mentioned Vic. */
async function startDiscussion() {
  const {db} = store
  const roles = {ada: 'member', grace: 'member', vic: 'viewer', root: 'admin'} as const
  const {ada, grace, vic, root} = await createOrganization(db, roles)
  const {task} = await createBoard(db, root)
  await commitChange(db, grace, takeTask(task.id))
  const input = {body: 'Mind the valve', mentions: [vic.user_id]}
  const {result: comment} = await commitChange(db, ada, commentOnTask(task.id, input))
  const readBytes = async () =>
    (
      await db
        .selectFrom('event_streams')
        .select(({ref}) => ref('text_bytes' as 'head').as('bytes'))
        .where('organization_id', '=', ada.organization_id)
        .executeTakeFirstOrThrow()
    ).bytes
  return {db, ada, grace, vic, root, task, comment, readBytes}
}

test('the author edits a comment; the event contains the comment, and the version of the task does not change', async t => {
  const {db, ada, grace, vic, root, task, comment, readBytes} = await startDiscussion()
  const bytes = await readBytes()
  const {result, records} = await commitChange(db, ada, editComment(comment.id, {body: 'Mind both valves'}))
  const edited_at = result.edited_at!
  t.deepEqual(result, {...comment, body: 'Mind both valves', edited_at})
  t.true(edited_at >= comment.created_at)
  t.like(JSON.parse(records[0]!.data), {
    type: 'task.comment.edited',
    timestamp: edited_at,
    task_id: task.id,
    version: 2,
    comment: result,
    comment_count: 1,
    discussion_version: 2,
  })
  t.deepEqual([...records[0]!.recipients!].sort(), [grace.user_id, root.user_id, vic.user_id].sort())
  t.is(records.length, 1, 'no member is notified')
  t.deepEqual((await listComments(db, ada.organization_id, task.id, {limit: 10})).result.items, [result])
  t.like((await readTask(db, ada.organization_id, task.id)).result, {version: 2, discussion_version: 2})
  t.is(await readBytes(), bytes + 'Mind both valves'.length - 'Mind the valve'.length)

  t.deepEqual((await commitChange(db, ada, editComment(comment.id, {body: 'Mind both valves'}))).records, [])
  t.deepEqual((await commitChange(db, ada, editComment(comment.id, {}))).result, result)
})

test('an edit notifies only the members whom the comment did not mention before', async t => {
  const {db, ada, grace, vic, comment} = await startDiscussion()
  const mentions = [vic.user_id, grace.user_id, grace.user_id]
  const {result, records} = await commitChange(db, ada, editComment(comment.id, {mentions}))
  t.deepEqual(result.mentions, [vic.user_id, grace.user_id])
  t.deepEqual(JSON.parse(records[0]!.data).new_mentions, [grace.user_id])
  t.deepEqual(
    records.slice(1).map(({type, recipients}) => [type, recipients]),
    [['notification.created', [grace.user_id]]],
  )
  const {items} = (await listNotifications(db, grace, {unread: true, limit: 1})).result
  t.like(items[0], {cause: 'task.comment.edited', comment_id: comment.id, text: 'Mind the valve'})
  await t.throwsAsync(commitChange(db, ada, editComment(comment.id, {mentions: [newId()]})), {
    code: 'member-not-found',
  })
})

test('members whom the comment mentions or has mentioned receive its edit, and mentioned members its deletion', async t => {
  const {db, ada, grace, vic, root, comment} = await startDiscussion()
  const edit = {mentions: [grace.user_id]}
  const {records: edited} = await commitChange(db, ada, editComment(comment.id, edit))
  t.deepEqual([...edited[0]!.recipients!].sort(), [grace.user_id, root.user_id, vic.user_id].sort())

  const other = await startDiscussion()
  const {records: deleted} = await commitChange(other.db, other.ada, deleteComment(other.comment.id))
  const {grace: owner, vic: mentioned, root: creator} = other
  const expected = [owner.user_id, creator.user_id, mentioned.user_id].sort()
  t.deepEqual([...deleted[0]!.recipients!].sort(), expected)
})

test('notifications contain the text of the comment after its last edit, and no text after its deletion', async t => {
  const {db, ada, grace, vic, task, comment} = await startDiscussion()
  await commitChange(db, ada, commentOnTask(task.id, {body: 'Another', mentions: [vic.user_id]}))
  await commitChange(db, ada, editComment(comment.id, {mentions: [vic.user_id, grace.user_id]}))
  const textsOf = async (member: typeof vic) =>
    (await listNotifications(db, member, {unread: false, limit: 10})).result.items
      .filter(({comment_id}) => comment_id)
      .map(({text}) => text)
      .sort()
  t.deepEqual(await textsOf(vic), ['Another', 'Mind the valve'])
  await commitChange(db, ada, editComment(comment.id, {body: 'Mind '.repeat(100)}))
  t.true((await textsOf(vic))[1]!.endsWith('Mind…'))
  t.deepEqual((await textsOf(grace)).slice(1), Array(2).fill((await textsOf(vic))[1]))
  await commitChange(db, ada, deleteComment(comment.id))
  t.deepEqual(await textsOf(vic), ['Another', null])
  t.deepEqual(await textsOf(grace), ['Another', null, null])
})

test('only the author can edit a comment; only the author and admins can delete it', async t => {
  const {db, ada, grace, root, task, comment, readBytes} = await startDiscussion()
  const before = (await readEvents(db, ada.organization_id)).length
  for (const by of [grace, root]) {
    const refused = await t.throwsAsync<Error & {data: object}>(
      commitChange(db, by, editComment(comment.id, {body: 'Forged'})),
      {code: 'not-the-author'},
    )
    t.deepEqual(refused.data, {author_user_id: ada.user_id})
  }
  await t.throwsAsync(commitChange(db, grace, deleteComment(comment.id)), {code: 'not-the-author'})
  t.is((await readEvents(db, ada.organization_id)).length, before)

  const bytes = await readBytes()
  const {records} = await commitChange(db, root, deleteComment(comment.id))
  t.like(JSON.parse(records[0]!.data), {
    type: 'task.comment.deleted',
    comment_id: comment.id,
    comment_count: 0,
    discussion_version: 2,
  })
  t.is(await readBytes(), bytes - 'Mind the valve'.length)
  t.deepEqual((await listComments(db, ada.organization_id, task.id, {limit: 10})).result.items, [])
  t.like((await readTask(db, ada.organization_id, task.id)).result, {comment_count: 0, version: 2})
  for (const change of [editComment(comment.id, {body: 'Late'}), deleteComment(comment.id)])
    await t.throwsAsync(commitChange(db, ada, change), {code: 'comment-not-found'})
})

test('a comment of another organization and a comment of a deleted task are not found', async t => {
  const {db, ada, root, task, comment} = await startDiscussion()
  const {eve} = await createOrganization(db, {eve: 'admin'})
  await t.throwsAsync(commitChange(db, eve, deleteComment(comment.id)), {code: 'comment-not-found'})
  await commitChange(db, root, deleteTask(task.id))
  await t.throwsAsync(commitChange(db, ada, editComment(comment.id, {body: 'Late'})), {
    code: 'comment-not-found',
  })
})

test('an edit that would exceed the quota of texts is rejected', async t => {
  const {db, ada, comment, readBytes} = await startDiscussion()
  const quotas = {MAX_BYTES_PER_ORG: (await readBytes()) + 5} as Quotas
  const edit = (body: string) => commitChange(db, ada, editComment(comment.id, {body}), undefined, quotas)
  await t.throwsAsync(edit('Mind the valve, all of you'), {code: 'quota-exceeded'})
  await edit('Mind the valve now'.slice(0, 19))
})

test('when many members edit and delete a comment at the same time, the count of comments stays right', async t => {
  const {db, ada, root, task, comment} = await startDiscussion()
  await Promise.allSettled([
    ...['One', 'Two', 'Three'].map(body => commitChange(db, ada, editComment(comment.id, {body}))),
    commitChange(db, ada, deleteComment(comment.id)),
    commitChange(db, root, deleteComment(comment.id)),
    commitChange(db, root, commentOnTask(task.id, {body: 'Another', mentions: []})),
  ])
  t.like((await readTask(db, ada.organization_id, task.id)).result, {comment_count: 1})
})
