import {type Cursor, parseCursor} from '../board/cursor.ts'
import type {BoardEvent} from '../board/events.ts'
import {actionFacts} from '../board/facts.ts'
import type {Action} from '../board/member.ts'
import {maxIdsPerReadEvent} from '../board/notification.ts'
import {Problem} from '../board/problem.ts'
import {type NewEvent, readHead} from '../store/event-log.ts'
import {type Change, changeBy, startAction} from './change.ts'

/**
 * Marks all of the caller's notifications up to the cursor as read. The events are delivered to all devices of the
 * caller. Returns the number of notifications that were unread. Throws Problem 'unknown-cursor' when the cursor does
 * not belong to the current log.
 */
export function markNotificationsRead(upTo: string): Change<{read: number}> {
  return changeBy('viewer', async (trx, caller) => {
    const {organization_id, user_id} = caller
    const {seq} = requireCursor(upTo, await readHead(trx, organization_id))
    const action = startAction(caller)
    const rows = await trx
      .updateTable('notifications')
      .set({read_at: action.timestamp})
      .where('organization_id', '=', organization_id)
      .where('member_id', '=', user_id)
      .where('seq', '<=', seq)
      .where('read_at', 'is', null)
      .returning('id')
      .execute()
    const ids = rows.map(({id}) => id).sort() // Postgres returns updated rows in no particular order
    return {result: {read: ids.length}, events: readEvents(action, ids)}
  })
}

/**
 * Returns `notification.read` events, with at most `maxIdsPerReadEvent` ids per event. The recipient of each event is
 * the caller.
 */
export function readEvents(action: Action, ids: readonly string[]): NewEvent[] {
  const events: NewEvent[] = []
  for (let start = 0; start < ids.length; start += maxIdsPerReadEvent) {
    const notification_ids = ids.slice(start, start + maxIdsPerReadEvent)
    const event: BoardEvent = {type: 'notification.read', ...actionFacts(action), notification_ids}
    events.push({event, recipients: [action.caller.user_id]})
  }
  return events
}

function requireCursor(value: string, head: Cursor): Cursor {
  const cursor = parseCursor(value)
  const reason = cursor?.epoch !== head.epoch ? 'epoch' : cursor.seq > head.seq ? 'ahead' : undefined
  if (cursor && !reason) return cursor
  throw new Problem(
    'unknown-cursor',
    'This cursor does not belong to the current event log. Read the list again and use its Event-Id.',
    {reason},
  )
}
