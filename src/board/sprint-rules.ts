/** The rules for starting and closing a sprint. Each rule is a pure function. */
import {nextVersion} from './alter.ts'
import type {Action} from './member.ts'
import {Problem} from './problem.ts'
import type {Sprint, SprintStatus, SprintTotals} from './sprint.ts'
import type {Story} from './story.ts'
import type {BoardTask} from './task.ts'
import {isUnfinished} from './task-rules.ts'

const statusMoves: Record<SprintStatus, readonly SprintStatus[]> = {
  planned: ['active'],
  active: ['closed'],
  closed: ['active'],
}

/** Throws Problem 'invalid-status-move'. */
export function requireStatusMove({status: from}: Sprint, to: SprintStatus): void {
  const allowed = statusMoves[from]
  if (to === from || allowed.includes(to)) return
  const detail = `The status cannot change from ${from} to ${to}. Allowed statuses: ${allowed.join(', ')}.`
  throw new Problem('invalid-status-move', detail, {from, to, allowed})
}

/** Returns the sprint with the new status. `requireStatusMove` has allowed the status. */
export function withStatus(sprint: Sprint, status: SprintStatus, action: Action): Sprint {
  const started_at = sprint.started_at ?? action.timestamp
  const closed_at = status === 'closed' ? action.timestamp : null
  return nextVersion({...sprint, status, started_at, closed_at}, action)
}

/** Throws Problem 'sprint-closed' when the target cannot take the open stories of the sprint. */
export function requireTarget(sprint: Sprint, target: Sprint): void {
  if (target.id === sprint.id) {
    const detail = 'The open stories cannot move to the sprint that is being closed. Choose another sprint.'
    throw new Problem('sprint-closed', detail, {sprint_id: target.id})
  }
  requireNotClosed(target)
}

/** Throws Problem 'sprint-closed' when the sprint cannot take stories, because it is closed. */
export function requireNotClosed({id, name, status}: Sprint): void {
  if (status !== 'closed') return
  const detail = `The sprint “${name}” is closed. Choose a sprint that is not closed, or the backlog.`
  throw new Problem('sprint-closed', detail, {sprint_id: id})
}

/** Throws Problem 'sprint-closed' when no task can join a story of the sprint, because the sprint is closed. */
export function requireTakesTasks(sprint: Pick<Sprint, 'id' | 'name' | 'status'> | null): void {
  if (sprint?.status !== 'closed') return
  const detail = `The sprint “${sprint.name}” is closed, so its stories take no more tasks. Choose a story of another sprint, or reopen the sprint.`
  throw new Problem('sprint-closed', detail, {sprint_id: sprint.id})
}

/**
 * Returns the stories that still need work: those with a task that is neither completed nor cancelled, and those that have
 * no task and are not done.
 */
export function openStories(stories: readonly Story[], tasks: readonly BoardTask[]): Story[] {
  const withTasks = new Set(tasks.map(({story_id}) => story_id))
  const withOpenTasks = new Set(
    tasks.filter(({status}) => isUnfinished(status)).map(({story_id}) => story_id),
  )
  return stories.filter(({id, status}) => (withTasks.has(id) ? withOpenTasks.has(id) : status !== 'done'))
}

/**
 * Adds up the tasks of a sprint. A task that was completed before the sprint was started is work of an earlier sprint, so it
 * is not counted. `store/sprint-days.ts` has the same rule in SQL.
 */
export function totalsOf(
  tasks: readonly BoardTask[],
  {started_at}: Pick<Sprint, 'started_at'>,
): SprintTotals {
  const isEarlier = ({completed_at}: BoardTask) => !!completed_at && !!started_at && completed_at < started_at
  const counted = tasks.filter(task => task.status !== 'cancelled' && !isEarlier(task))
  const completed = counted.filter(({status}) => status === 'completed')
  return {
    task_count: counted.length,
    completed_task_count: completed.length,
    estimated_hours: hoursOf(counted),
    completed_hours: hoursOf(completed),
  }
}

function hoursOf(tasks: readonly BoardTask[]): number {
  return tasks.reduce((sum, {estimated_hours}) => sum + (estimated_hours ?? 0), 0)
}
