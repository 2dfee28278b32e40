/** Comparing cursors. A cursor is opaque, except that within one epoch the later cursor has the greater seq. */

/** Whether `cursor` equals `other` or comes before it; undefined when the two cannot be compared. */
export function isUpTo(cursor = '', other = ''): boolean | undefined {
  const [epoch, seq] = cursor.split('-')
  const [otherEpoch, otherSeq] = other.split('-')
  return seq && otherSeq && epoch === otherEpoch ? Number(seq) <= Number(otherSeq) : undefined
}

/** The cursor from which a stream serves both. Undefined means live from now, so the other cursor is returned. */
export function earlier(one: string | undefined, other: string | undefined): string | undefined {
  if (!one || !other) return one ?? other
  // Of two epochs one is past. Either choice is safe: the server answers a cursor of a past epoch with a reset.
  return one === 'earliest' || isUpTo(one, other) ? one : other
}
