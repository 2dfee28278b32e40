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
 * `known` is the thing that the page shows. It may contain other changes that are pending, and then lose them again. `send`
 * is called at once, so that it can record the act, and sends its request after `turn`: when the earlier changes have ended.
 * `turn` resolves with a function that returns the newest version of the thing, also before this version is rendered. `send`
 * resolves with the thing after the change.
 */
export function useSentChanges<T extends {version: number}, Change>(
  known: T,
  send: (change: Change, turn: Promise<() => T>) => Promise<T>,
): SentChanges<T, Change> {
  const {showWarning} = useNotes()
  const [pending, setPending] = useState<readonly Change[]>([])
  const latest = useRef(known)
  latest.current = known
  const answered = useRef<T>(undefined)
  // The changes are sent one after another, so that they are made in the order of the clicks.
  const last = useRef<Promise<unknown>>(Promise.resolve())

  function newest() {
    const answer = answered.current
    return answer && answer.version > latest.current.version ? answer : latest.current
  }

  function change(change: Change, subject: string) {
    setPending(known => [...known, change])
    last.current = send(
      change,
      last.current.then(() => newest),
    )
      .then(thing => {
        answered.current = thing
      })
      .catch(error => showWarning(withSubject(failureText(error, subject), subject)))
      .finally(() => setPending(([_, ...later]) => later))
  }

  return {confirmed: newest(), pending, change}
}

/** The subject can be a text that the member has typed, and that is only in this note after the refusal. */
function withSubject({title, detail}: NoteText, subject: string): NoteText {
  return {title, detail: detail.includes(subject) ? detail : `${subject}: ${detail}`}
}
