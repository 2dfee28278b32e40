/**
 * Drafts of the forms that edit a thing. Such a draft contains the edited texts, and the texts that these edits replace.
 * When another member saves the thing before the form is opened again, the form can therefore compare both edits.
 */
import type {Draft} from './drafts.ts'
import {isSameText} from './merge-edits.ts'

export interface EditDraft {
  /** The version of the thing that the edits replace. */
  version: number
  /** The texts before the edits, by the names of the edited fields. */
  known: Draft
  /** The edited texts. */
  mine: Draft
}

/** Returns the draft of a form with the texts `mine`, or undefined when no text is edited. */
export function draftOfEdits(version: number, known: Draft, mine: Draft): Draft | undefined {
  const edited = Object.keys(mine).filter(name => !isSameText(mine[name], known[name]))
  if (edited.length === 0) return undefined
  const texts = edited.flatMap(name => [
    [`known ${name}`, known[name] ?? ''],
    [`mine ${name}`, mine[name]!],
  ])
  return {version: String(version), ...Object.fromEntries(texts)}
}

/** The inverse function of `draftOfEdits`. */
export function editsOfDraft({version, ...texts}: Draft): EditDraft {
  const textsOf = (prefix: string) =>
    Object.fromEntries(
      Object.entries(texts)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, text]) => [name.slice(prefix.length), text]),
    )
  return {version: Number(version), known: textsOf('known '), mine: textsOf('mine ')}
}
