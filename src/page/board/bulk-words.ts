/** The texts about the selected tasks. */
import {Problem, type ProblemCode} from '../../client/client.ts'
import {count} from '../parts/format.ts'
import type {NoteText} from '../parts/note-list.ts'
import {failureSentence} from '../parts/words.ts'

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

/** `total` is the number of the selected tasks. Either all of them change, or none. */
export function bulkFailureText(error: unknown, total: number): NoteText {
  const {failures} = (error instanceof Problem ? error.data : {}) as {failures?: Failure[]}
  const [first] = failures ?? []
  if (!first) return {title: 'Change not saved', detail: failureSentence(error)}
  const reason = failureSentence(new Problem(first.code, first.detail, {...first}))
  return {
    title: 'Nothing was changed',
    detail: `${failures!.length} of ${count(total, 'task')} cannot be changed. ${reason}`,
  }
}

interface Failure {
  code: ProblemCode
  detail: string
}
