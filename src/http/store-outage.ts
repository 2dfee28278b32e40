/** Recognizes errors that occur because the database is unavailable. */
import {isPoolerConflict} from '../store/round-trips.ts'

// The codes of network errors, and of errors that Postgres reports while it stops, crashes or starts. A standby reports
// 25006 when it should write, for example during a failover.
const outageCodes = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', '57P01', '57P02', '57P03', '25006']
// When a connection is lost, the error of pg has no code. A rollback after the loss fails with the second message of
// this list.
const outageMessages = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed',
]

export function isStoreOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const {code} = error as {code?: unknown}
  // Postgres' class 08: connection exceptions. Class 53: no disk space, memory or connection is left.
  if (typeof code === 'string') return outageCodes.includes(code) || /^(08|53)...$/.test(code)
  return outageMessages.some(message => error.message.startsWith(message))
}

// Postgres reports lock_not_available, query_canceled or idle_in_transaction_session_timeout when a limit of
// `store/time-limits.ts` is exceeded. A transaction can also conflict with others until its last attempt: 40P01 and
// 40001.
const busyCodes = ['55P03', '57014', '25P03', '40P01', '40001']

/**
 * Returns whether Postgres ended a statement or a transaction because of other transactions or a time limit. A retry may
 * succeed.
 */
export function isStoreBusy(error: unknown): boolean {
  if (isPoolerConflict(error)) return true // statements of a retry are not prepared, so the retry succeeds
  return error instanceof Error && busyCodes.includes((error as {code?: string}).code ?? '')
}
