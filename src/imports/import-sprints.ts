import {sql} from 'kysely'
import {sprintFacts} from '../board/facts.ts'
import type {Sprint} from '../board/sprint.ts'
import {firstVersion, startAction} from '../changes/change.ts'
import {sprintBytes, sumOf} from '../changes/text-bytes.ts'
import {selectSprints} from '../store/resources.ts'
import {type ImportContext, type ImportWork, lockForImport} from './import-context.ts'
import {addNamed} from './import-named.ts'
import type {ImportedSprint} from './imported-board.ts'

/** Creates the sprints whose names the project does not have. A sprint that was imported before is never changed. */
export function importSprints(context: ImportContext, sprints: readonly ImportedSprint[]): ImportWork {
  const {organizationId, projectId} = context
  return async (trx, caller) => {
    await lockForImport(trx, context)
    // Among sprints with the same name, the last one is used: the newest one that is not closed.
    const existing = await selectSprints(trx, organizationId)
      .where('project_id', '=', projectId)
      .orderBy(sql`status <> 'closed'`)
      .orderBy('id')
      .execute()
    const action = startAction(caller)
    const {added, result, sources, counted} = await addNamed(trx, context, {
      kind: 'sprint',
      setting: 'MAX_SPRINTS_PER_PROJECT',
      imported: sprints,
      existing,
      comparable: name => name.toLowerCase(),
      create: ({source, ...fields}): Sprint => ({
        ...firstVersion(action),
        project_id: projectId,
        ...fields,
        status: 'planned',
        started_at: null,
        closed_at: null,
      }),
    })
    return {
      result,
      events: added.map(sprint => ({
        event: {type: 'sprint.created', ...sprintFacts(sprint, action), sprint} as const,
      })),
      writes: [
        ...(added.length === 0
          ? []
          : [
              trx
                .insertInto('sprints')
                .values(added.map(sprint => ({organization_id: organizationId, ...sprint}))),
            ]),
        ...sources,
      ],
      textBytes: sumOf(added, sprintBytes),
      counted,
    }
  }
}
