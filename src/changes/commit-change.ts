/** Runs changes. Only this module begins and commits the transactions of changes. */
import type {Transaction} from 'kysely'
import {type Caller, requireRole} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Quotas} from '../board/quotas.ts'
import {memberRemoved} from '../identity/members.ts'
import type {Database} from '../store/connection.ts'
import {isOwnerRemoved} from '../store/errors.ts'
import {commitEvents, type NewEvent} from '../store/event-log.ts'
import {toQuotaProblem} from '../store/quotas.ts'
import type {Tables} from '../store/tables.ts'
import {inTransaction} from '../store/transaction.ts'
import {inSpan} from '../tracing/spans.ts'
import {addNotifications} from './add-notifications.ts'
import type {Change, ChangeWithoutCaller, Committed} from './change.ts'
import {countForQuotas} from './count-for-quotas.ts'
import {type KeyedRequest, keyOf, oncePerKey, type StoredKey, storeResult} from './once-per-key.ts'

/**
 * Runs the change in a new transaction, appends the events and the notifications of the change, and commits. When
 * `request` is given, the change is made only once per idempotency key. A repeated request gets the stored result and
 * an empty list of records. When the change would exceed one of the `quotas`, throws Problem 'quota-exceeded'. When the
 * caller's role is too low for the change, throws Problem 'role-insufficient'. When a removed caller would become the
 * owner of a task, throws Problem 'member-removed'. `trace` becomes the field `trace` of all events of the change. Also throws all errors of `change` and `oncePerKey`. When this
 * function throws, nothing is written.
 */
export async function commitChange<T>(
  db: Database,
  caller: Caller,
  change: Change<T>,
  request?: KeyedRequest,
  quotas?: Quotas,
  trace?: string,
): Promise<Committed<T>> {
  requireRole(caller, change.role)
  const work: ChangeWithoutCaller<T> = trx => change.work(trx, caller)
  const options = {quotas, trace}
  if (!request) return commit(db, caller.organization_id, work, options)
  const key = keyOf(caller, request)
  return oncePerKey(db, key, request.inProgress, () =>
    commit(db, caller.organization_id, work, {...options, key}),
  )
}

/** Like `commitChange`, but for a change that has no caller. */
export async function commitWithoutCaller<T>(
  db: Database,
  organizationId: string,
  work: ChangeWithoutCaller<T>,
  quotas?: Quotas,
): Promise<Committed<T>> {
  return commit(db, organizationId, work, {quotas})
}

interface CommitOptions {
  quotas?: Quotas | undefined
  /** The value of the field `trace` of the events. */
  trace?: string | undefined
  /** When `key` is given, the result is stored in the same transaction as the events. */
  key?: StoredKey
}

async function commit<T>(
  db: Database,
  organizationId: string,
  work: ChangeWithoutCaller<T>,
  {quotas, trace, key}: CommitOptions,
): Promise<Committed<T>> {
  const attempt = async (trx: Transaction<Tables>): Promise<Committed<T>> => {
    const outcome = await work(trx)
    const {result, repetition, events, writes = [], textBytes = 0} = outcome
    const notified = await addNotifications(trx, organizationId, events)
    const counts = countForQuotas(trx, organizationId, outcome, quotas)
    const queries = [...writes, ...notified.writes, ...counts].map(write => write.compile())
    const timestamp = timestampOf(events)
    const traced =
      trace === undefined ? notified.events : notified.events.map(added => withTrace(added, trace))
    const appended = await commitEvents(trx, organizationId, timestamp, traced, queries, {
      insert: key && storeResult(key, result, repetition),
      textBytes: {added: textBytes, limit: quotas?.MAX_BYTES_PER_ORG},
    })
    return {result, ...appended}
  }
  return inSpan('transaction', {attributes: {'db.system.name': 'postgresql'}, isFault}, () =>
    inTransaction(db, attempt).catch(error => {
      throw isOwnerRemoved(error) ? memberRemoved() : toQuotaProblem(error)
    }),
  )
}

/** A rule that rejects the change throws a Problem. */
function isFault(error: unknown): boolean {
  return !(error instanceof Problem)
}

/** A control record is only for the processes, and needs no trace. */
function withTrace(added: NewEvent, trace: string): NewEvent {
  return added.event.type === 'access.changed' ? added : {...added, event: {...added.event, trace}}
}

/**
 * Returns the timestamp of the events. When there are no events, returns ''. In this case, the log ignores the
 * timestamp.
 */
function timestampOf(events: readonly NewEvent[]): string {
  return events[0]?.event.timestamp ?? ''
}
