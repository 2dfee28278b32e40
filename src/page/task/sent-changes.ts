/** Changes of a part of the open task. The page shows them before the server responds. */
import {useRef, useState} from 'react'
import type {NoteText} from '../parts/note-list.ts'
import {useNotes} from '../parts/notes.tsx'
import {failureText} from '../parts/words.ts'

interface SentChanges<T, Change> {
  /** The newest version of the task that the server has confirmed. */
  confirmed: T
  /** The changes that the server has not confirmed, in the order in which they were made. */
  pending: readonly Change[]
  /** Sends the change. After a refusal, undoes the change, shows a warning about `subject`, and calls `onRefused`. */
  change(change: Change, subject: string, onRefused?: () => void): void
}

/** `known` is the task of the board. `send` resolves with the task after the change. */
export function useSentChanges<T extends {version: number}, Change>(
  known: T,
  send: (change: Change) => Promise<T>,
): SentChanges<T, Change> {
  const {showWarning} = useNotes()
  const [pending, setPending] = useState<readonly Change[]>([])
  const [answered, setAnswered] = useState(known)
  // The changes are sent one after another, so that they are made in the order of the clicks.
  const last = useRef<Promise<unknown>>(Promise.resolve())

  function change(change: Change, subject: string, onRefused?: () => void) {
    setPending(known => [...known, change])
    last.current = last.current
      .then(() => send(change))
      .then(setAnswered)
      .catch(error => {
        onRefused?.()
        showWarning(withSubject(failureText(error, subject), subject))
      })
      .finally(() => setPending(known => known.filter(other => other !== change)))
  }

  return {confirmed: answered.version > known.version ? answered : known, pending, change}
}

/** The subject can be a text that the member has typed, and that is only in this note after the refusal. */
function withSubject({title, detail}: NoteText, subject: string): NoteText {
  return {title, detail: detail.includes(subject) ? detail : `${subject}: ${detail}`}
}
