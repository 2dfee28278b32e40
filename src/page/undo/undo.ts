/** The acts of the viewer in this tab, and the key and the notes that undo them. */
import type {ApiClient} from '../../client/api-client.ts'
import {type Me, Problem} from '../../client/client.ts'
import {keyName} from '../parts/keys.ts'
import {openModals} from '../parts/modals.ts'
import type {NoteAction, NoteText} from '../parts/note-list.ts'
import type {Notes} from '../parts/notes.tsx'
import {failureText} from '../parts/words.ts'
import type {Act} from './act.ts'
import {
  changedSinceText,
  deletedText,
  forbiddenText,
  halfUndoneText,
  isQuiet,
  lostText,
  notUndoableText,
  ownActText,
  partlyUndoneText,
  subjectOf,
  undoneText,
} from './own-act-text.ts'
import {findOtherActor, isUndoable, type Ranks, undoAct} from './undo-act.ts'

export interface Undo {
  /**
   * Remembers an act, and offers to undo it. `done` rejects when the act has failed, and resolves with undefined when there is
   * nothing to undo. `text` is the text of the note; undefined chooses it from the act.
   */
  add(done: Promise<Act | undefined>, text: NoteText | undefined): void
  /** Stops listening to the keyboard. */
  stop(): void
}

interface UndoOptions {
  api: ApiClient
  /** Returns the signed-in member, whose role may change. */
  me(): Me
  notes: Pick<Notes, 'showNote' | 'showWarning' | 'hideNote'>
  nameOf(userId: string): string
  /** Receives the events of the keyboard. In the page: the window. */
  keys: EventTarget
}

type Entry = {done: Promise<Act | undefined>}

const maxActs = 20
const noteKey = 'own act' // one note at a time, so that fast acts do not hide what other members did

export function startUndo({api, me, notes, nameOf, keys}: UndoOptions): Undo {
  let entries: readonly Entry[] = []
  // Undos run one after another, because each needs the state that the previous one leaves.
  let last: Promise<void> = Promise.resolve()
  const ranks: Ranks = new Map()
  const stop = new AbortController()
  keys.addEventListener('keydown', event => onKeyDown(event as KeyboardEvent), {signal: stop.signal})
  return {
    add(done, text) {
      const entry = {done}
      entries = [...entries, entry].slice(-maxActs)
      done.then(
        act => (act ? offer(entry, act, text) : forget(entry)),
        () => forget(entry), // a failed act has changed nothing
      )
    },
    stop: () => stop.abort(),
  }

  /** An act that the rules do not let the viewer undo is kept, so that the key does not undo an older act instead. */
  function offer(entry: Entry, act: Act, given?: NoteText): void {
    if (act.kind === 'final' || isQuiet(act) || !entries.includes(entry)) return
    const text = given ?? ownActText(act, nameOf)
    if (isUndoable(act, me())) show(text, {label: 'Undo', run: () => undo(entry)})
    else show(notUndoableText(text))
  }

  function show(text: NoteText, action?: NoteAction): void {
    notes.hideNote(noteKey) // replacing a note does not extend its time, so it is hidden first
    notes.showNote(text, {key: noteKey, ...(action && {action})})
  }

  function forget(entry: Entry): void {
    entries = entries.filter(other => other !== entry)
  }

  function onKeyDown(event: KeyboardEvent): void {
    const {ctrlKey, metaKey, altKey, shiftKey, target, repeat} = event
    if (keyName(event) !== 'z' || ctrlKey === metaKey || altKey || shiftKey || repeat) return
    const latest = entries.at(-1)
    // In a text field, the key undoes what was typed.
    const isTyping = (target as Element).matches?.(':read-write')
    if (!latest || isTyping || openModals.get().length > 0) return
    event.preventDefault()
    undo(latest)
  }

  function undo(entry: Entry): void {
    const index = entries.indexOf(entry)
    if (index === -1) return // it was undone by the key and by the button
    forget(entry)
    notes.hideNote(noteKey)
    last = last.then(() => undoEntry(entry, index))
  }

  /** A pending act is awaited first. Nothing happens when it fails. `index` is its place among the acts. */
  async function undoEntry(entry: Entry, index: number): Promise<void> {
    const act = await entry.done.catch(() => undefined)
    if (!act) return
    if (!isUndoable(act, me())) {
      notes.showWarning(forbiddenText(act))
      return
    }
    try {
      const outcome = await undoAct(api, act, me(), ranks)
      if (outcome === 'undone') show(undoneText(act, nameOf))
      else if (outcome === 'deleted') notes.showWarning(deletedText(act))
      else if (typeof outcome === 'object')
        notes.showWarning(
          'lost' in outcome
            ? lostText(act, outcome.lost)
            : partlyUndoneText(outcome.skippedTasks, subjectOf(act)),
        )
      else {
        const text = outcome === 'partly' ? halfUndoneText : changedSinceText
        notes.showWarning(text(act, await nameOfActor(act)))
      }
    } catch (error) {
      // Without a response, the viewer can try again.
      if (!(error instanceof Problem)) entries = entries.toSpliced(index, 0, entry)
      notes.showWarning(failureText(error, subjectOf(act)))
    }
  }

  async function nameOfActor(act: Act): Promise<string | undefined> {
    const userId = await findOtherActor(api, act, me())
    return userId && nameOf(userId)
  }
}
