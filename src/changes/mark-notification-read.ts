import type {Notification} from '../board/notification.ts'
import {requireRow, selectNotifications} from '../store/resources.ts'
import {type Change, changeBy, startAction} from './change.ts'
import {readEvents} from './mark-notifications-read.ts'
import {updateRow} from './rows.ts'

/**
 * Marks one of the caller's notifications as read. The event is delivered to all devices of the caller. Changes nothing
 * when the notification is already read. Viewers may also mark their notifications as read, because comments can
 * mention viewers. Throws Problem 'notification-not-found'.
 */
export function markNotificationRead(notificationId: string): Change<Notification> {
  return changeBy('viewer', async (trx, caller) => {
    const {organization_id: organizationId, user_id} = caller
    const own = selectNotifications(trx, organizationId, user_id).forUpdate()
    const before = await requireRow('notification', own, notificationId)
    if (before.read_at) return {result: before, events: []}
    const action = startAction(caller)
    const read_at = action.timestamp
    return {
      result: {...before, read_at},
      events: readEvents(action, [before.id]),
      writes: [updateRow(trx, 'notifications', organizationId, before.id, {read_at})],
    }
  })
}
