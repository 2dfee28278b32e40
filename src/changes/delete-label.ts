import {sql} from 'kysely'
import {nextVersion} from '../board/alter.ts'
import {labelFacts} from '../board/facts.ts'
import {requireRow, selectLabels} from '../store/resources.ts'
import {type Change, changeBy, type ExpectedVersions, requireVersion, startAction} from './change.ts'
import {deleteRow} from './rows.ts'
import {labelBytes} from './text-bytes.ts'

/**
 * Deletes the label, and removes it from the tasks of its project. The tasks get no new version and no event, because
 * `label.deleted` removes the label from the tasks of every board. Throws Problem 'label-not-found' or
 * 'version-mismatch'.
 */
export function deleteLabel(labelId: string, expected?: ExpectedVersions): Change<null> {
  return changeBy('member', async (trx, caller) => {
    const organizationId = caller.organization_id
    const before = await requireRow('label', selectLabels(trx, organizationId).forUpdate(), labelId)
    requireVersion(expected, before.version)
    // The tasks are locked in the order of their ids, like everywhere. They are locked and changed before the change waits
    // for the log, so that other changes of the organization do not wait for many tasks.
    await sql`
      with locked as materialized (
        select id from tasks
        where organization_id = ${organizationId} and project_id = ${before.project_id} and ${labelId} = any (label_ids)
        order by id for update
      )
      update tasks set label_ids = array_remove(label_ids, ${labelId})
      from locked where tasks.organization_id = ${organizationId} and tasks.id = locked.id`.execute(trx)
    const action = startAction(caller)
    const label = nextVersion(before, action)
    return {
      result: null,
      events: [{event: {type: 'label.deleted', ...labelFacts(label, action), label}}],
      writes: [deleteRow(trx, 'labels', organizationId, labelId)],
      textBytes: -labelBytes(before),
    }
  })
}
