import {alter} from '../board/alter.ts'
import {sprintFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import {requireDays, type Sprint, type SprintEdit} from '../board/sprint.ts'
import type {Database} from '../store/connection.ts'
import {type Committed, commitChange, type ExpectedVersions, requireVersion} from './change.ts'
import {lockSprint} from './locks.ts'

/**
 * Replaces the given fields. Throws Problem 'sprint-not-found', 'version-mismatch', or 'invalid-request' when
 * the sprint would end before it starts.
 */
export async function editSprint(
  db: Database,
  by: Caller,
  sprintId: string,
  fields: SprintEdit,
  expected?: ExpectedVersions,
): Promise<Committed<Sprint>> {
  return commitChange(db, by, async (trx, act) => {
    const before = await lockSprint(trx, by.organization_id, sprintId)
    requireVersion(expected, before.version)
    const sprint = alter(before, fields as Partial<Sprint>, act)
    if (sprint === before) return {result: before, events: []}
    requireDays(sprint)
    const {id, project_id, created_at, ...alterable} = sprint
    const update = trx
      .updateTable('sprints')
      .set(alterable)
      .where('organization_id', '=', by.organization_id)
      .where('id', '=', id)
    const event = {type: 'sprint.updated', ...sprintFacts(sprint, act), sprint} as const
    return {result: sprint, events: [{event}], writes: [update]}
  })
}
