import type {Transaction} from 'kysely'
import {nextVersion} from '../board/alter.ts'
import {sprintFacts} from '../board/facts.ts'
import type {Action} from '../board/member.ts'
import type {NewSprintStatus, Sprint} from '../board/sprint.ts'
import {openStories, requireNotClosed, totalsOf, withStatus} from '../board/sprint-rules.ts'
import type {Story} from '../board/story.ts'
import type {Task} from '../board/task.ts'
import {writeSprintDay} from '../store/sprint-days.ts'
import type {Tables} from '../store/tables.ts'
import {
  type Change,
  changeBy,
  type ExpectedVersions,
  type Outcome,
  requireVersion,
  startAction,
} from './change.ts'
import {lockSprint, lockStories, lockTasksOf} from './locks.ts'
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
    const closes = status === 'closed' && before.status !== 'closed'
    if (closes && target !== null) {
      // The sprint itself is the target: it will be closed.
      const ofTarget = await requireSprint(trx, organizationId, before.project_id, target)
      requireNotClosed(target === sprintId ? {...ofTarget, status} : ofTarget)
    }
    const stories = closes ? await lockStories(trx, organizationId, {sprint_id: before.id}) : []
    const tasks = await lockTasksOf(trx, organizationId, stories)
    const action = startAction(caller)
    const sprint = withStatus(before, status, action)
    if (sprint === before) return {result: before, events: []}
    return closes
      ? closeSprint(trx, action, before, sprint, target, stories, tasks)
      : {
          result: sprint,
          events: [{event: statusEvent(before, sprint, action)}],
          writes: [write(trx, sprint, action)],
        }
  })
}

async function closeSprint(
  trx: Transaction<Tables>,
  action: Action,
  before: Sprint,
  sprint: Sprint,
  target: string | null,
  stories: readonly Story[],
  tasks: readonly Task[],
): Promise<Outcome<Sprint>> {
  const organizationId = action.caller.organization_id
  const open = openStories(stories, tasks)
  const openIds = new Set(open.map(({id}) => id))
  const moved = tasks.filter(({story_id}) => openIds.has(story_id))
  const {events, writes} = await storyMoves(
    trx,
    action,
    open.map(story => ({before: story, after: nextVersion({...story, sprint_id: target}, action)})),
    moved,
  )
  const totals = totalsOf(tasks)
  const summary = {
    ...totals,
    to_sprint_id: target,
    moved_story_count: open.length,
    moved_task_count: moved.length,
  }
  return {
    result: sprint,
    events: [...events, {event: {...statusEvent(before, sprint, action), summary}}],
    writes: [...writes, writeSprintDay(trx, organizationId, sprint.id, totals), write(trx, sprint, action)],
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
