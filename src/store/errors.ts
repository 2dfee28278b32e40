/** Recognizes the errors of Postgres and of its connections. */

/** Returns the code of an error of Postgres or of the network, or '' when the error has no code. */
function codeOf(error: unknown): string {
  const {code} = (error ?? {}) as {code?: unknown}
  return typeof code === 'string' ? code : ''
}

/** Returns whether the transaction failed because of another transaction. A retry usually succeeds. */
export function isConflict(error: unknown): boolean {
  return ['40P01', '40001'].includes(codeOf(error)) // deadlock_detected, serialization_failure
}

/**
 * Returns whether the error occurred because a pooler mixes the prepared statements of several clients. With PgBouncer
 * in transaction mode, each transaction can use a different connection to Postgres. On that connection, the
 * statement may be missing, or another client may already have prepared a statement with the same name.
 */
export function isPoolerConflict(error: unknown): boolean {
  return ['42P05', '26000'].includes(codeOf(error)) // duplicate or unknown prepared statement
}

/** Returns whether a change exceeded a quota; see `quotas.ts`. */
export function isQuotaExceeded(error: unknown): boolean {
  return codeOf(error) === 'BCK03' // the functions of schema/0012_quotas.sql fail with this code
}

/** Returns whether a change failed because a removed member would have become the owner of a task. */
export function isOwnerRemoved(error: unknown): boolean {
  return codeOf(error) === 'BCK04' // the trigger of schema/0014_access.sql fails with this code
}

/** Returns whether a statement has waited for a lock for longer than the time limit. */
export function isLockTimeout(error: unknown): boolean {
  return codeOf(error) === '55P03' // lock_not_available
}

/** Returns whether a write failed because the server is a standby. Such errors occur during a failover. */
export function isReadOnly(error: unknown): boolean {
  return codeOf(error) === '25006' // read_only_sql_transaction
}

// The codes of network errors, and of the errors that Postgres reports while Postgres stops, crashes or starts.
const outageCodes = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', '57P01', '57P02', '57P03']
// When a connection is lost, the error of pg has no code, but its message starts with one of these texts. If a
// rollback follows the loss, the error of the rollback starts with the second text.
const outageMessages = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed',
]

/** Returns whether the error occurred because the database is unavailable. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = codeOf(error)
  // Postgres' class 08: connection exceptions. Class 53: no disk space, memory or connection is left.
  if (code) return outageCodes.includes(code) || isReadOnly(error) || /^(08|53)...$/.test(code)
  return outageMessages.some(message => error.message.startsWith(message))
}

/**
 * Returns whether Postgres ended a statement or a transaction because of other transactions or a time limit of
 * `time-limits.ts`. A retry may succeed.
 */
export function isBusy(error: unknown): boolean {
  const isTimeLimit = ['57014', '25P03'].includes(codeOf(error)) // query_canceled, idle_in_transaction_session_timeout
  return isTimeLimit || isLockTimeout(error) || isConflict(error) || isPoolerConflict(error)
}

/**
 * If a connection failed because of a mistake in DATABASE_URL, returns a text that explains the mistake to an operator.
 * Returns undefined when the error has another cause.
 */
export function explainConnectionError(error: unknown): string | undefined {
  const code = codeOf(error)
  if (code.startsWith('28')) return 'Postgres rejected the user or the password in DATABASE_URL.'
  if (code === '3D000') return 'The database in DATABASE_URL does not exist.'
  if (code === 'ENOTFOUND') return 'The host in DATABASE_URL is unknown.'
  // [spec] Node, tls: the codes of certificates that OpenSSL or Node rejects.
  if (/CERT|_ISSUER_|LEAF_SIGNATURE/.test(code))
    return 'The certificate of Postgres is not valid for DATABASE_URL.'
  const hasNoTls = error instanceof Error && error.message.includes('does not support SSL')
  return hasNoTls ? 'DATABASE_URL requires TLS, but Postgres does not use TLS.' : undefined
}
