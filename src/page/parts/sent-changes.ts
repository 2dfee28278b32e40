/** Changes of a thing, for example of the open task. The page shows them before the server responds. */
import {useRef, useState} from 'react'
import type {NoteText} from './note-list.ts'
import {useNotes} from './notes.tsx'
import {failureText} from './words.ts'

interface SentChanges<T, Change> {
  /** The newest version of the thing that the server has confirmed. */
  confirmed: T
  /** The changes that the server has not confirmed, in the order in which they were made. */
  pending: readonly Change[]
  /** Sends the change. After a refusal, undoes the change, and shows a warning about `subject`. */
  change(change: Change, subject: string): void
}

/**
 * `known` is the thing that the page shows. `send` gets a function that returns the newest version of the thing, also before
 * this version is rendered. It resolves with the thing after the change.
 */
export function useSentChanges<T extends {version: number}, Change>(
  known: T,
  send: (change: Change, newest: () => T) => Promise<T>,
): SentChanges<T, Change> {
  const {showWarning} = useNotes()
  const [pending, setPending] = useState<readonly Change[]>([])
  const newest = useRef(known)
  // The changes are sent one after another, so that they are made in the order of the clicks.
  const last = useRef<Promise<unknown>>(Promise.resolve())

  function learn(thing: T) {
    if (thing.version >= newest.current.version) newest.current = thing
  }
  learn(known)

  function change(change: Change, subject: string) {
    setPending(known => [...known, change])
    last.current = last.current
      .then(() => send(change, () => newest.current))
      .then(learn)
      .catch(error => showWarning(withSubject(failureText(error, subject), subject)))
      .finally(() => setPending(known => known.filter(other => other !== change)))
  }

  return {confirmed: newest.current, pending, change}
}

/** The subject can be a text that the member has typed, and that is only in this note after the refusal. */
function withSubject({title, detail}: NoteText, subject: string): NoteText {
  return {title, detail: detail.includes(subject) ? detail : `${subject}: ${detail}`}
}
