import {type Database, forOrganization} from '../store/connection.ts'
import type {Appended} from '../store/event-log.ts'

/** Publishes the records of a committed change to the streams of this process and to other processes. Never throws. */
export type Publish = (organizationId: string, appended: Appended) => void

/**
 * Calls `commit` with a database that limits the connections of the organization; see `forOrganization`. Publishes the
 * records that `commit` returns.
 */
export async function commitAndPublish<Committed extends Appended>(
  {db, publish}: {db: Database; publish: Publish},
  organizationId: string,
  commit: (db: Database) => Promise<Committed>,
): Promise<Committed> {
  const committed = await commit(forOrganization(db, organizationId))
  if (committed.records.length > 0) publish(organizationId, committed)
  return committed
}
