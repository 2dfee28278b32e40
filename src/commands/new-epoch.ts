/** `boardcast new-epoch`: after a restore from backup, tells cursors of the lost history from those of the new one. */
import type {Database} from '../store/connection.ts'
import {renewEpochs} from '../store/event-log.ts'
import {findOrganization} from './find-organization.ts'

/** Of one organization, or of all where it is absent. Answers what to know about it. Throws CommandError. */
export async function startNewEpoch(db: Database, organization: string | undefined): Promise<string> {
  const count = await renewEpochs(db, organization && (await findOrganization(db, organization)))
  const logs =
    count === 1 ? 'The event log of 1 organization has' : `The event logs of ${count} organizations have`
  return `${logs} a new epoch; open streams are reset within seconds, others when they come back.`
}
