/** The moves of a task that the viewer is allowed to make, decided by the same rules as on the server. */
import type {Caller} from '../board/member.ts'
import type {Task, TaskStatus} from '../board/task.ts'
import {isHeld, release, setStatus, take} from '../board/task-rules.ts'
import {statuses} from './words.ts'

/** One request: take, release, or set the status. */
export type Step = 'take' | 'release' | TaskStatus

/**
 * The requests that move a task to another status, in order; undefined when the viewer may not move it there. An
 * available task is moved to 'in_progress' by taking and starting it.
 */
export function stepsTo(task: Task, status: TaskStatus, me: Caller): Step[] | undefined {
  if (status === task.status) return undefined
  if (status === 'available' && isHeld(task)) return allowed(task, ['release'], me)
  if (task.status === 'available' && status === 'owned') return allowed(task, ['take'], me)
  if (task.status === 'available' && status === 'in_progress') {
    return allowed(task, ['take', 'in_progress'], me)
  }
  return allowed(task, [status], me)
}

/** The statuses to which the viewer may move the task, in the order of the columns. */
export function allowedStatuses(task: Task, me: Caller): TaskStatus[] {
  return statuses.filter(status => stepsTo(task, status, me))
}

/** The most likely next status, for the main button of a task; undefined when there is none for the viewer. */
export function nextStatus(task: Task, me: Caller): TaskStatus | undefined {
  if (me.role === 'viewer') return undefined
  if (task.status === 'available') return 'owned'
  if (task.owner_user_id !== me.user_id) return undefined
  if (task.status === 'owned') return 'in_progress'
  return task.status === 'in_progress' ? 'completed' : undefined
}

/** The steps, if the rules allow each of them after the previous ones; otherwise undefined. */
function allowed(task: Task, steps: Step[], me: Caller): Step[] | undefined {
  if (me.role === 'viewer') return undefined
  try {
    steps.reduce((before, step) => taskAfter(before, step, me), task)
    return steps
  } catch {
    return undefined
  }
}

function taskAfter(task: Task, step: Step, by: Caller): Task {
  const action = {caller: by, timestamp: task.updated_at}
  if (step === 'take') return take(task, action, null).task
  if (step === 'release') return release(task, action).task
  return setStatus(task, step, action).task
}
