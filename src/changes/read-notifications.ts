import {type Cursor, parseCursor} from '../board/cursor.ts'
import type {BoardEvent} from '../board/events.ts'
import {actFacts} from '../board/facts.ts'
import type {Act, Caller} from '../board/member.ts'
import {maxReadAtOnce} from '../board/notification.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import {type NewEvent, readHead} from '../store/event-log.ts'
import {type Committed, commitChange} from './change.ts'

/**
 * Marks as read all of the caller's notifications whose cause is not after the cursor, and tells all of their
 * devices. Answers how many were unread. Throws Problem 'unknown-cursor' for one that this log never gave.
 */
export async function readNotifications(
  db: Database,
  by: Caller,
  upTo: string,
): Promise<Committed<{read: number}>> {
  const {organization_id, user_id} = by
  return commitChange(
    db,
    by,
    async (trx, act) => {
      const {seq} = requireCursor(upTo, await readHead(trx, organization_id))
      const rows = await trx
        .updateTable('notifications')
        .set({read_at: act.at})
        .where('organization_id', '=', organization_id)
        .where('member_id', '=', user_id)
        .where('seq', '<=', seq)
        .where('read_at', 'is', null)
        .returning('id')
        .execute()
      const ids = rows.map(({id}) => id).sort()
      return {result: {read: ids.length}, events: readEvents(act, ids)}
    },
    'viewer',
  )
}

/** What tells all devices of a member that they have read these. */
export function readEvents(act: Act, ids: readonly string[]): NewEvent[] {
  const events: NewEvent[] = []
  for (let start = 0; start < ids.length; start += maxReadAtOnce) {
    const notification_ids = ids.slice(start, start + maxReadAtOnce)
    const event: BoardEvent = {type: 'notification.read', ...actFacts(act), notification_ids}
    events.push({event, recipients: [act.by.user_id]})
  }
  return events
}

function requireCursor(value: string, head: Cursor): Cursor {
  const cursor = parseCursor(value)
  const reason = cursor?.epoch !== head.epoch ? 'epoch' : cursor.seq > head.seq ? 'ahead' : undefined
  if (cursor && !reason) return cursor
  throw new Problem(
    'unknown-cursor',
    'This cursor is none of this event log; read the list and use its Event-Id.',
    {
      reason,
    },
  )
}
