import {sprintFacts} from '../board/facts.ts'
import type {Sprint} from '../board/sprint.ts'
import {firstVersion, startAction} from '../changes/change.ts'
import {sprintBytes, sumOf} from '../changes/text-bytes.ts'
import {selectSprints} from '../store/resources.ts'
import {type ImportContext, type ImportWork, lockForImport} from './import-context.ts'
import {readSources, storeSources} from './import-sources.ts'
import type {ImportedSprint} from './imported-board.ts'

/** Creates the sprints whose names the project does not have. A sprint that was imported before is never changed. */
export function importSprints(context: ImportContext, sprints: readonly ImportedSprint[]): ImportWork {
  const {organizationId, projectId, previewed} = context
  return async (trx, caller) => {
    await lockForImport(trx, context)
    const sources = await readSources(
      trx,
      context,
      'sprint',
      sprints.map(({source}) => source),
    )
    const existing = await selectSprints(trx, organizationId).where('project_id', '=', projectId).execute()
    const idOfName = new Map(existing.map(({name, id}) => [name.toLowerCase(), id]))
    const action = startAction(caller)
    const added: Sprint[] = []
    const linked = sprints
      .filter(({source}) => !sources.has(source))
      .map(({source, ...fields}) => {
        let target_id = idOfName.get(fields.name.toLowerCase())
        if (!target_id) {
          const sprint: Sprint = {
            ...firstVersion(action),
            project_id: projectId,
            ...fields,
            status: 'planned',
            started_at: null,
            closed_at: null,
          }
          added.push(sprint)
          target_id = sprint.id
        }
        return {source, target_id, digests: {}}
      })
    for (const {source, target_id} of linked)
      if (added.some(({id}) => id === target_id)) previewed?.add(`sprint:${source}`)
    return {
      result: {
        created: {sprints: added.length},
        updated: {},
        unchanged: {sprints: sprints.length - added.length},
        notKept: [],
      },
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
        ...storeSources(trx, context, 'sprint', linked),
      ],
      textBytes: sumOf(added, sprintBytes),
      counted: [
        {
          setting: 'MAX_SPRINTS_PER_PROJECT',
          added: added.length,
          table: 'sprints',
          parent: {column: 'project_id', id: projectId},
        },
      ],
    }
  }
}
