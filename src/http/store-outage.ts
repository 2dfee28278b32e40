/** Recognizes errors that mean that the database is unavailable. */

// Codes of the network, and of Postgres while it stops, crashes or starts.
const outageCodes = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', '57P01', '57P02', '57P03']
// pg reports a lost connection without a code; the second message is that of a rollback after the loss.
const outageMessages = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed',
]

export function isStoreOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const {code} = error as {code?: unknown}
  // Postgres' class 08: connection exceptions.
  if (typeof code === 'string') return outageCodes.includes(code) || /^08...$/.test(code)
  return outageMessages.some(message => error.message.startsWith(message))
}

// lock_not_available, query_canceled, idle_in_transaction_session_timeout: the limits of `store/time-limits.ts`.
const timeLimitCodes = ['55P03', '57014', '25P03']

/** Whether Postgres ended a statement or a transaction because it exceeded a time limit. A retry may succeed. */
export function isStoreBusy(error: unknown): boolean {
  return error instanceof Error && timeLimitCodes.includes((error as {code?: string}).code ?? '')
}
