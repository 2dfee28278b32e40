/** Determines how the viewer is allowed to move a task. The server applies the same rules. */
import {isHeld, release, setStatus, take} from '../../client/board.ts'
import type {BoardTask, Me, TaskStatus} from '../../client/client.ts'
import {statuses} from '../parts/words.ts'

/** One request that takes a task, releases a task, or sets the status of a task. */
export type Step = 'take' | 'release' | TaskStatus

/**
 * Returns the requests that move a task to another status, in the order in which they must be sent. Returns undefined
 * when the viewer is not allowed to make this move. A move from 'available' to 'in_progress' needs two requests: the
 * first request takes the task, and the second request starts the task.
 */
export function stepsTo(task: BoardTask, status: TaskStatus, me: Me): Step[] | undefined {
  if (status === task.status) return undefined
  if (status === 'available' && isHeld(task)) return allowed(task, ['release'], me)
  if (task.status === 'available' && status === 'owned') return allowed(task, ['take'], me)
  if (task.status === 'available' && status === 'in_progress') {
    return allowed(task, ['take', 'in_progress'], me)
  }
  return allowed(task, [status], me)
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

/**
 * Returns the steps, or undefined when the rules forbid one of the steps. Each step is checked against the result of
 * the previous step.
 */
function allowed(task: BoardTask, steps: Step[], me: Me): Step[] | undefined {
  if (me.role === 'viewer') return undefined
  try {
    steps.reduce((before, step) => taskAfter(before, step, me), task)
    return steps
  } catch {
    return undefined
  }
}

function taskAfter(task: BoardTask, step: Step, by: Me): BoardTask {
  const action = {caller: by, timestamp: task.updated_at}
  if (step === 'take') return take(task, action, null).task
  if (step === 'release') return release(task, action).task
  return setStatus(task, step, action).task
}
