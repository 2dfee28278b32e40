/** Time limits that Postgres enforces on every connection, so that a held lock or a frozen process cannot stop others. */

/** In milliseconds. */
export interface TimeLimits {
  /** How long a statement waits for one lock. */
  lockMs: number
  /** How long a statement runs, including its waits for locks. Must be less than the response watchdog's limit. */
  statementMs: number
  /** How long an open transaction waits for its next statement. Postgres then ends the session, which frees its locks. */
  idleInTransactionMs: number
}

export const defaultTimeLimits: TimeLimits = {lockMs: 3_000, statementMs: 8_000, idleInTransactionMs: 10_000}

/**
 * Sent when a connection opens. Startup parameters would need no statement, but PgBouncer rejects them. In its transaction
 * mode, which shares a session between clients, set the limits for the role instead (`alter role … set lock_timeout`).
 */
export function setTimeLimits({lockMs, statementMs, idleInTransactionMs}: TimeLimits): string {
  return `set lock_timeout = ${lockMs};
    set statement_timeout = ${statementMs};
    set idle_in_transaction_session_timeout = ${idleInTransactionMs}`
}
