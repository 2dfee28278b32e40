import type {Caller} from '../board/member.ts'
import type {Notification} from '../board/notification.ts'
import type {Database} from '../store/connection.ts'
import {requireRow, selectNotifications} from '../store/resources.ts'
import {type Committed, commitChange} from './change.ts'
import {readEvents} from './read-notifications.ts'

/**
 * Marks one of the caller's notifications as read, and tells all of their devices; one that is read already stays as
 * it is. Viewers may, for they can be mentioned too. Throws Problem 'notification-not-found'.
 */
export async function readNotification(
  db: Database,
  by: Caller,
  notificationId: string,
): Promise<Committed<Notification>> {
  const {organization_id, user_id} = by
  return commitChange(
    db,
    by,
    async (trx, act) => {
      const mine = selectNotifications(trx, organization_id, user_id).forUpdate()
      const before = await requireRow('notification', mine, notificationId)
      if (before.read_at) return {result: before, events: []}
      const read = trx
        .updateTable('notifications')
        .set({read_at: act.at})
        .where('organization_id', '=', organization_id)
        .where('id', '=', before.id)
      return {
        result: {...before, read_at: act.at},
        events: readEvents(act, [before.id]),
        writes: [read],
      }
    },
    'viewer',
  )
}
