import {labelFacts} from '../board/facts.ts'
import type {Label} from '../board/label.ts'
import {firstVersion, startAction} from '../changes/change.ts'
import {lockLabelNames} from '../changes/lock-labels.ts'
import {labelBytes, sumOf} from '../changes/text-bytes.ts'
import {selectLabels} from '../store/resources.ts'
import type {ImportContext, ImportWork} from './import-context.ts'
import {addNamed} from './import-named.ts'
import type {ImportedLabel} from './imported-board.ts'

/** Creates the labels whose names the project does not have. A label that was imported before is never changed. */
export function importLabels(context: ImportContext, labels: readonly ImportedLabel[]): ImportWork {
  const {organizationId, projectId, previewed} = context
  return async (trx, caller) => {
    const existing = previewed
      ? await selectLabels(trx, organizationId).where('project_id', '=', projectId).execute()
      : await lockLabelNames(trx, organizationId, projectId)
    const action = startAction(caller)
    const {added, result, sources, counted} = await addNamed(trx, context, {
      kind: 'label',
      setting: 'MAX_LABELS_PER_PROJECT',
      imported: labels,
      existing,
      comparable,
      create: ({name, color}): Label => ({...firstVersion(action), project_id: projectId, name, color}),
    })
    return {
      result,
      events: added.map(label => ({
        event: {type: 'label.created', ...labelFacts(label, action), label} as const,
      })),
      writes: [
        ...(added.length === 0
          ? []
          : [
              trx
                .insertInto('labels')
                .values(added.map(label => ({organization_id: organizationId, ...label}))),
            ]),
        ...sources,
      ],
      textBytes: sumOf(added, labelBytes),
      counted,
    }
  }
}

function comparable(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}
