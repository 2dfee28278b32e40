/** Short notes at the bottom of the page: what other members did, and actions of the viewer that failed. */
import {createContext, type ReactNode, useContext, useEffect, useLayoutEffect, useMemo, useRef} from 'react'
import {createPortal} from 'react-dom'
import {IconButton} from './icon-button.tsx'
import {CloseIcon} from './icons.tsx'
import {openModals} from './modals.ts'
import {type Note, type NoteAction, type NoteText, noNotes, withNote, withoutNote} from './note-list.ts'
import {createObservable, useObservable} from './observable.ts'
import './notes.css'

export interface Notes {
  /**
   * Shows a note for three seconds, or for seven seconds if the note has a button. If a note with the same `key` is
   * still on the screen, only its text changes. Default of `key`: a new key.
   */
  showNote(text: NoteText, options?: {key?: string; action?: NoteAction}): void
  /** Shows why the viewer's action failed. */
  showWarning(text: NoteText): void
  /** Removes the note with this key, if it is on the screen. */
  hideNote(key: string): void
}

const NotesContext = createContext<Notes | undefined>(undefined)

export function useNotes(): Notes {
  return useContext(NotesContext)!
}

type NotesList = ReturnType<typeof createNotes>['list']

export function NotesProvider({children}: {children: ReactNode}) {
  const {list, notes} = useMemo(createNotes, [])
  return (
    <NotesContext value={notes}>
      {children}
      <NotesView list={list} />
    </NotesContext>
  )
}

function createNotes() {
  const list = createObservable(noNotes)
  let number = 0
  const add = (note: Omit<Note, 'endsAt'>) => list.set(withNote(list.get(), note, Date.now()))

  const notes: Notes = {
    showNote: (text, {key = `note ${++number}`, action} = {}) => add({key, text, tone: 'info', action}),
    showWarning: text => add({key: `warning ${++number}`, text, tone: 'warning'}),
    hideNote: key => list.set(withoutNote(list.get(), key)),
  }
  return {list, notes}
}

/** Outside the open modal dialog, notes could not be read by screen readers or clicked. So the notes are in the dialog. */
function NotesView({list}: {list: NotesList}) {
  const modal = useObservable(openModals).at(-1)
  return (
    <>
      <NotesArea list={list} isOn={!modal} />
      {modal && createPortal(<NotesArea list={list} isOn />, modal)}
    </>
  )
}

/** Shows the notes in the top layer while `isOn` is true. */
function NotesArea({list, isOn}: {list: NotesList; isOn: boolean}) {
  const {notes, isSpoken} = useObservable(list)
  const area = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    // When another member signs in, the dialog that contains the area has just been removed.
    if (area.current!.isConnected) area.current!.showPopover()
  }, [])
  const views = (tone: Note['tone']) =>
    notes
      .filter(note => isOn && note.tone === tone)
      .map(note => (
        <NoteView key={note.key} note={note} close={() => list.set(withoutNote(list.get(), note.key))} />
      ))

  // Both live regions are always present, because screen readers often ignore the text in a new region. In the polite
  // region, only new notes are read, not their changed texts.
  return (
    <div ref={area} className="notes" popover="manual">
      <div role="alert">{views('warning')}</div>
      <div role="log" aria-label="Notes" aria-live={isSpoken ? 'polite' : 'off'} aria-relevant="additions">
        {views('info')}
      </div>
    </div>
  )
}

const heldMs = 1_000 // how often an ended note looks whether its button is still in use

/** A note. While the pointer or the focus is on a button of the note, the note does not disappear. */
function NoteView({note: {text, tone, action, endsAt}, close}: {note: Note; close(): void}) {
  const view = useRef<HTMLDivElement>(null)
  const latestClose = useRef(close)
  latestClose.current = close
  const returnTo = useRef<Element>(null)

  // The focus must not be lost with the note.
  useLayoutEffect(() => {
    const {current} = view
    return () => {
      const isLost = current!.contains(document.activeElement)
      if (isLost) (returnTo.current as HTMLElement | null)?.focus({preventScroll: true})
    }
  }, [])

  useEffect(() => {
    let timer = setTimeout(end, endsAt - Date.now())
    return () => clearTimeout(timer)

    function end(): void {
      if (view.current?.querySelector('button:is(:hover, :focus-visible)')) timer = setTimeout(end, heldMs)
      else latestClose.current()
    }
  }, [endsAt])

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: this element only observes the focus of its buttons
    <div
      ref={view}
      className="notes-item"
      data-tone={tone}
      onFocus={({relatedTarget}) => {
        if (!view.current!.contains(relatedTarget)) returnTo.current = relatedTarget
      }}
    >
      <div className="notes-text">
        <strong>{text.title}</strong>
        {text.detail && <span>{text.detail}</span>}
      </div>
      {action && (
        <button
          type="button"
          className="notes-action"
          onClick={() => {
            close()
            action.run()
          }}
        >
          {action.label}
        </button>
      )}
      {tone === 'warning' && (
        <IconButton label="Dismiss" onClick={close}>
          <CloseIcon />
        </IconButton>
      )}
    </div>
  )
}
