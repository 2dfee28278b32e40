/** What may be done with a task. Every rule is pure: the task before, the act, the outcome. */
import {alter, nextVersion} from './alter.ts'
import type {BoardEvent, EventType} from './events.ts'
import {taskFacts} from './facts.ts'
import type {Act} from './member.ts'
import {Problem} from './problem.ts'
import type {Task, TaskEdit, TaskStatus} from './task.ts'

/** The task after an act and the events that tell of it; no events when the act altered nothing. */
export interface TaskOutcome {
  task: Task
  events: BoardEvent[]
}

/**
 * available → owned. `ownerName` is the name of the present owner, null where there is none. Throws Problem
 * 'task-already-owned' with the owner or, for a closed task, 'invalid-status-move'.
 */
export function take(task: Task, act: Act, ownerName: string | null): TaskOutcome {
  if (isHeld(task)) {
    if (task.owner_user_id === act.by.user_id) return {task, events: []}
    throw new Problem(
      'task-already-owned',
      `${ownerName} owns this task; choose another or ask for its release.`,
      {
        owner_user_id: task.owner_user_id,
        owner_name: ownerName,
      },
    )
  }
  if (task.status !== 'available') throw invalidMove(task.status, 'owned')
  const after = touch(task, act, {status: 'owned', owner_user_id: act.by.user_id, owned_at: act.at})
  return {
    task: after,
    events: [{type: 'ownership_taken', ...taskFacts(after, act), owner_user_id: act.by.user_id}],
  }
}

/** owned or in_progress → available. Throws Problem 'task-not-owned' or 'not-the-owner'. */
export function release(task: Task, act: Act): TaskOutcome {
  const owner = task.owner_user_id
  if (!owner || !isHeld(task)) {
    throw new Problem('task-not-owned', `Nobody holds this task: it is ${task.status}.`, {
      task_status: task.status,
    })
  }
  requireOwner(task, act)
  const after = touch(task, act, {status: 'available', owner_user_id: null, owned_at: null})
  return {
    task: after,
    events: [{type: 'ownership_released', ...taskFacts(after, act), previous_owner_user_id: owner}],
  }
}

/** What `PUT status` may do; taking and releasing are acts of their own. */
const statusMoves: Record<TaskStatus, readonly TaskStatus[]> = {
  available: ['cancelled'],
  owned: ['in_progress', 'cancelled'],
  in_progress: ['owned', 'completed', 'failed', 'cancelled'],
  completed: ['available'],
  failed: ['available'],
  cancelled: ['available'],
}

/** The event that follows `status_changed` where a status begins or ends the work. */
const lifecycle = {
  in_progress: 'task.started',
  completed: 'task.completed',
  failed: 'task.failed',
  cancelled: 'task.cancelled',
} as const satisfies Partial<Record<TaskStatus, EventType>>

/** Throws Problem 'invalid-status-move' with the moves that are allowed, or 'not-the-owner'. */
export function setStatus(task: Task, status: TaskStatus, act: Act): TaskOutcome {
  if (status === task.status) return {task, events: []}
  if (!statusMoves[task.status].includes(status)) throw invalidMove(task.status, status)
  // A closed task keeps its owner for the record, but anybody may open it again.
  if (isHeld(task)) requireOwner(task, act)

  const reopens = status === 'available'
  const after = touch(task, act, {
    status,
    completed_at: status === 'completed' ? act.at : null,
    ...(reopens && {owner_user_id: null, owned_at: null}),
  })
  const facts = taskFacts(after, act)
  const events: BoardEvent[] = [
    {
      type: 'status_changed',
      ...facts,
      old_status: task.status,
      new_status: status,
      changed_by_user_id: act.by.user_id,
      ...(reopens && {previous_owner_user_id: task.owner_user_id}),
    },
  ]
  if (status in lifecycle) events.push({type: lifecycle[status as keyof typeof lifecycle], ...facts})
  return {task: after, events}
}

/** Replaces the given fields; what is given but equal alters nothing. */
export function edit(task: Task, fields: TaskEdit, act: Act): TaskOutcome {
  const after = alter(task, fields as Partial<Task>, act)
  if (after === task) return {task, events: []}
  return {task: after, events: [{type: 'task.updated', ...taskFacts(after, act), task: after}]}
}

function touch(task: Task, act: Act, fields: Partial<Task>): Task {
  return nextVersion({...task, ...fields}, act)
}

/** True while the task is owned and open: only its owner or an admin may change its status. */
export function isHeld({status}: Task): boolean {
  return status === 'owned' || status === 'in_progress'
}

function requireOwner(task: Task, act: Act): void {
  if (task.owner_user_id === act.by.user_id || act.by.role === 'admin') return
  throw new Problem('not-the-owner', 'Only the owner of this task or an admin may do this.', {
    owner_user_id: task.owner_user_id,
  })
}

function invalidMove(from: TaskStatus, to: TaskStatus): Problem {
  const allowed = statusMoves[from]
  return new Problem(
    'invalid-status-move',
    `A task that is ${from} cannot be set to ${to}; it can be set to ${allowed.join(', ')}.`,
    {from, to, allowed},
  )
}
