/** A change: one transaction that alters state and appends the events about it, or does neither. */
import type {Compilable, Transaction} from 'kysely'
import {type Action, type Caller, type Role, requireRole} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import {type Appended, appendEvents, commitEvents, type NewEvent} from '../store/event-log.ts'
import {newId} from '../store/ids.ts'
import type {Tables} from '../store/tables.ts'
import {inTransaction} from '../store/transaction.ts'
import {addNotifications} from './add-notifications.ts'

/** The result of a committed change, the records it appended, and the cursor for `Event-Id`. */
export interface Committed<T> extends Appended {
  result: T
}

/** What a change appends and writes. */
export interface Effects {
  /** All with the timestamp of the change. */
  events: readonly NewEvent[]
  /** Statements that are sent in the same round trip as the events. */
  writes: readonly Compilable[]
}

/** A change that altered nothing has no events. */
export interface Outcome<T> extends Pick<Effects, 'events'>, Partial<Pick<Effects, 'writes'>> {
  result: T
}

/**
 * Runs `work` in a new transaction, appends its events and their notifications, and commits. Given an open
 * transaction, the change joins it and leaves the commit to its owner. `work` takes its locks first and then calls
 * `startAction`. Throws Problem 'role-insufficient' when the caller's role ranks below `needed`, and whatever `work`
 * throws; nothing is written then.
 */
export async function commitChange<T>(
  db: Database | Transaction<Tables>,
  caller: Caller,
  work: (trx: Transaction<Tables>) => Promise<Outcome<T>>,
  needed: Role = 'member',
): Promise<Committed<T>> {
  requireRole(caller, needed)
  return commitWithoutCaller(db, caller.organization_id, work)
}

/** Like `commitChange`, for a change that no member makes, such as a webhook delivery. */
export async function commitWithoutCaller<T>(
  db: Database | Transaction<Tables>,
  organizationId: string,
  work: (trx: Transaction<Tables>) => Promise<Outcome<T>>,
): Promise<Committed<T>> {
  const isJoined = db.isTransaction
  return inTransaction(db, async trx => {
    const {result, events, writes = []} = await work(trx)
    const notified = addNotifications(trx, organizationId, events)
    const append = isJoined ? appendEvents : commitEvents
    const queries = [...writes, ...notified.writes].map(write => write.compile())
    const appended = await append(trx, organizationId, timestampOf(events), notified.events, queries)
    return {result, ...appended}
  })
}

/** The log does not use the timestamp when there are no events. */
function timestampOf(events: readonly NewEvent[]): string {
  return events[0]?.event.timestamp ?? ''
}

/**
 * Fixes the timestamp of the caller's change. Call it when all locks are held: of two changes to one row, the one that
 * waited must not have the earlier timestamp.
 */
export function startAction(caller: Caller): Action {
  return {caller, timestamp: new Date().toISOString()}
}

/** The fields that every new resource starts with. */
export function firstVersion({timestamp}: Action) {
  return {id: newId(), version: 1, created_at: timestamp, updated_at: timestamp}
}

/** The versions that `If-Match` accepts; undefined accepts any version. */
export type ExpectedVersions = readonly number[] | undefined

/** Throws Problem 'version-mismatch' when the resource has changed since the caller read it. */
export function requireVersion(expected: ExpectedVersions, version: number): void {
  if (!expected || expected.includes(version)) return
  const detail = `The resource has changed: its version is now ${version}. Read it again.`
  throw new Problem('version-mismatch', detail, {version})
}
