/** Remembers what the viewer does, so that it can be undone. The code that undoes it is no part of the first load. */
import {createContext, type ReactNode, useContext, useEffect, useMemo, useRef} from 'react'
import {memberName} from '../organization/members.ts'
import {useMembers} from '../organization/organization-stream.tsx'
import type {NoteText} from '../parts/note-list.ts'
import {useNotes} from '../parts/notes.tsx'
import {useSession} from '../session/session.tsx'
import type {Act} from './act.ts'
import type {Undo} from './undo.ts'

/**
 * `done` resolves when the server has made the change, and rejects when the change has failed. Undefined: there is nothing to
 * undo, for example because another member has made the same change before. `text` replaces the text
 * of the note that offers to undo the act.
 */
type RecordAct = (done: Promise<Act | undefined>, text?: NoteText) => void

const RecordActContext = createContext<RecordAct>(() => {})

/** Returns the same function at every render. */
export function useRecordAct(): RecordAct {
  return useContext(RecordActContext)
}

/**
 * Returns a function that remembers a change that the page cannot undo. `text` is for example 'Sprint edited: Sprint 12'. The
 * function returns `done`.
 */
export function useRecordFinal(): <T>(text: string, done: Promise<T>) => Promise<T> {
  const record = useRecordAct()
  return (text, done) => {
    record(done.then(() => ({kind: 'final', text})))
    return done
  }
}

export function UndoProvider({children}: {children: ReactNode}) {
  const {api, me} = useSession()
  const notes = useNotes()
  const members = useMembers()
  const latest = useRef({me, members})
  latest.current = {me, members}
  const undo = useRef<Promise<Undo>>(undefined)
  useEffect(() => () => void undo.current?.then(({stop}) => stop()).catch(() => {}), [])
  const record = useMemo<RecordAct>(
    () => (done, text) => {
      done.catch(() => {}) // the caller reports the failure
      const nameOf = (userId: string) => memberName(latest.current.members, userId)
      undo.current ??= import('./undo.ts').then(({startUndo}) =>
        startUndo({api, me: () => latest.current.me, notes, nameOf, keys: window}),
      )
      undo.current.then(
        ({add}) => add(done, text),
        () => {
          undo.current = undefined // the code could not be loaded, and is loaded again at the next act
        },
      )
    },
    [api, notes],
  )
  return <RecordActContext value={record}>{children}</RecordActContext>
}
