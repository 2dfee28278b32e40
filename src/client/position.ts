/** Comparing cursors. They are opaque but for this: within one epoch the later has the greater seq. */

/** Whether `cursor` is at `other` or before it; undefined when the two cannot be compared. */
export function isUpTo(cursor = '', other = ''): boolean | undefined {
  const [epoch, seq] = cursor.split('-')
  const [otherEpoch, otherSeq] = other.split('-')
  return seq && otherSeq && epoch === otherEpoch ? Number(seq) <= Number(otherSeq) : undefined
}

/** From where both are served; undefined (live from now) adds nothing. */
export function earlier(one: string | undefined, other: string | undefined): string | undefined {
  if (!one || !other) return one ?? other
  // Of two histories one is past; asked for, it is answered with a reset.
  return one === 'earliest' || isUpTo(one, other) ? one : other
}
