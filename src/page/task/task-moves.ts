/** Determines how the viewer is allowed to move a task. The server applies the same rules. */
import {compareRanks, isHeld, mayGive, release, setStatus, take} from '../../client/board.ts'
import type {
  Backlog,
  Board,
  BoardTask,
  Me,
  Task,
  TaskFields,
  TaskPlace,
  TaskStatus,
} from '../../client/client.ts'
import {type Neighbour, neighbourAt, presentNeighbour} from '../parts/order.ts'
import {statuses} from '../parts/words.ts'
import type {TaskAct, TaskField} from '../undo/act.ts'

/**
 * One request that takes a task, releases a task, sets the status of a task, moves a task in the order, replaces fields
 * of a task, or makes another member the owner.
 */
export type Step = StatusStep | {rank: TaskPlace} | {edit: TaskFields} | {give: string}

type StatusStep = 'take' | 'release' | TaskStatus

/**
 * Returns the requests that move a task to another status, in the order in which they must be sent. Returns undefined
 * when the viewer is not allowed to make this move. For example, a move from 'available' to 'completed' takes the task,
 * starts it and completes it.
 */
export function stepsTo(task: BoardTask, status: TaskStatus, me: Me): StatusStep[] | undefined {
  if (status === task.status) return undefined
  if (status === 'available' && isHeld(task)) return allowed(task, ['release'], me)
  const way = wayBetween(task.status, status)
  // This way takes the task, so it is only for the viewer's own tasks.
  if (way[0] === 'available' && way.length > 1 && task.owner_user_id !== me.user_id) return undefined
  return allowed(task, way, me)
}

function wayBetween(from: TaskStatus, to: TaskStatus): StatusStep[] {
  const isEnd = to === 'completed' || to === 'failed'
  switch (from) {
    case 'available':
      if (to === 'cancelled') return [to]
      return to === 'owned' ? ['take'] : ['take', ...wayBetween('owned', to)]
    case 'owned':
      return isEnd ? ['in_progress', to] : [to]
    case 'in_progress':
      return [to]
    default:
      return to === 'available' ? [to] : ['available', ...wayBetween('available', to)]
  }
}

/**
 * Returns the request that gives a task this index among the shown tasks of a list. Returns undefined when the task
 * already has this index, or is alone in the list.
 */
export function rankStep(shownIds: readonly string[], taskId: string, index: number): Step | undefined {
  const neighbour = neighbourAt(shownIds, taskId, index)
  return neighbour && {rank: placeBeside(neighbour)}
}

/** Whether the step moves the task in the order. */
export function isMove(step: Step): step is {rank: TaskPlace} {
  return typeof step === 'object' && 'rank' in step
}

/** Returns the fields that a step changes. */
function fieldsOf(step: Step): TaskField[] {
  if (typeof step === 'string' || 'give' in step) return ['status', 'owner_user_id']
  return isMove(step) ? ['rank'] : (Object.keys(step.edit) as TaskField[])
}

/**
 * Returns the act of the steps that have succeeded, or undefined when none has. `results` are the results of the steps,
 * and `place` is the place of the task before them.
 */
export function actOfSteps(
  before: BoardTask,
  steps: readonly Step[],
  results: readonly PromiseSettledResult<Task>[],
  place: TaskPlace | undefined,
): TaskAct | undefined {
  const made = results.flatMap((result, index) =>
    result.status === 'fulfilled' ? [{after: result.value, fields: fieldsOf(steps[index]!)}] : [],
  )
  const after = made.at(-1)?.after
  return after && {kind: 'task', before, after, fields: made.flatMap(({fields}) => fields), place}
}

/** Returns the present place of the task on the board, or undefined when it is the only task. */
export function placeOf(taskId: string, board: Board | Backlog | undefined): TaskPlace | undefined {
  const ids = (board?.stories ?? [])
    .flatMap(({tasks}) => tasks)
    .sort(compareRanks)
    .map(({id}) => id)
  const neighbour = presentNeighbour(ids, taskId)
  return neighbour && placeBeside(neighbour)
}

function placeBeside(neighbour: Neighbour): TaskPlace {
  return 'afterId' in neighbour ? {after_task_id: neighbour.afterId} : {before_task_id: neighbour.beforeId}
}

/** Returns the statuses to which the viewer can move the task, in the order of the columns. */
export function allowedStatuses(task: BoardTask, me: Me): TaskStatus[] {
  return statuses.filter(status => stepsTo(task, status, me))
}

/** Returns the status that the main button of a task sets, or undefined when the button is not shown. */
export function nextStatus(task: BoardTask, me: Me): TaskStatus | undefined {
  if (me.role === 'viewer') return undefined
  if (task.status === 'available') return 'owned'
  if (task.owner_user_id !== me.user_id) return undefined
  if (task.status === 'owned') return 'in_progress'
  return task.status === 'in_progress' ? 'completed' : undefined
}

/** Whether the task belongs to another member, whom the viewer can only ask. */
export function mayAskForRelease(task: BoardTask, me: Me): boolean {
  return me.role !== 'viewer' && isHeld(task) && task.owner_user_id !== me.user_id && !mayGive(task, me)
}

/**
 * Returns the steps, or undefined when the rules forbid one of the steps. Each step is checked against the result of
 * the previous step.
 */
function allowed(task: BoardTask, steps: StatusStep[], me: Me): StatusStep[] | undefined {
  if (me.role === 'viewer') return undefined
  try {
    steps.reduce((before, step) => taskAfter(before, step, me), task)
    return steps
  } catch {
    return undefined
  }
}

function taskAfter(task: BoardTask, step: StatusStep, by: Me): BoardTask {
  const action = {caller: by, timestamp: task.updated_at}
  if (step === 'take') return take(task, action, null).task
  if (step === 'release') return release(task, action).task
  return setStatus(task, step, action).task
}
