/** Compares cursors. When two cursors have the same epoch, the later cursor has the greater seq. */

/**
 * Returns whether `cursor` is equal to `other` or earlier than `other`. Returns undefined when the cursors cannot be
 * compared.
 */
export function isUpTo(cursor = '', other = ''): boolean | undefined {
  const [epoch, seq] = cursor.split('-')
  const [otherEpoch, otherSeq] = other.split('-')
  return seq && otherSeq && epoch === otherEpoch ? Number(seq) <= Number(otherSeq) : undefined
}

/**
 * Returns the earlier of the two cursors. An undefined cursor means the current head, so a defined cursor is earlier
 * than an undefined cursor.
 */
export function earlier(one: string | undefined, other: string | undefined): string | undefined {
  if (!one || !other) return one ?? other
  // When the epochs differ, at least one epoch has ended. In this case, the function may return any of the two cursors.
  // No event is skipped, because the server sends a reset for a cursor of an ended epoch.
  return one === 'earliest' || isUpTo(one, other) ? one : other
}
