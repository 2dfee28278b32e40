/** Comparing cursors. They are opaque but for this: within one epoch the later has the greater seq. */
import {parseCursor} from '../board/cursor.ts'

/** Whether `cursor` is at `other` or before it; undefined when the two cannot be compared. */
export function isUpTo(cursor: string | undefined, other: string | undefined): boolean | undefined {
  const [one, two] = [parseCursor(cursor ?? ''), parseCursor(other ?? '')]
  return one && two && one.epoch === two.epoch ? one.seq <= two.seq : undefined
}

/** From where both are served; undefined (live from now) adds nothing. */
export function earlier(one: string | undefined, other: string | undefined): string | undefined {
  if (!one || !other) return one ?? other
  if (one === 'earliest') return one
  // Of two histories one is past; asked for, it is answered with a reset.
  return isUpTo(one, other) ? one : other
}
