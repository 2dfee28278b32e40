/**
 * Publishes events to the live engine in the same way as a change does. `appendMissed` also writes its events to the
 * log.
 */

import {formatCursor} from '../../../src/board/cursor.ts'
import type {BoardEvent} from '../../../src/board/events.ts'
import {appendEvents, readHead} from '../../../src/store/event-log.ts'
import type {RunningApp} from './app.ts'
import {makeEvent} from './events.ts'

export interface BenchFeed {
  organizationId: string
  /**
   * Publishes an event that is not in the log, so that the figures do not include the time of a database. At
   * least one stream must be open.
   */
  publish(data: string): void
}

/**
 * Returns a feed for the token's organization. After this call, no other code may write to the organization's
 * log.
 */
export async function openFeed(app: RunningApp, token: string): Promise<BenchFeed> {
  const {caller} = await app.identity.authenticate({token})
  const organizationId = caller.organization_id
  const {epoch, seq} = await readHead(app.db, organizationId)
  let head = seq
  return {
    organizationId,
    publish(data) {
      const record = {...nowhere, seq: ++head, type: 'status_changed' as const, data}
      app.live.publishCommitted(organizationId, {cursor: {epoch, seq: head}, records: [record]})
    },
  }
}

const nowhere = {
  project_id: null,
  sprint_id: null,
  left_sprint_id: null,
  left_story_id: null,
  story_id: null,
  task_id: null,
  recipients: null,
}

/** Appends events to the log and publishes them; returns the cursor before these events. */
export async function appendMissed(
  {db, live}: RunningApp,
  {organizationId}: BenchFeed,
  events: number,
): Promise<string> {
  const before = await readHead(db, organizationId)
  const made = Array.from({length: events}, (_, index) => makeEvent(before.seq + index + 1))
  const appended = await db.transaction().execute(trx =>
    appendEvents(
      trx,
      organizationId,
      new Date().toISOString(),
      made.map(({data}) => ({event: JSON.parse(data) as BoardEvent})),
    ),
  )
  live.publishCommitted(organizationId, appended)
  return formatCursor(before)
}
