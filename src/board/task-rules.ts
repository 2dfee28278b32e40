/** The rules for changing a task. Each rule is a pure function of the task and the action. */
import {alter, nextVersion} from './alter.ts'
import type {BoardEvent, EventType} from './events.ts'
import {taskFacts} from './facts.ts'
import type {Action, Caller} from './member.ts'
import {Problem} from './problem.ts'
import type {Story} from './story.ts'
import type {BoardTask, Task, TaskEdit, TaskStatus} from './task.ts'

/**
 * The result of an action: the task after the action, and the events to append. If the action changed nothing, there
 * are no events.
 */
export interface TaskOutcome<T = Task> {
  task: T
  events: BoardEvent[]
}

/**
 * Changes the status from available to owned. `ownerName` is the name of the current owner, or null. Throws Problem
 * 'task-already-owned' when another member owns the task. Throws Problem 'invalid-status-move' when the task is closed.
 */
export function take<T extends BoardTask>(task: T, action: Action, ownerName: string | null): TaskOutcome<T> {
  if (isHeld(task)) {
    if (task.owner_user_id === action.caller.user_id) return {task, events: []}
    throw new Problem(
      'task-already-owned',
      `${ownerName} already owns this task. Take another task, or ask the owner to release this task.`,
      {owner_user_id: task.owner_user_id, owner_name: ownerName},
    )
  }
  if (task.status !== 'available') throw invalidMove(task.status, 'owned')
  const after = nextVersion<T>(
    {...task, status: 'owned', owner_user_id: action.caller.user_id, owned_at: action.timestamp},
    action,
  )
  return {
    task: after,
    events: [{type: 'ownership_taken', ...taskFacts(after, action), owner_user_id: action.caller.user_id}],
  }
}

/**
 * Makes another member the owner. The status in_progress stays, and an available task becomes owned. The owner and admins
 * may give a task that has an owner. Only admins may give an available task to another member. `ownerName` is the name of
 * the current owner, or null. Throws Problem 'not-the-owner', 'task-already-owned' or 'invalid-status-move'.
 */
export function give<T extends BoardTask>(
  task: T,
  ownerId: string,
  action: Action,
  ownerName: string | null,
): TaskOutcome<T> {
  if (isHeld(task) && task.owner_user_id === ownerId) return {task, events: []}
  if (!mayGive(task, action.caller)) {
    if (ownerId === action.caller.user_id) return take(task, action, ownerName)
    requireOwner(task, action)
  }
  if (!isHeld(task) && task.status !== 'available') throw invalidMove(task.status, 'owned')
  const status = isHeld(task) ? task.status : 'owned'
  const after = nextVersion<T>({...task, status, owner_user_id: ownerId, owned_at: action.timestamp}, action)
  const owners = {owner_user_id: ownerId, previous_owner_user_id: task.owner_user_id}
  return {task: after, events: [{type: 'ownership_transferred', ...taskFacts(after, action), ...owners}]}
}

/** Returns whether the caller may make another member the owner of the task. */
export function mayGive(task: BoardTask, {user_id, role}: Pick<Caller, 'user_id' | 'role'>): boolean {
  if (role === 'admin') return isHeld(task) || task.status === 'available'
  return isHeld(task) && task.owner_user_id === user_id
}

/** Changes the status from owned or in_progress to available. Throws Problem 'task-not-owned' or 'not-the-owner'. */
export function release<T extends BoardTask>(task: T, action: Action): TaskOutcome<T> {
  const owner = task.owner_user_id
  if (!owner || !isHeld(task)) {
    throw new Problem(
      'task-not-owned',
      `This task cannot be released, because its status is ${task.status}.`,
      {
        task_status: task.status,
      },
    )
  }
  requireOwner(task, action)
  const after = nextVersion<T>({...task, status: 'available', owner_user_id: null, owned_at: null}, action)
  return {
    task: after,
    events: [{type: 'ownership_released', ...taskFacts(after, action), previous_owner_user_id: owner}],
  }
}

/** The status changes that `PUT …/status` allows. Other operations take and release a task. */
const statusMoves: Record<TaskStatus, readonly TaskStatus[]> = {
  available: ['cancelled'],
  owned: ['in_progress', 'cancelled'],
  in_progress: ['owned', 'completed', 'failed', 'cancelled'],
  completed: ['available'],
  failed: ['available'],
  cancelled: ['available'],
}

/**
 * For some new statuses, a second event is appended after `status_changed`. This table contains the types of the second
 * events.
 */
const lifecycleEvents = {
  in_progress: 'task.started',
  completed: 'task.completed',
  failed: 'task.failed',
  cancelled: 'task.cancelled',
} as const satisfies Partial<Record<TaskStatus, EventType>>

/** Throws Problem 'invalid-status-move' or 'not-the-owner'. */
export function setStatus<T extends BoardTask>(task: T, status: TaskStatus, action: Action): TaskOutcome<T> {
  if (status === task.status) return {task, events: []}
  if (!statusMoves[task.status].includes(status)) throw invalidMove(task.status, status)
  // Every member may reopen a closed task, even if another member owned the task.
  if (isHeld(task)) requireOwner(task, action)

  const reopens = status === 'available'
  const completed_at = status === 'completed' ? action.timestamp : null
  const owner = reopens && {owner_user_id: null, owned_at: null}
  const after = nextVersion<T>({...task, status, completed_at, ...owner}, action)
  const facts = taskFacts(after, action)
  const events: BoardEvent[] = [
    {
      type: 'status_changed',
      ...facts,
      old_status: task.status,
      new_status: status,
      changed_by_user_id: action.caller.user_id,
      ...(reopens && {previous_owner_user_id: task.owner_user_id}),
    },
  ]
  if (status in lifecycleEvents)
    events.push({type: lifecycleEvents[status as keyof typeof lifecycleEvents], ...facts})
  return {task: after, events}
}

/** Replaces the given fields of the task. When every field already has the given value, nothing changes. */
export function edit(task: Task, fields: TaskEdit, action: Action): TaskOutcome {
  const {description} = fields
  const derived = description !== undefined && {has_description: description !== ''}
  const after = alter(task, {...fields, ...derived} as Partial<Task>, action)
  if (after === task) return {task, events: []}
  return {task: after, events: [{type: 'task.updated', ...taskFacts(after, action), task: after}]}
}

/**
 * Moves the task to another story of its project, and to the sprint of this story. Also replaces the given fields. The
 * event contains all these changes.
 */
export function moveToStory(
  task: Task,
  story: Pick<Story, 'id' | 'project_id' | 'sprint_id'>,
  fields: TaskEdit,
  action: Action,
): TaskOutcome {
  if (story.project_id !== task.project_id) {
    throw new Problem(
      'story-of-another-project',
      'This story belongs to another project. Choose a story of the task’s project.',
      {project_id: story.project_id},
    )
  }
  if (story.id === task.story_id) return edit(task, fields, action)
  const {sprint_id} = story
  const {task: edited} = edit(task, fields, action)
  const after = nextVersion({...edited, version: task.version, story_id: story.id, sprint_id}, action)
  const sprints = {from_sprint_id: task.sprint_id, to_sprint_id: sprint_id}
  const stories = {from_story_id: task.story_id, to_story_id: story.id}
  return {
    task: after,
    events: [{type: 'task.moved', ...taskFacts(after, action), ...sprints, ...stories, task: after}],
  }
}

/**
 * Returns whether the caller may delete the task. The creator of the task, its owner and every admin may delete the
 * task.
 */
export function mayDelete(task: BoardTask, caller: Pick<Caller, 'user_id' | 'role'>): boolean {
  const {created_by_user_id, owner_user_id} = task
  return caller.role === 'admin' || [created_by_user_id, owner_user_id].includes(caller.user_id)
}

/** Throws Problem 'not-the-creator-or-owner' when the caller lacks the right to delete one or more of the tasks. */
export function requireDeletable(tasks: readonly BoardTask[], caller: Caller): void {
  const task = tasks.find(task => !mayDelete(task, caller))
  if (!task) return
  const {id: task_id, title, created_by_user_id, owner_user_id} = task
  throw new Problem(
    'not-the-creator-or-owner',
    `Only the creator of the task “${title}”, its owner or an admin can delete this task.`,
    {task_id, created_by_user_id, owner_user_id},
  )
}

/** Returns whether a task with this status still needs work: a failed task does, a cancelled one does not. */
export function isUnfinished(status: TaskStatus): boolean {
  return status !== 'completed' && status !== 'cancelled'
}

/**
 * Returns whether the task is open and has an owner. Only the owner or an admin may change the status of such a task.
 */
export function isHeld({status}: BoardTask): boolean {
  return status === 'owned' || status === 'in_progress'
}

function requireOwner(task: BoardTask, action: Action): void {
  if (task.owner_user_id === action.caller.user_id || action.caller.role === 'admin') return
  throw new Problem('not-the-owner', 'Only the owner of this task or an admin can make this change.', {
    owner_user_id: task.owner_user_id,
  })
}

function invalidMove(from: TaskStatus, to: TaskStatus): Problem {
  const allowed = statusMoves[from]
  return new Problem(
    'invalid-status-move',
    `The status cannot change from ${from} to ${to}. Allowed statuses: ${allowed.join(', ')}.`,
    {from, to, allowed},
  )
}
