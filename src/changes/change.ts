/**
 * A change is one transaction that writes new state and appends events. If the transaction fails, nothing is written.
 */
import type {Compilable, Transaction} from 'kysely'
import type {Action, Caller, Role} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Appended, NewEvent} from '../store/event-log.ts'
import {newId} from '../store/ids.ts'
import type {CountedRows} from '../store/quotas.ts'
import type {Tables} from '../store/tables.ts'

/** Describes a change that a member can make. `commitChange` runs the change. */
export interface Change<T> {
  /** The lowest role that may make the change. */
  role: Role
  work: Work<T>
}

/**
 * Does the work of a change: the function takes all locks, calls `startAction`, and returns the events to append and
 * the statements to run. Throws a Problem to reject the change. After a conflict, the function runs again in a new
 * transaction.
 */
export type Work<T> = (trx: Transaction<Tables>, caller: Caller) => Promise<Outcome<T>>

/**
 * The work of a change that no member makes. For example, a webhook delivery causes such a change.
 * `commitWithoutCaller` runs this work.
 */
export type ChangeWithoutCaller<T> = (trx: Transaction<Tables>) => Promise<Outcome<T>>

/** The events that a change appends, and the statements that the change runs. */
export interface Effects {
  /** All events have the timestamp of the change. */
  events: readonly NewEvent[]
  /** Statements that are sent in the same round trip as the events. */
  writes: readonly Compilable[]
  /** The number of bytes of text that the writes add. Negative when the writes remove text. Default 0. */
  textBytes?: number
}

/** The return value of a change. A change that alters nothing has no events. */
export interface Outcome<T> extends Pick<Effects, 'events'>, Partial<Omit<Effects, 'events'>> {
  /**
   * The result of a request with an `Idempotency-Key` is stored, but a secret must not be stored. Therefore, if the
   * result contains a secret, `repetition` is required.
   */
  result: T
  /**
   * The error that a repeated request with the same `Idempotency-Key` gets. The error is stored in place of the result.
   * Default: the result is stored, and a repeated request gets the result.
   */
  repetition?: Problem
  /** The rows that the writes add, if a quota limits the number of such rows. Default: none. */
  counted?: readonly CountedRows[]
  /** The description that the change sets. Default: the change sets no description. */
  description?: string | undefined
}

/** The result of a committed change, the records that the change appended, and the cursor for the `Event-Id` header. */
export interface Committed<T> extends Appended {
  result: T
}

export function changeBy<T>(role: Role, work: Work<T>): Change<T> {
  return {role, work}
}

/**
 * Returns an action of the caller with the current time as its timestamp. Call this function when all locks are held.
 * If two changes lock the same row, the change that gets the lock second also gets the later timestamp.
 */
export function startAction(caller: Caller): Action {
  return {caller, timestamp: new Date().toISOString()}
}

/** Returns the fields that every new resource has. */
export function firstVersion({timestamp}: Action) {
  return {id: newId(), version: 1, created_at: timestamp, updated_at: timestamp}
}

/** The versions that `If-Match` accepts. Undefined means that every version is accepted. */
export type ExpectedVersions = readonly number[] | undefined

/** Throws Problem 'version-mismatch' when the resource has changed after the caller read the resource. */
export function requireVersion(expected: ExpectedVersions, version: number): void {
  if (!expected || expected.includes(version)) return
  const detail = `The resource has changed: its version is now ${version}. Read the resource again.`
  throw new Problem('version-mismatch', detail, {version})
}
