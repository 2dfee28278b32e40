/** Compares cursors. When two cursors have the same epoch, the later cursor has the greater seq. */

/**
 * Returns whether `cursor` is equal to `other` or earlier than `other`. Returns undefined when the cursors cannot be
 * compared.
 */
export function isUpTo(cursor = '', other = ''): boolean | undefined {
  const [epoch, seq] = cursor.split('-')
  const [otherEpoch, otherSeq] = other.split('-')
  return seq && otherSeq && epoch === otherEpoch ? +seq <= +otherSeq : undefined
}

/**
 * Returns the earlier of the two cursors. An undefined cursor means the current head, so a defined cursor is earlier
 * than an undefined cursor.
 */
export function earlier(one: string | undefined, other: string | undefined): string | undefined {
  if (!one || !other) return one ?? other
  // When the epochs differ, at least one of the epochs has ended. A stream that starts at a cursor of an ended epoch
  // receives a reset, so the function may return either of the two cursors.
  return one === 'earliest' || isUpTo(one, other) ? one : other
}
