import type {Live} from '../live/live.ts'
import {type Database, forOrganization} from '../store/connection.ts'
import type {Appended} from '../store/event-log.ts'

/** Runs `commit` with a connection that is counted for the organization, and publishes the records that it returns. */
export async function commitAndPublish<Committed extends Appended>(
  {db, live}: {db: Database; live: Live},
  organizationId: string,
  commit: (db: Database) => Promise<Committed>,
): Promise<Committed> {
  const committed = await commit(forOrganization(db, organizationId))
  if (committed.records.length > 0) live.publish(organizationId, committed)
  return committed
}
