/** A change: one transaction that alters state and appends the events that tell of it, or neither. */
import type {Compilable, Transaction} from 'kysely'
import {type Act, type Caller, type Role, requireRole} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import {type Appended, appendEvents, commitEvents, type NewEvent} from '../store/event-log.ts'
import {newId} from '../store/ids.ts'
import type {Tables} from '../store/tables.ts'
import {inTransaction} from '../store/transaction.ts'
import {notify} from './notify.ts'

/** What a committed change answers: its result, and what it appended, for the feed and for `Event-Id`. */
export interface Committed<T> extends Appended {
  result: T
}

/** What the work of a change answers; no events when it altered nothing. */
export interface Outcome<T> {
  result: T
  events: readonly NewEvent[]
  /** What is still to be written; it goes to the database in one trip with the events. */
  writes?: readonly Compilable[]
}

/**
 * Runs `work` in a transaction as `by`, appends its events with the notifications that they give rise to, and
 * commits; within a transaction that is open already, it is part of that one. Throws Problem 'role-insufficient'
 * for who may do less than `needed`, and whatever `work` throws, having written nothing.
 */
export async function commitChange<T>(
  db: Database,
  by: Caller,
  work: (trx: Transaction<Tables>, act: Act) => Promise<Outcome<T>>,
  needed: Role = 'member',
): Promise<Committed<T>> {
  requireRole(by, needed)
  return commitFor(db, by.organization_id, (trx, moment) => work(trx, Object.assign(moment, {by})))
}

/** When a change is made: RFC 3339, UTC, milliseconds. */
export type Moment = Pick<Act, 'at'>

/** As `commitChange`, where no member acts: somebody from outside, who may, tells of something. */
export async function commitFor<T>(
  db: Database,
  organizationId: string,
  work: (trx: Transaction<Tables>, moment: Moment) => Promise<Outcome<T>>,
): Promise<Committed<T>> {
  const append = db.isTransaction ? appendEvents : commitEvents
  return inTransaction(db, async trx => {
    const moment = startMoment()
    const {result, events, writes = []} = await work(trx, moment)
    const notified = notify(trx, organizationId, events)
    const queries = [...writes, ...notified.writes].map(write => write.compile())
    const appended = await append(trx, organizationId, moment.at, notified.events, queries)
    return {result, ...appended}
  })
}

/** The time is taken when it is first asked for, which is behind the locks: who waited for another acted after them. */
function startMoment(): Moment {
  let at: string | undefined
  return {
    get at() {
      at ??= new Date().toISOString()
      return at
    },
  }
}

/** What every new thing begins with. */
export function firstVersion({at}: Act) {
  return {id: newId(), version: 1, created_at: at, updated_at: at}
}

/** The versions that the caller expects (`If-Match`), any of them; undefined expects nothing. */
export type ExpectedVersions = readonly number[] | undefined

/** Throws Problem 'version-mismatch' when the thing has changed since the caller saw it. */
export function requireVersion(expected: ExpectedVersions, version: number): void {
  if (!expected || expected.includes(version)) return
  throw new Problem('version-mismatch', `This has changed; it is at version ${version} now. Read it again.`, {
    version,
  })
}
