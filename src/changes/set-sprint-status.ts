import type {Transaction} from 'kysely'
import {nextVersion} from '../board/alter.ts'
import {sprintFacts} from '../board/facts.ts'
import type {Action, Caller} from '../board/member.ts'
import type {NewSprintStatus, Sprint} from '../board/sprint.ts'
import {openStories, requireStatusMove, requireTarget, totalsOf, withStatus} from '../board/sprint-rules.ts'
import {compilable} from '../store/compilable.ts'
import {countSprintDay, storeSprintDay} from '../store/sprint-days.ts'
import type {Tables} from '../store/tables.ts'
import {
  type Change,
  changeBy,
  type ExpectedVersions,
  type Outcome,
  requireVersion,
  startAction,
} from './change.ts'
import {lockBoardTasksOf, lockSprint, lockStories, lockTasksOf} from './locks.ts'
import {requireSprint} from './require-sprint.ts'
import {updateRow} from './rows.ts'
import {addedToSprint, storyMoves} from './story-moves.ts'

/**
 * Starts, closes or reopens a sprint. When a sprint is closed, its open stories move with all their tasks to another sprint
 * or to the backlog. Every story and every task has its own event; the last event contains the summary. Throws Problem
 * 'sprint-not-found', 'version-mismatch', 'invalid-status-move', 'sprint-of-another-project' or 'sprint-closed'.
 */
export function setSprintStatus(
  sprintId: string,
  {status, open_to_sprint_id: target = null}: NewSprintStatus,
  expected?: ExpectedVersions,
): Change<Sprint> {
  return changeBy('member', async (trx, caller) => {
    const organizationId = caller.organization_id
    const before = await lockSprint(trx, organizationId, sprintId)
    requireVersion(expected, before.version)
    requireStatusMove(before, status)
    if (status === before.status) return {result: before, events: []}
    if (status === 'closed') return closeSprint(trx, caller, before, target)
    const action = startAction(caller)
    const sprint = withStatus(before, status, action)
    return {
      result: sprint,
      events: [{event: statusEvent(before, sprint, action)}],
      // The burndown begins with the totals at the start.
      writes: [write(trx, sprint, action), compilable(trx, countSprintDay(organizationId, sprint.id))],
    }
  })
}

async function closeSprint(
  trx: Transaction<Tables>,
  caller: Caller,
  before: Sprint,
  target: string | null,
): Promise<Outcome<Sprint>> {
  const organizationId = caller.organization_id
  if (target !== null)
    requireTarget(before, await requireSprint(trx, organizationId, before.project_id, target))
  const stories = await lockStories(trx, organizationId, {sprint_id: before.id})
  const tasks = await lockBoardTasksOf(trx, organizationId, stories)
  const open = openStories(stories, tasks)
  // Only the events of moved tasks need the descriptions.
  const moved = await lockTasksOf(trx, organizationId, open)

  const action = startAction(caller)
  const sprint = withStatus(before, 'closed', action)
  const {events, writes} = await storyMoves(
    trx,
    action,
    open.map(story => ({before: story, after: nextVersion({...story, sprint_id: target}, action)})),
    moved,
  )
  const totals = totalsOf(tasks, before)
  const summary = {
    ...totals,
    to_sprint_id: target,
    moved_story_count: open.length,
    moved_task_count: moved.length,
  }
  return {
    result: sprint,
    events: [...events, {event: {...statusEvent(before, sprint, action), summary}}],
    // The row of the sprint is locked before the row of the day, like in `store/sprint-days.ts`.
    writes: [...writes, write(trx, sprint, action), storeSprintDay(trx, organizationId, sprint.id, totals)],
    counted: addedToSprint(moved.length, target),
  }
}

function statusEvent(before: Sprint, sprint: Sprint, action: Action) {
  const statuses = {old_status: before.status, new_status: sprint.status}
  return {type: 'sprint.status.changed', ...sprintFacts(sprint, action), ...statuses, sprint} as const
}

function write(
  trx: Transaction<Tables>,
  {id, status, started_at, closed_at, version, updated_at}: Sprint,
  action: Action,
) {
  const fields = {status, started_at, closed_at, version, updated_at}
  return updateRow(trx, 'sprints', action.caller.organization_id, id, fields)
}
