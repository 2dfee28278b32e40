import test from 'ava'
import type {Notification} from '../../../src/board/notification.ts'
import {
  applyToInbox,
  type Inbox,
  isUnreadCapped,
  makesCountsUnknown,
} from '../../../src/page/notifications/inbox.ts'
import {anEvent} from '../../helpers/sample-board.ts'

const item = (id: string, read_at: string | null = null) =>
  ({id, read_at, project_id: 'moon'}) as Notification
const inbox: Inbox = {
  items: [item('n2'), item('n1', '2026-03-01T09:00:00.000Z')],
  unread: 5,
  byProject: {moon: 3, rover: 2},
  cursor: 'e-1',
}

test('a new notification is inserted at the top, increases the number of unread notifications and moves the cursor; a known notification changes nothing', t => {
  const after = applyToInbox(inbox, anEvent({type: 'notification.created', notification: item('n3')}), 'e-2')
  t.deepEqual(
    after.items.map(({id}) => id),
    ['n3', 'n2', 'n1'],
  )
  t.is(after.unread, 6)
  t.is(after.cursor, 'e-2')
  t.is(applyToInbox(inbox, anEvent({type: 'notification.created', notification: item('n2')}), 'e-2'), inbox)
})

test('reading notifications on another device updates the listed notifications and the number of unread notifications', t => {
  const event = anEvent({type: 'notification.read', notification_ids: ['n2', 'old']})
  const after = applyToInbox(inbox, event, 'e-2')
  t.true(after.items.every(({read_at}) => read_at !== null))
  t.is(after.unread, 3)
})

test('when a notification was already read, reading the notification again does not change the number of unread notifications', t => {
  t.is(applyToInbox(inbox, anEvent({type: 'notification.read', notification_ids: ['n1']}), 'e-2').unread, 5)
})

test('after the number of unread notifications has reached its maximum, the number does not change until the inbox is fetched again', t => {
  const full = {...inbox, unread: 999}
  t.false(isUnreadCapped(full))
  const capped = applyToInbox(full, anEvent({type: 'notification.created', notification: item('n3')}), 'e-2')
  t.true(isUnreadCapped(capped))
  const created = applyToInbox(
    capped,
    anEvent({type: 'notification.created', notification: item('n4')}),
    'e-3',
  )
  t.is(created.unread, 1_000)
  const read = applyToInbox(created, anEvent({type: 'notification.read', notification_ids: ['n2']}), 'e-4')
  t.is(read.unread, 1_000)
  t.is(read.cursor, 'e-4')
  t.truthy(read.items.find(({id}) => id === 'n2')?.read_at)
})

test('the deletion of a comment removes its text from the notifications', t => {
  const [n2, n1] = [
    {...item('n2'), comment_id: 'c2', text: 'Later'},
    {...item('n1'), comment_id: 'c1', text: 'Secret'},
  ]
  const event = anEvent({type: 'task.comment.deleted', comment_id: 'c1'})
  const after = applyToInbox({...inbox, items: [n2, n1]}, event, 'e-2')
  t.deepEqual(after.items, [n2, {...n1, text: null}])
  t.is(after.unread, 5)
})

test('when the fetched inbox already includes the change of an event, the event is ignored', t => {
  const known = {...inbox, cursor: 'abcdefghijklm-7'}
  const event = anEvent({type: 'notification.read', notification_ids: ['old']})
  t.is(applyToInbox(known, event, 'abcdefghijklm-7'), known)
  t.is(applyToInbox(known, event, 'abcdefghijklm-8').unread, 4)
})

test('the unread notifications of each project follow new and read notifications, and are gone when everything is read', t => {
  const created = anEvent({
    type: 'notification.created',
    notification: {...item('n3'), project_id: 'rover'},
  })
  t.deepEqual(applyToInbox(inbox, created, 'e-2').byProject, {moon: 3, rover: 3})
  const read = anEvent({type: 'notification.read', notification_ids: ['n2', 'n1']})
  t.deepEqual(applyToInbox(inbox, read, 'e-2').byProject, {moon: 2, rover: 2})
  const all = anEvent({type: 'notification.read', notification_ids: ['n2', 'a', 'b', 'c', 'd']})
  t.deepEqual(applyToInbox(inbox, all, 'e-2').byProject, {})
})

test('after a notification was read that is not in the list, only the server knows the numbers of the projects', t => {
  t.true(makesCountsUnknown(inbox, anEvent({type: 'notification.read', notification_ids: ['n2', 'old']})))
  t.false(makesCountsUnknown(inbox, anEvent({type: 'notification.read', notification_ids: ['n2', 'n1']})))
  t.false(makesCountsUnknown(inbox, anEvent({type: 'notification.created', notification: item('n3')})))
})
