import type {Transaction} from 'kysely'
import type {Caller} from '../board/member.ts'
import type {Notification} from '../board/notification.ts'
import type {Database} from '../store/connection.ts'
import {requireRow, selectNotifications} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {type Committed, commitChange, startAction} from './change.ts'
import {readEvents} from './mark-notifications-read.ts'
import {updateRow} from './rows.ts'

/**
 * Marks one of the caller's notifications as read and publishes this to all of the caller's devices. Changes nothing when
 * the notification is already read. Viewers may do this: they can be mentioned, too. Throws Problem
 * 'notification-not-found'.
 */
export async function markNotificationRead(
  db: Database,
  caller: Caller,
  notificationId: string,
): Promise<Committed<Notification>> {
  const {organization_id: organizationId, user_id} = caller
  const markRead = async (trx: Transaction<Tables>) => {
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
  }
  return commitChange(db, caller, markRead, 'viewer')
}
