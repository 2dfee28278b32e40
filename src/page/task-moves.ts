/** What the viewer may do with a task, by the same rules by which the server decides. */
import type {Caller} from '../board/member.ts'
import type {Task, TaskStatus} from '../board/task.ts'
import {isHeld, release, setStatus, take} from '../board/task-rules.ts'
import {statuses} from './words.ts'

/** One request: to take, to release, or to set the status. */
export type Step = 'take' | 'release' | TaskStatus

/**
 * The requests that bring a task to another column, in order; undefined where it may not go there. Dragging what is
 * available into progress takes it and starts it.
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

export function placesFor(task: Task, me: Caller): TaskStatus[] {
  return statuses.filter(status => stepsTo(task, status, me))
}

export interface NextStep {
  label: string
  steps: Step[]
}

/** What the viewer most likely wants to do next; undefined where that is nothing. */
export function nextStep(task: Task, me: Caller): NextStep | undefined {
  if (me.role === 'viewer') return undefined
  if (task.status === 'available') return {label: 'Take', steps: ['take']}
  if (task.owner_user_id !== me.user_id) return undefined
  if (task.status === 'owned') return {label: 'Start', steps: ['in_progress']}
  if (task.status === 'in_progress') return {label: 'Complete', steps: ['completed']}
  return undefined
}

/** What a move is called where it stands in a list of acts. */
export function actLabel(task: Task, status: TaskStatus): string {
  switch (status) {
    case 'available':
      return task.status === 'owned' || task.status === 'in_progress' ? 'Release' : 'Reopen'
    case 'owned':
      return task.status === 'available' ? 'Take' : 'Pause'
    case 'in_progress':
      return task.status === 'available' ? 'Take and start' : 'Start'
    case 'completed':
      return 'Complete'
    case 'failed':
      return 'Fail'
    case 'cancelled':
      return 'Cancel task'
  }
}

/** The steps, if each is allowed after the ones before it. */
function allowed(task: Task, steps: Step[], me: Caller): Step[] | undefined {
  if (me.role === 'viewer') return undefined
  try {
    steps.reduce((before, step) => outcome(before, step, me), task)
    return steps
  } catch {
    return undefined
  }
}

function outcome(task: Task, step: Step, by: Caller): Task {
  const act = {by, at: task.updated_at}
  if (step === 'take') return take(task, act, null).task
  if (step === 'release') return release(task, act).task
  return setStatus(task, step, act).task
}
