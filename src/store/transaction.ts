/** Runs transactions, and retries a transaction after a conflict. */
import {setTimeout as delay} from 'node:timers/promises'
import type {Transaction} from 'kysely'
import type {Database} from './connection.ts'
import {isConflict, isPoolerConflict} from './errors.ts'
import type {Tables} from './tables.ts'

/**
 * Runs `work` in a new transaction. A transaction that fails with a deadlock, a serialization failure or a conflict
 * of prepared statements is retried, so `work` may run several times.
 */
export async function inTransaction<T>(
  db: Database,
  work: (trx: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  return retryConflicts(() => db.transaction().execute(work))
}

const maxAttempts = 4
const retryDelayMs = 20 // during this time, the other transaction can get its locks; up to 20 ms are added at random

async function retryConflicts<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt()
    } catch (error) {
      const isRetryable = isConflict(error) || isPoolerConflict(error)
      if (!isRetryable || attempts === maxAttempts) throw error
      await delay(retryDelayMs * (1 + Math.random()))
    }
  }
}
