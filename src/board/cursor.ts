/** A cursor is a position in an organization's event log. Clients send and receive a cursor as `<epoch>-<seq>`. */
import type {ResetReason} from './stream-events.ts'

export interface Cursor {
  /** 64 random bits in lower-case base32 (13 characters). Cursors of different epochs cannot be compared. */
  epoch: string
  /** The seq of the last event before this position. 0 is the position before the first event. */
  seq: number
}

const cursorPattern = /^([a-z2-7]{13})-(0|[1-9]\d{0,15})$/

export function formatCursor({epoch, seq}: Cursor): string {
  return `${epoch}-${seq}`
}

/** Returns undefined when the value is not a well-formed cursor. */
export function parseCursor(value: string): Cursor | undefined {
  const match = cursorPattern.exec(value)
  if (!match) return undefined
  const seq = Number(match[2])
  return Number.isSafeInteger(seq) ? {epoch: match[1]!, seq} : undefined
}

/**
 * Returns the reason why the events after the cursor cannot be read from the log. Returns undefined when these events
 * can be read.
 * @param log `head` is the seq of the newest event; `oldest` is the seq of the oldest event that is not pruned.
 */
export function resetReasonFor(
  {epoch, seq}: Cursor,
  log: {epoch: string; head: number; oldest: number},
): ResetReason | undefined {
  if (epoch !== log.epoch) return 'epoch'
  if (seq > log.head) return 'ahead'
  if (seq < log.oldest - 1) return 'expired'
  return undefined
}
