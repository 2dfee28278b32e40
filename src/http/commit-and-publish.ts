import type {Live} from '../live/live.ts'
import {type Database, forOrganization} from '../store/connection.ts'
import type {Appended} from '../store/event-log.ts'

/**
 * Calls `commit` with a database whose connections are counted for the organization. Publishes the records that
 * `commit` returns.
 */
export async function commitAndPublish<Committed extends Appended>(
  {db, live}: {db: Database; live: Live},
  organizationId: string,
  commit: (db: Database) => Promise<Committed>,
): Promise<Committed> {
  const committed = await commit(forOrganization(db, organizationId))
  if (committed.records.length > 0) live.publish(organizationId, committed)
  return committed
}
