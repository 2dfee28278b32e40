/** Decides which notes are on the screen. All functions are pure; `notes.tsx` shows the notes. */

export interface NoteText {
  title: string
  /** When `detail` is empty, the note has only one line. */
  detail: string
}

export interface Note {
  /** Identifies the note among the notes on the screen. */
  key: string
  text: NoteText
  tone: 'info' | 'warning'
  /** The button of the note. Default: an info has no button. A warning always has a button that closes it. */
  action?: NoteAction | undefined
  /** The time at which the note disappears, in milliseconds since 1970. */
  endsAt: number
}

export interface NoteAction {
  label: string
  run(): void
}

export interface NoteList {
  notes: readonly Note[]
  /** When the last notes appeared, in milliseconds since 1970, in ascending order. */
  starts: readonly number[]
  /** Whether screen readers read new notes. */
  isSpoken: boolean
}

export const noNotes: NoteList = {notes: [], starts: [], isSpoken: true}

/** How long a note without a button is on the screen. */
export const noteDurationMs = 3_000
const longDurationMs = 7_000 // a button must be reachable, and a warning concerns the viewer's own action

const maxNotes = 3

// Reading a note takes about two seconds. With more notes than this, a screen reader would fall behind.
const speechWindowMs = 10_000
const maxSpoken = 4

/**
 * Returns the list with the note. If a note with the same key is on the screen, its text is replaced, and its end stays
 * the same, so that a note disappears even if its text changes all the time. There is at most one warning. When there
 * would be more than three notes, the oldest info disappears.
 */
export function withNote(
  {notes, starts, isSpoken}: NoteList,
  note: Omit<Note, 'endsAt'>,
  now: number,
): NoteList {
  const shown = notes.find(({key}) => key === note.key)
  if (shown) {
    const replaced = notes.map(other => (other === shown ? {...note, endsAt: shown.endsAt} : other))
    return {notes: replaced, starts, isSpoken}
  }
  const isLong = note.tone === 'warning' || note.action
  const added = {...note, endsAt: now + (isLong ? longDurationMs : noteDurationMs)}
  const others = notes.filter(({tone}) => note.tone === 'info' || tone === 'info')
  const recent = [...starts.filter(start => now - start < speechWindowMs), now]
  return {notes: atMostThree([...others, added]), starts: recent, isSpoken: recent.length <= maxSpoken}
}

export function withoutNote(list: NoteList, key: string): NoteList {
  return {...list, notes: list.notes.filter(note => note.key !== key)}
}

function atMostThree(notes: readonly Note[]): readonly Note[] {
  if (notes.length <= maxNotes) return notes
  const oldest = notes.findIndex(({tone}) => tone === 'info')
  return notes.toSpliced(oldest, 1)
}
