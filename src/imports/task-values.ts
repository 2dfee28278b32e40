/** The fields of a task that an import sets. */
import {sortLabelIds} from '../board/label-rules.ts'
import type {Action} from '../board/member.ts'
import type {Task} from '../board/task.ts'
import {newId} from '../store/ids.ts'
import {findMember, type ImportContext} from './import-context.ts'
import type {ImportedTask, NotKeptCounts} from './imported-board.ts'

/** The status and the owner are one value, because they depend on each other. */
export interface TaskValues
  extends Pick<
    Task,
    | 'title'
    | 'description'
    | 'estimated_hours'
    | 'priority'
    | 'due_on'
    | 'label_ids'
    | 'acceptance_criteria_refs'
  > {
  progress: [Task['status'], ownerId: string | null]
  checklist: (readonly [text: string, isDone: boolean])[]
}

/** Returns the values of the project for a task of a file. */
export function valuesOfImported(
  task: ImportedTask,
  context: Pick<ImportContext, 'owners'>,
  labelIds: ReadonlyMap<string, string>,
): TaskValues {
  const {title, description, estimated_hours, priority, due_on, acceptance_criteria_refs} = task
  return {
    title,
    description,
    progress: progressOf(task, context),
    estimated_hours,
    priority,
    due_on,
    acceptance_criteria_refs,
    label_ids: sortLabelIds(task.labels.flatMap(label => labelIds.get(label) ?? [])),
    checklist: task.checklist.map(({text, is_done}) => [text, is_done]),
  }
}

export function valuesOfTask(task: Task): TaskValues {
  const {status, owner_user_id, checklist} = task
  const {title, description, estimated_hours, priority, due_on, label_ids, acceptance_criteria_refs} = task
  return {
    title,
    description,
    progress: [status, owner_user_id],
    estimated_hours,
    priority,
    due_on,
    label_ids,
    acceptance_criteria_refs,
    checklist: checklist.map(({text, is_done}) => [text, is_done]),
  }
}

function progressOf(
  {status, owners}: ImportedTask,
  context: Pick<ImportContext, 'owners'>,
): TaskValues['progress'] {
  const owner = owners.map(person => findMember(context.owners, person)).find(id => id !== undefined)
  return owner ? progressWithOwner(status, owner) : progressWithoutOwner(status)
}

/** Reports people who cannot own tasks. */
export function reportOwner(
  {status, owners, title}: ImportedTask,
  [, ownerId]: TaskValues['progress'],
  notKept: NotKeptCounts,
): void {
  if (ownerId) return
  if (owners.length > 0) notKept.add('unknown-members', owners[0]![0] ?? title)
  if (status === 'in_progress') notKept.add('in-progress-without-owner', title)
}

export function progressWithOwner(status: ImportedTask['status'], ownerId: string): TaskValues['progress'] {
  return [status === 'available' ? 'owned' : status, ownerId]
}

/** A task in progress needs an owner. */
export function progressWithoutOwner(status: ImportedTask['status']): TaskValues['progress'] {
  return [status === 'in_progress' ? 'available' : status, null]
}

/** Returns the fields of a task, except its status and its owner. */
export function fieldsOf({progress: _, checklist, ...fields}: TaskValues) {
  return {
    ...fields,
    has_description: fields.description !== '',
    checklist: checklist.map(([text, is_done]) => ({id: newId(), text, is_done})),
    checklist_count: checklist.length,
    checklist_done_count: checklist.filter(([, isDone]) => isDone).length,
  }
}

/** Returns the fields that depend on the status and the owner. `before` is undefined for a new task. */
export function progressFields(
  {timestamp}: Action,
  {progress: [status, owner_user_id]}: TaskValues,
  {completed_at}: ImportedTask,
  before?: Task,
): Pick<Task, 'status' | 'owner_user_id' | 'owned_at' | 'completed_at'> {
  const keepsOwner = before?.owner_user_id === owner_user_id
  const completedAt = completed_at ?? before?.completed_at ?? timestamp
  return {
    status,
    owner_user_id,
    owned_at: owner_user_id && ((keepsOwner && before?.owned_at) || timestamp),
    completed_at: status === 'completed' ? completedAt : null,
  }
}
