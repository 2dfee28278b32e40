/** The texts about the selected tasks. */
import {type BoardTask, Problem, type ProblemCode} from '../../client/client.ts'
import {count} from '../parts/format.ts'
import type {NoteText} from '../parts/note-list.ts'
import {failureSentence, failureText} from '../parts/words.ts'

/** Returns '3 tasks selected, 1 of them hidden by the filter'. */
export function selectedText(total: number, hidden: number): string {
  const selected = `${count(total, 'task')} selected`
  return hidden > 0 ? `${selected}, ${hidden} of them hidden by the filter` : selected
}

/** Returns '3 tasks (2 hidden)', for the title of a dialog. */
export function namedText(total: number, hidden: number): string {
  return count(total, 'task') + (hidden > 0 ? ` (${hidden} hidden)` : '')
}

/** Returns a sentence about the selected tasks that the filter hides. The text is empty when it hides none. */
export function hiddenText(hidden: number): string {
  if (hidden === 0) return ''
  return `${hidden === 1 ? 'One of them is' : `${hidden} of them are`} hidden by the filter.`
}

const maxKeys = 3 // a note is short

/**
 * `tasks` are the selected tasks, and `made` is the number of those that earlier requests have changed. Of the tasks of one
 * request, either all change, or none.
 */
export function selectedFailureText(
  error: unknown,
  tasks: readonly Pick<BoardTask, 'id' | 'key'>[],
  made: number,
): NoteText {
  const title = made > 0 ? 'Not all tasks were changed' : 'Nothing was changed'
  const fact = made > 0 ? `${made} of ${count(tasks.length, 'task')} were changed. ` : ''
  if (!(error instanceof Problem)) {
    const lost = failureText(error, count(tasks.length - made, 'task'))
    return {...lost, detail: fact + lost.detail}
  }
  const {failures} = error.data as {failures?: Failure[]}
  const [first] = failures ?? []
  if (!first) return {title: made > 0 ? title : 'Change not saved', detail: fact + failureSentence(error)}
  const reason = failureSentence(new Problem(first.code, first.detail, {...first}))
  const ids = new Set(failures!.map(({task_id}) => task_id))
  const keys = tasks.filter(({id}) => ids.has(id)).map(({key}) => key)
  return {title, detail: `${fact}${listOf(keys)} cannot be changed. ${reason}`}
}

/** Returns 'WEB-1, WEB-2, WEB-3 and 4 more'. */
function listOf(keys: readonly string[]): string {
  const shown = keys.slice(0, maxKeys)
  const rest = keys.length - shown.length
  const last = rest > 0 ? `${rest} more` : shown.pop()!
  return shown.length > 0 ? `${shown.join(', ')} and ${last}` : last
}

interface Failure {
  task_id: string
  code: ProblemCode
  detail: string
}
