import {alter} from '../board/alter.ts'
import {sprintFacts} from '../board/facts.ts'
import {requireDayOrder, type Sprint, type SprintEdit} from '../board/sprint.ts'
import {type Change, changeBy, type ExpectedVersions, requireVersion, startAction} from './change.ts'
import {lockSprint} from './locks.ts'
import {updateRow} from './rows.ts'
import {sprintBytes} from './text-bytes.ts'

/**
 * Replaces the given fields. Throws Problem 'sprint-not-found' or 'version-mismatch'. When the sprint would end before
 * it starts, throws Problem 'invalid-request'.
 */
export function editSprint(
  sprintId: string,
  fields: SprintEdit,
  expected?: ExpectedVersions,
): Change<Sprint> {
  return changeBy('member', async (trx, caller) => {
    const before = await lockSprint(trx, caller.organization_id, sprintId)
    requireVersion(expected, before.version)
    const action = startAction(caller)
    const sprint = alter(before, fields as Partial<Sprint>, action)
    if (sprint === before) return {result: before, events: []}
    requireDayOrder(sprint)
    const {id, project_id, created_at, ...mutable} = sprint
    const update = updateRow(trx, 'sprints', caller.organization_id, id, mutable)
    const event = {type: 'sprint.updated', ...sprintFacts(sprint, action), sprint} as const
    const textBytes = sprintBytes(sprint) - sprintBytes(before)
    return {result: sprint, events: [{event, before}], writes: [update], textBytes}
  })
}
