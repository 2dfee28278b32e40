/**
 * Merges a task of a file with the task of the project. Three states are compared: what the last import has stored, what the
 * file contains, and what the project contains.
 */
import {nextVersion} from '../board/alter.ts'
import type {Action} from '../board/member.ts'
import type {ReasonNotKept} from '../board/project-import.ts'
import type {Task} from '../board/task.ts'
import {isHeld} from '../board/task-rules.ts'
import {type Digests, digestsOf, mergeFields} from './digests.ts'
import type {Source} from './import-sources.ts'
import type {ImportedTask} from './imported-board.ts'
import {
  fieldsOf,
  progressFields,
  progressWithOwner,
  progressWithoutOwner,
  type TaskValues,
  valuesOfTask,
} from './task-values.ts'

/** A task of the file, with its values in the project. */
export interface Wanted {
  imported: ImportedTask
  values: TaskValues
  digests: Digests
  known: Source | undefined
}

/** What a file contains does not change when a name of it means another member. These digests have no field of the task. */
const ofFile = ['progress_in_file', 'owners_in_file'] as const

/**
 * The names of a file can mean other members than at the last import, or none. If the file has not changed, the task keeps
 * its status and its owner then, but a task whose owner was unknown can get one.
 */
export function digestsOfTask(
  values: TaskValues,
  imported: ImportedTask,
  known: Source | undefined,
): Digests {
  const {status, owners} = imported
  const digests = digestsOf({...values, progress_in_file: [status, owners], owners_in_file: owners})
  const last = known?.digests
  if (!last || last.progress_in_file !== digests.progress_in_file) return digests
  const hadOwner = last.progress !== digestsOf({progress: progressWithoutOwner(status)}).progress
  return hadOwner ? {...digests, progress: last.progress!} : digests
}

/** The reasons why the task keeps values that the file has changed. */
type ReasonOfTask = Extract<ReasonNotKept, 'changed-by-members' | 'held-by-others' | 'open-questions'>

export interface Merged {
  /** Undefined when nothing changes. */
  task?: Task
  reasons: ReasonOfTask[]
  /** The status and the owner that the task gets from the file. Undefined when they stay. */
  progress?: TaskValues['progress']
  /** The digests to store. */
  digests: Digests
}

/** Earlier versions did not import these fields. */
const digestsOfNothing = digestsOf({acceptance_criteria_refs: []})

/** Gives the task the values that the file has changed since the last import. `before` is undefined when the task was deleted. */
export function mergeTask(
  action: Action,
  {imported, values: resolved, digests: inFile, known}: Wanted,
  before: Task | undefined,
): Merged {
  if (!before) return {reasons: ['changed-by-members'], digests: inFile}
  const last = {...digestsOfNothing, ...known!.digests}
  // When the file has changed only the status, the owner stays, although the same names can mean another member now.
  const hasNewProgress = last.progress_in_file !== inFile.progress_in_file
  // The owner of a closed task may have left, and must not get open work again.
  const mayKeep = isHeld(before) || !['available', 'in_progress'].includes(imported.status)
  const owner = mayKeep && last.owners_in_file === inFile.owners_in_file ? before.owner_user_id : null
  const values =
    hasNewProgress && owner ? {...resolved, progress: progressWithOwner(imported.status, owner)} : resolved
  const digests = hasNewProgress ? {...inFile, ...digestsOf({progress: values.progress})} : inFile
  const merge = mergeFields(last, digests, digestsOf(valuesOfTask(before)))
  const hasProgress = merge.updated.includes('progress')
  const {user_id, role} = action.caller
  const isHeldByOther = hasProgress && isHeld(before) && before.owner_user_id !== user_id && role !== 'admin'
  const isAsked = hasProgress && before.open_question_count > 0
  const fields = merge.updated.filter(field => field !== 'progress' || !(isAsked || isHeldByOther))
  const merged: Merged = {
    reasons: [
      ...(merge.kept.length > 0 ? (['changed-by-members'] as const) : []),
      ...(isHeldByOther ? (['held-by-others'] as const) : []),
      ...(isAsked ? (['open-questions'] as const) : []),
    ],
    ...(fields.includes('progress') && {progress: values.progress}),
    // Another import can still import what the rights or the question have prevented.
    digests: isHeldByOther || isAsked ? withProgressOf(known!.digests, digests) : digests,
  }
  if (fields.length === 0) return merged
  const after = {
    ...valuesOfTask(before),
    ...Object.fromEntries(Object.entries(values).filter(([field]) => fields.includes(field))),
  }
  const {checklist, checklist_count, checklist_done_count, ...others} = fieldsOf(after)
  const task = {
    ...before,
    ...others,
    ...(fields.includes('checklist') && {checklist, checklist_count, checklist_done_count}),
    ...(fields.includes('progress') && progressFields(action, after, imported, before)),
  }
  return {...merged, task: nextVersion(task, action)}
}

/** The digests of the file, but with the progress of the last import, so that a later import tries again. */
function withProgressOf(last: Digests, digests: Digests): Digests {
  return {
    ...digests,
    ...Object.fromEntries(['progress', ...ofFile].map(name => [name, last[name] ?? ''])),
  }
}
