/**
 * What is kept for a time only is forgotten after it: events, the answers to keyed requests, and the
 * names of GitHub's deliveries.
 */
import {setTimeout as delay} from 'node:timers/promises'
import {sql, type Transaction} from 'kysely'
import type {Logger} from 'pino'
import type {Database} from './connection.ts'
import {findExpiredLogs, findLastExpired, pruneEvents} from './event-log.ts'
import type {Tables} from './tables.ts'

export interface PruningOptions {
  db: Database
  /** Days for which events are kept at the least. */
  eventRetentionDays: number
  /** Events, keys or deliveries that are forgotten in one transaction. Default 1,000: some milliseconds. */
  batchLength?: number
  /** Milliseconds between two runs. Default 10 minutes. */
  interval?: number
  log: Logger
}

/** How many were forgotten. */
export interface Pruned {
  events: number
  keys: number
  deliveries: number
}

const day = 86_400_000 // milliseconds
const keyRetentionDays = 1
const deliveryRetentionDays = 7

/** Prunes now and from time to time. What it answers stops it, and resolves when the batch under way is done. */
export function startPruning(options: PruningOptions): () => Promise<void> {
  const stopped = new AbortController()
  const running = keepPruning(options, stopped.signal)
  return () => {
    stopped.abort()
    return running
  }
}

async function keepPruning(options: PruningOptions, signal: AbortSignal): Promise<void> {
  const {log, interval = 10 * 60_000} = options
  while (!signal.aborted) {
    try {
      const pruned = await prune(options, signal)
      if (pruned.events + pruned.keys + pruned.deliveries > 0) log.info(pruned, 'pruned')
    } catch (err) {
      log.warn({err}, 'pruning failed; the next run tries again')
    }
    await delay(interval, undefined, {signal, ref: false}).catch(() => {}) // stopped while waiting
  }
}

/**
 * Forgets in small batches what is too old, until there is no more of it, `signal` is aborted, or another process
 * is at it.
 */
export async function prune(options: PruningOptions, signal?: AbortSignal): Promise<Pruned> {
  const {db, eventRetentionDays, batchLength = 1_000} = options
  const pruned: Pruned = {events: 0, keys: 0, deliveries: 0}
  const eventsBefore = daysAgo(eventRetentionDays)
  for (const organizationId of await findExpiredLogs(db, eventsBefore)) {
    const isDone = await inBatches('events', async trx =>
      pruneEvents(trx, organizationId, await findLastExpired(trx, organizationId, eventsBefore, batchLength)),
    )
    if (!isDone) return pruned
  }
  const keysBefore = daysAgo(keyRetentionDays)
  await inBatches('keys', trx => forgetKeys(trx, keysBefore, batchLength))
  const deliveriesBefore = daysAgo(deliveryRetentionDays)
  await inBatches('deliveries', trx => forgetDeliveries(trx, deliveriesBefore, batchLength))
  return pruned

  /** False when it left before all was forgotten. */
  async function inBatches(
    what: keyof Pruned,
    forget: (trx: Transaction<Tables>) => Promise<number>,
  ): Promise<boolean> {
    while (!signal?.aborted) {
      const count = await db
        .transaction()
        .execute(async trx => ((await takeTurn(trx)) ? forget(trx) : undefined))
      if (count === undefined) return false
      pruned[what] += count
      if (count < batchLength) return true
    }
    return false
  }
}

/** False while another process has the turn, which ends with the transaction. */
async function takeTurn(trx: Transaction<Tables>): Promise<boolean> {
  const {rows} = await sql<{is_ours: boolean}>`
    select pg_try_advisory_xact_lock(7230941206) as is_ours`.execute(trx) // a number that nobody else locks
  return rows[0]!.is_ours
}

async function forgetKeys(trx: Transaction<Tables>, before: string, limit: number): Promise<number> {
  const {numAffectedRows} = await sql`
    delete from idempotency_keys where ctid = any (array(
      select ctid from idempotency_keys where created_at < ${before} order by created_at limit ${limit}
    ))`.execute(trx)
  return Number(numAffectedRows)
}

async function forgetDeliveries(trx: Transaction<Tables>, before: string, limit: number): Promise<number> {
  const {numAffectedRows} = await sql`
    delete from github_deliveries where ctid = any (array(
      select ctid from github_deliveries where received_at < ${before} order by received_at limit ${limit}
    ))`.execute(trx)
  return Number(numAffectedRows)
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * day).toISOString()
}
