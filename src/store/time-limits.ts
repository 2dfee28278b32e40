/**
 * Time limits that Postgres enforces on every connection. Without the limits, a process that freezes while it has a
 * lock would make other processes wait forever for this lock.
 */

/** All values are in milliseconds. */
export interface TimeLimits {
  /** How long a statement may wait for one lock. */
  lockMs: number
  /**
   * How long a statement may run, including its waits for locks. This limit must be less than the limit of the response
   * watchdog.
   */
  statementMs: number
  /** How long an open transaction may be idle. After this time, Postgres ends the session and releases its locks. */
  idleInTransactionMs: number
}

export const defaultTimeLimits: TimeLimits = {lockMs: 3_000, statementMs: 8_000, idleInTransactionMs: 10_000}

/**
 * Returns the statement that sets the limits when a connection opens. The limits are not sent as startup parameters,
 * because PgBouncer rejects such parameters. In PgBouncer's transaction mode, clients share sessions, so this statement
 * does not set the limits of every session. The operator must then set the limits for the role
 * (`alter role … set lock_timeout`).
 */
export function setTimeLimits({lockMs, statementMs, idleInTransactionMs}: TimeLimits): string {
  return `set lock_timeout = ${lockMs};
    set statement_timeout = ${statementMs};
    set idle_in_transaction_session_timeout = ${idleInTransactionMs}`
}
