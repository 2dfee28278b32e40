/** Compares cursors. A cursor is opaque, except that within one epoch the later cursor has the greater seq. */

/** Returns whether `cursor` equals `other` or comes before it, or undefined when they cannot be compared. */
export function isUpTo(cursor = '', other = ''): boolean | undefined {
  const [epoch, seq] = cursor.split('-')
  const [otherEpoch, otherSeq] = other.split('-')
  return seq && otherSeq && epoch === otherEpoch ? Number(seq) <= Number(otherSeq) : undefined
}

/** Returns the earlier cursor. An undefined cursor is the current head, so the other cursor is earlier. */
export function earlier(one: string | undefined, other: string | undefined): string | undefined {
  if (!one || !other) return one ?? other
  // With two epochs, at least one has ended. Either cursor is safe: the server resets a cursor of an ended epoch.
  return one === 'earliest' || isUpTo(one, other) ? one : other
}
