/** A position in an organization's event log; on the wire `<epoch>-<seq>`. */
export interface Cursor {
  /** 64 random bits in lower-case base32 (13 characters); another epoch is another history. */
  epoch: string
  /** The last event already known; 0 is before the first. */
  seq: number
}

const cursorPattern = /^([a-z2-7]{13})-(0|[1-9]\d{0,15})$/

export function formatCursor({epoch, seq}: Cursor): string {
  return `${epoch}-${seq}`
}

/** The position that `value` names, or undefined when it is not of a cursor's form. */
export function parseCursor(value: string): Cursor | undefined {
  const match = cursorPattern.exec(value)
  if (!match) return undefined
  const seq = Number(match[2])
  return Number.isSafeInteger(seq) ? {epoch: match[1]!, seq} : undefined
}
