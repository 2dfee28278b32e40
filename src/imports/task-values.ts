/** The fields of a task that an import sets. */
import type {Task} from '../board/task.ts'
import {findMember, type ImportContext} from './import-context.ts'
import type {ImportedTask, NotKeptCounts} from './imported-board.ts'

/** The status and the owner are one value, because they depend on each other. */
export interface TaskValues
  extends Pick<Task, 'title' | 'description' | 'estimated_hours' | 'priority' | 'due_on' | 'label_ids'> {
  progress: [Task['status'], ownerId: string | null]
  checklist: (readonly [text: string, isDone: boolean])[]
}

/** Returns the values of the project for a task of a file. Reports people who cannot own tasks. */
export function valuesOfImported(
  task: ImportedTask,
  context: Pick<ImportContext, 'owners'>,
  labelIds: ReadonlyMap<string, string>,
  notKept: NotKeptCounts,
): TaskValues {
  const {title, description, estimated_hours, priority, due_on} = task
  return {
    title,
    description,
    progress: progressOf(task, context, notKept),
    estimated_hours,
    priority,
    due_on,
    label_ids: task.labels.flatMap(label => labelIds.get(label) ?? []).sort(),
    checklist: task.checklist.map(({text, is_done}) => [text, is_done]),
  }
}

export function valuesOfTask(task: Task): TaskValues {
  const {title, description, status, owner_user_id, estimated_hours, priority, due_on, label_ids, checklist} =
    task
  return {
    title,
    description,
    progress: [status, owner_user_id],
    estimated_hours,
    priority,
    due_on,
    label_ids,
    checklist: checklist.map(({text, is_done}) => [text, is_done]),
  }
}

function progressOf(
  {status, owners, title}: ImportedTask,
  context: Pick<ImportContext, 'owners'>,
  notKept: NotKeptCounts,
): TaskValues['progress'] {
  const owner = owners.map(person => findMember(context.owners, person)).find(id => id !== undefined)
  if (owners.length > 0 && !owner) notKept.add('unknown-members', owners[0]![0] ?? title)
  if (status === 'available') return owner ? ['owned', owner] : ['available', null]
  if (status !== 'in_progress' || owner) return [status, owner ?? null]
  notKept.add('in-progress-without-owner', title)
  return ['available', null]
}
