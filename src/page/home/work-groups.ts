/** Groups, sorts and filters the viewer's tasks, as pure functions. The address contains the filter. */
import type {BoardTask} from '../../client/client.ts'
import {priorities} from '../parts/words.ts'

/** The labels of the groups of tasks, in the order of the page. */
export const workGroupLabels = {
  'in-progress': 'In progress',
  'to-do': 'Not started',
  blocked: 'Blocked',
  done: 'Done in the last 7 days',
} as const
export type WorkGroup = keyof typeof workGroupLabels
export const workGroups = Object.keys(workGroupLabels) as WorkGroup[]

export interface WorkFilter {
  /** The id of the only project to show. An empty text shows all projects. */
  project: string
  /** The only group to show. `waiting` shows only the questions. */
  show: WorkGroup | 'waiting' | 'all'
}

export function workFilterIn(query: string): WorkFilter {
  const values = new URLSearchParams(query)
  const known = ['waiting', ...workGroups] as const
  return {
    project: values.get('project') ?? '',
    show: known.find(value => value === values.get('show')) ?? 'all',
  }
}

/** The inverse function of `workFilterIn`. The query is empty when the filter shows everything. */
export function workQueryOf({project, show}: WorkFilter): string {
  const values = new URLSearchParams()
  if (project) values.set('project', project)
  if (show !== 'all') values.set('show', show)
  return values.size > 0 ? `?${values}` : ''
}

/** Returns the group of a task, or undefined when the task is not the work of its owner any more. */
export function workGroupOf({status, open_blocker_count}: BoardTask): WorkGroup | undefined {
  if (status === 'completed') return 'done'
  if (status !== 'owned' && status !== 'in_progress') return undefined
  if (open_blocker_count > 0) return 'blocked'
  return status === 'owned' ? 'to-do' : 'in-progress'
}

/**
 * Returns the groups that contain tasks. The tasks that are due first come first, and what was done last is the first of the
 * done tasks. What was done before `doneSince` (ISO 8601) is left out.
 */
export function groupedWork(
  tasks: readonly BoardTask[],
  {project, show}: WorkFilter,
  doneSince: string,
): {group: WorkGroup; tasks: BoardTask[]}[] {
  return workGroups
    .filter(group => show === 'all' || show === group)
    .map(group => {
      const isShown = (task: BoardTask) =>
        workGroupOf(task) === group &&
        (project === '' || task.project_id === project) &&
        (group !== 'done' || task.completed_at! >= doneSince)
      return {group, tasks: tasks.filter(isShown).sort(group === 'done' ? latestFirst : byUrgency)}
    })
    .filter(({tasks}) => tasks.length > 0)
}

/** The earliest due date comes first, then the highest priority, then the oldest task. */
function byUrgency(one: BoardTask, other: BoardTask): number {
  const [day, otherDay] = [one.due_on ?? 'none', other.due_on ?? 'none']
  if (day !== otherDay) return day < otherDay ? -1 : 1
  return placeOf(one) - placeOf(other) || (one.id < other.id ? -1 : 1)
}

function placeOf({priority}: BoardTask): number {
  return priority ? priorities.indexOf(priority) : priorities.length
}

function latestFirst(one: BoardTask, other: BoardTask): number {
  return (one.completed_at ?? '') > (other.completed_at ?? '') ? -1 : 1
}
