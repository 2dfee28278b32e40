import {alter} from '../board/alter.ts'
import {labelFacts} from '../board/facts.ts'
import type {Label, LabelEdit} from '../board/label.ts'
import {requireFreeName} from '../board/label-rules.ts'
import {requireRow, selectLabels} from '../store/resources.ts'
import {type Change, changeBy, type ExpectedVersions, requireVersion, startAction} from './change.ts'
import {lockLabelNames} from './lock-labels.ts'
import {updateRow} from './rows.ts'
import {labelBytes} from './text-bytes.ts'

/** Replaces the given fields. Throws Problem 'label-not-found', 'version-mismatch' or 'label-name-in-use'. */
export function editLabel(labelId: string, fields: LabelEdit, expected?: ExpectedVersions): Change<Label> {
  return changeBy('member', async (trx, caller) => {
    const organizationId = caller.organization_id
    const before = await requireRow('label', selectLabels(trx, organizationId).forNoKeyUpdate(), labelId)
    const labels = await lockLabelNames(trx, organizationId, before.project_id)
    requireVersion(expected, before.version)
    const action = startAction(caller)
    const label = alter(before, fields as Partial<Label>, action)
    if (label === before) return {result: before, events: []}
    requireFreeName(labels, label.name, label.id)
    const {id, name, color, version, updated_at} = label
    const event = {type: 'label.updated', ...labelFacts(label, action), label} as const
    return {
      result: label,
      events: [{event}],
      writes: [updateRow(trx, 'labels', organizationId, id, {name, color, version, updated_at})],
      textBytes: labelBytes(label) - labelBytes(before),
    }
  })
}
