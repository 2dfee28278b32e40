/**
 * Deletes expired rows at intervals: events, stored results of idempotency keys, ids of GitHub deliveries, tickets, and
 * sessions.
 */
import {sql, type Transaction} from 'kysely'
import type {Logger} from 'pino'
import type {Database} from './connection.ts'
import {findExpiredLogs, findLastExpired, pruneEvents} from './event-log.ts'
import {repeat} from './repeat.ts'
import type {Tables} from './tables.ts'

export interface PruningOptions {
  db: Database
  /** The minimum number of days for which events are stored. */
  eventRetentionDays: number
  /**
   * The maximum number of rows that one transaction deletes. Default 1,000. The deletion of 1,000 rows takes a few
   * milliseconds.
   */
  batchSize?: number
  /** Milliseconds from the end of one pruning to the start of the next pruning. Default 10 minutes. */
  intervalMs?: number
  log: Logger
}

/** How many rows of each kind one pruning has deleted. */
export interface Pruned {
  events: number
  keys: number
  deliveries: number
  tickets: number
  /** When a session is deleted, its tickets are deleted too, but `tickets` does not count these tickets. */
  sessions: number
}

const keyRetentionDays = 1
const deliveryRetentionDays = 7
const sessionRetentionDays = 1 // a session is deleted this number of days after its end

/** Prunes now and at intervals. Returns a function that stops the pruning and resolves after the current batch. */
export function startPruning(options: PruningOptions): () => Promise<void> {
  const {log, intervalMs = 10 * 60_000} = options
  return repeat({name: 'pruning', intervalMs, log}, async signal => {
    const pruned = await prune(options, signal)
    if (Object.values(pruned).some(count => count > 0)) log.info(pruned, 'pruned')
  })
}

/**
 * Deletes expired rows in small batches. Ends when no expired row is left, when `signal` is aborted, or when another
 * process prunes the same database. Returns the numbers of rows deleted.
 */
export async function prune(options: PruningOptions, signal?: AbortSignal): Promise<Pruned> {
  const {db, eventRetentionDays, batchSize = 1_000} = options
  const pruned: Pruned = {events: 0, keys: 0, deliveries: 0, tickets: 0, sessions: 0}
  const eventsBefore = await daysAgo(db, eventRetentionDays)
  for (const organizationId of await findExpiredLogs(db, eventsBefore)) {
    const isDone = await inBatches('events', async trx =>
      pruneEvents(trx, organizationId, await findLastExpired(trx, organizationId, eventsBefore, batchSize)),
    )
    if (!isDone) return pruned
  }
  const keysBefore = await daysAgo(db, keyRetentionDays)
  await inBatches('keys', trx => deleteKeys(trx, keysBefore, batchSize))
  const deliveriesBefore = await daysAgo(db, deliveryRetentionDays)
  await inBatches('deliveries', trx => deleteDeliveries(trx, deliveriesBefore, batchSize))
  const ticketsBefore = await daysAgo(db, 0)
  await inBatches('tickets', trx => deleteTickets(trx, ticketsBefore, batchSize))
  const sessionsBefore = await daysAgo(db, sessionRetentionDays)
  await inBatches('sessions', trx => deleteSessions(trx, sessionsBefore, batchSize))
  return pruned

  /** Returns false when the loop ended before every expired row was deleted. */
  async function inBatches(
    kind: keyof Pruned,
    deleteBatch: (trx: Transaction<Tables>) => Promise<number>,
  ): Promise<boolean> {
    while (!signal?.aborted) {
      const count = await db
        .transaction()
        .execute(async trx => ((await tryLock(trx)) ? deleteBatch(trx) : undefined))
      if (count === undefined) return false
      pruned[kind] += count
      if (count < batchSize) return true
    }
    return false
  }
}

const pruningLock = 7230941206 // an arbitrary key for Postgres' advisory locks, used only here

/**
 * Takes the pruning lock, which is released when the transaction ends. Returns false when another process holds the
 * lock.
 */
async function tryLock(trx: Transaction<Tables>): Promise<boolean> {
  const {rows} = await sql<{locked: boolean}>`
    select pg_try_advisory_xact_lock(${sql.lit(pruningLock)}) as locked`.execute(trx)
  return rows[0]!.locked
}

async function deleteKeys(trx: Transaction<Tables>, before: string, limit: number): Promise<number> {
  const {numAffectedRows} = await sql`
    delete from idempotency_keys where ctid = any (array(
      select ctid from idempotency_keys where created_at < ${before} order by created_at limit ${limit}
    ))`.execute(trx)
  return Number(numAffectedRows)
}

async function deleteDeliveries(trx: Transaction<Tables>, before: string, limit: number): Promise<number> {
  const {numAffectedRows} = await sql`
    delete from github_deliveries where ctid = any (array(
      select ctid from github_deliveries where received_at < ${before} order by received_at limit ${limit}
    ))`.execute(trx)
  return Number(numAffectedRows)
}

async function deleteTickets(trx: Transaction<Tables>, before: string, limit: number): Promise<number> {
  // During this `delete`, another transaction may use a ticket and set a later `delete_after`. After the commit of that
  // transaction, Postgres checks the conditions of the `delete` again. The first condition on `delete_after` is for
  // this check.
  const {numAffectedRows} = await sql`
    delete from tickets where delete_after < ${before} and (organization_id, id) in (
      select organization_id, id from tickets where delete_after < ${before} order by delete_after limit ${limit}
    )`.execute(trx)
  return Number(numAffectedRows)
}

async function deleteSessions(trx: Transaction<Tables>, before: string, limit: number): Promise<number> {
  const {numAffectedRows} = await sql`
    delete from sessions where least(expires_at, ended_at) < ${before} and (organization_id, id) in (
      select organization_id, id from sessions where least(expires_at, ended_at) < ${before}
      order by least(expires_at, ended_at) limit ${limit}
    )`.execute(trx)
  return Number(numAffectedRows)
}

/**
 * Returns the time that was `days` days ago, as an RFC 3339 string. Uses the clock of the database. The clock of this
 * process may be ahead, and rows would then be deleted too early.
 */
async function daysAgo(db: Database, days: number): Promise<string> {
  const {rows} = await sql<{
    time: string
  }>`select now() - make_interval(days => ${days}::int) as time`.execute(db)
  return rows[0]!.time
}
