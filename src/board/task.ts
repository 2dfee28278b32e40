/** The schemas of a task, and of the requests that create and edit a task. */
import {z} from 'zod'
import {blockerFields} from './blockers.ts'
import {checklistFields} from './checklist.ts'
import {discussionFields} from './discussion.ts'
import {day, id, instant, name, newTitle, prose, rank, text, title, version} from './fields.ts'
import {taskKey, taskNumber} from './task-key.ts'
import {taskLinks} from './task-links.ts'

export const taskStatuses = ['available', 'owned', 'in_progress', 'completed', 'failed', 'cancelled'] as const
export const taskStatus = z.enum(taskStatuses)
export type TaskStatus = z.infer<typeof taskStatus>

export const taskPriorities = ['urgent', 'high', 'medium', 'low'] as const
const priority = z.enum(taskPriorities).nullable()
export type TaskPriority = (typeof taskPriorities)[number]

const estimated_hours = z.number().min(0).max(100_000).nullable()
const refLimits = {min: 1, max: 200}
// The maximum total length of the references of a task, in UTF-16 code units. References need a limit, because every
// board contains the references of its tasks.
const maxRefsLength = 2_000

/** The maximum number of labels of a task. */
export const maxLabels = 20

export const acceptanceCriteriaRefs = refs(name(refLimits)).refine(isShort, {
  message: `must have at most ${maxRefsLength} characters together`,
})

/** The fields that a request can set. */
const editable = {
  title: newTitle,
  description: prose,
  acceptance_criteria_refs: acceptanceCriteriaRefs,
  estimated_hours,
  priority,
  due_on: day.nullable(),
  label_ids: z.array(id).max(maxLabels),
}

export const taskSchema = z
  .object({
    id,
    project_id: id,
    sprint_id: id.nullable(),
    story_id: id,
    number: taskNumber,
    key: taskKey,
    title,
    description: prose,
    status: taskStatus,
    owner_user_id: id.nullable(),
    created_by_user_id: id,
    acceptance_criteria_refs: refs(text(refLimits)),
    estimated_hours,
    /** Null when the task has no priority. */
    priority,
    due_on: day.nullable(),
    /** The labels of the task, sorted. */
    label_ids: z.array(id),
    ...blockerFields,
    links: taskLinks,
    ...checklistFields,
    /** Whether the description is not empty. */
    has_description: z.boolean(),
    ...discussionFields,
    rank,
    version,
    created_at: instant,
    updated_at: instant,
    owned_at: instant.nullable(),
    completed_at: instant.nullable(),
  })
  .meta({id: 'Task'})
export type Task = z.infer<typeof taskSchema>

/**
 * A task of a board. The server sends boards without descriptions, links and checklists, so that boards stay small. An event may
 * later add the description, the links and the checklist to a task of the board.
 */
export const boardTaskSchema = taskSchema
  .partial({description: true, links: true, checklist: true})
  .meta({id: 'BoardTask'})
export type BoardTask = z.infer<typeof boardTaskSchema>

export const newTaskSchema = z.strictObject({
  title: editable.title,
  description: editable.description.default(''),
  acceptance_criteria_refs: editable.acceptance_criteria_refs.default([]),
  estimated_hours: editable.estimated_hours.default(null),
  priority: editable.priority.default(null),
  due_on: editable.due_on.default(null),
  label_ids: editable.label_ids.default([]),
})
export type NewTask = z.infer<typeof newTaskSchema>

/** A new value of `story_id` moves the task to another story of the same project, and to the sprint of this story. */
export const taskEditSchema = z.strictObject({...editable, story_id: id}).partial()
export type TaskEdit = z.infer<typeof taskEditSchema>

/** The new owner of a task. Default: the caller. */
export const newOwnerSchema = z.strictObject({owner_user_id: id}).partial()

/**
 * The new place of a task. When `after_task_id` is null, the task becomes the first task of its project. When
 * `before_task_id` is null, it becomes the last task.
 */
export const taskPlaceSchema = z
  .union([z.strictObject({after_task_id: id.nullable()}), z.strictObject({before_task_id: id.nullable()})], {
    error: 'must contain either after_task_id or before_task_id, which is the id of a task or null',
  })
  .meta({id: 'TaskPlace'})
export type TaskPlace = z.infer<typeof taskPlaceSchema>

/** References to acceptance criteria in the team's documents. */
function refs<Ref extends z.ZodType>(ref: Ref) {
  return z.array(ref).max(100)
}

function isShort(refs: readonly string[]): boolean {
  return refs.reduce((sum, ref) => sum + ref.length, 0) <= maxRefsLength
}
