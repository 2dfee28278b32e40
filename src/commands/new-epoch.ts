/** `boardcast new-epoch`: after a restore from backup, invalidates cursors from before it. */
import type {Database} from '../store/connection.ts'
import {renewEpochs} from '../store/event-log.ts'
import {findOrganization} from './find-organization.ts'

/** Renews the epoch of one organization; default: of all. Returns a message for the operator. Throws CommandError. */
export async function startNewEpoch(db: Database, organization: string | undefined): Promise<string> {
  const count = await renewEpochs(db, organization && (await findOrganization(db, organization)))
  const logs =
    count === 1 ? 'The event log of 1 organization has' : `The event logs of ${count} organizations have`
  return `${logs} a new epoch; open streams are reset within seconds, other clients when they reconnect.`
}
