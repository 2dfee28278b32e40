/** `boardcast new-epoch`: invalidates all existing cursors after the database was restored from a backup. */
import type {Database} from '../store/connection.ts'
import {renewEpochs} from '../store/event-log.ts'
import {findOrganization} from './find-organization.ts'

/**
 * Starts a new epoch of the organization. When `organization` is undefined, starts a new epoch of every organization.
 * Returns a message for the operator. Throws CommandError when the organization is not found.
 */
export async function startNewEpoch(db: Database, organization: string | undefined): Promise<string> {
  const count = await renewEpochs(db, organization && (await findOrganization(db, organization)))
  const logs =
    count === 1 ? 'The event log of 1 organization has' : `The event logs of ${count} organizations have`
  return `${logs} a new epoch. Open streams are reset within seconds. Other clients are reset when they reconnect.`
}
