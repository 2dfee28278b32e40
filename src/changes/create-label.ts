import {labelFacts} from '../board/facts.ts'
import type {Label, NewLabel} from '../board/label.ts'
import {requireFreeName} from '../board/label-rules.ts'
import {type Change, changeBy, firstVersion, startAction} from './change.ts'
import {lockLabelNames} from './lock-labels.ts'
import {labelBytes} from './text-bytes.ts'

/** Throws Problem 'project-not-found' or 'label-name-in-use'. */
export function createLabel(projectId: string, input: NewLabel): Change<Label> {
  return changeBy('member', async (trx, caller) => {
    const labels = await lockLabelNames(trx, caller.organization_id, projectId)
    requireFreeName(labels, input.name)
    const action = startAction(caller)
    const label: Label = {...firstVersion(action), project_id: projectId, ...input}
    const event = {type: 'label.created', ...labelFacts(label, action), label} as const
    const parent = {column: 'project_id', id: projectId} as const
    return {
      result: label,
      events: [{event}],
      writes: [trx.insertInto('labels').values({organization_id: caller.organization_id, ...label})],
      textBytes: labelBytes(label),
      counted: [{setting: 'MAX_LABELS_PER_PROJECT', added: 1, table: 'labels', parent}],
    }
  })
}
