/** Compares the edits of a form with a version that another member has saved in the meantime. */
import type {Draft} from './drafts.ts'

interface MergedEdits {
  /** The names of the fields that the form and the saved version have changed to different texts. */
  conflicts: string[]
  /** The saved texts of the fields that only the saved version has changed. */
  updates: Draft
}

/** `known` has the texts that the form showed at first, `mine` the texts in the form, and `saved` the saved texts. */
export function mergeEdits(known: Draft, mine: Draft, saved: Draft): MergedEdits {
  const changed = Object.keys(saved).filter(name => name in mine && !isSameText(saved[name], mine[name]))
  const isEdited = (name: string) => !isSameText(mine[name], known[name])
  const isSaved = (name: string) => !isSameText(saved[name], known[name])
  return {
    conflicts: changed.filter(name => isEdited(name) && isSaved(name)),
    updates: Object.fromEntries(changed.filter(name => !isEdited(name)).map(name => [name, saved[name]!])),
  }
}

/** The browser changes the line breaks of a text field, and forms send texts without spaces at the start and the end. */
export function isSameText(one = '', other = ''): boolean {
  return normalized(one) === normalized(other)
}

function normalized(text: string): string {
  return text.replace(/\r\n?/g, '\n').trim()
}
