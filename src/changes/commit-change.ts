/** Runs changes. Only this module begins and commits the transactions of changes. */
import {type Caller, requireRole} from '../board/member.ts'
import type {Quotas} from '../board/quotas.ts'
import {memberRemoved} from '../identity/members.ts'
import type {Database} from '../store/connection.ts'
import {isOwnerRemoved} from '../store/errors.ts'
import {commitEvents, type NewEvent} from '../store/event-log.ts'
import {toQuotaProblem} from '../store/quotas.ts'
import {inTransaction} from '../store/transaction.ts'
import {addNotifications} from './add-notifications.ts'
import type {Change, ChangeWithoutCaller, Committed} from './change.ts'
import {countForQuotas} from './count-for-quotas.ts'
import {type KeyedRequest, keyOf, oncePerKey, type StoredKey, storeResult} from './once-per-key.ts'

/**
 * Runs the change in a new transaction, appends the events and the notifications of the change, and commits. When
 * `request` is given, the change is made only once per idempotency key. A repeated request gets the stored result and
 * an empty list of records. When the change would exceed one of the `quotas`, throws Problem 'quota-exceeded'. When the
 * caller's role is too low for the change, throws Problem 'role-insufficient'. When a removed caller would become the
 * owner of a task, throws Problem 'member-removed'. Also throws all errors of `change` and `oncePerKey`. When this
 * function throws, nothing is written.
 */
export async function commitChange<T>(
  db: Database,
  caller: Caller,
  change: Change<T>,
  request?: KeyedRequest,
  quotas?: Quotas,
): Promise<Committed<T>> {
  requireRole(caller, change.role)
  const work: ChangeWithoutCaller<T> = trx => change.work(trx, caller)
  if (!request) return commit(db, caller.organization_id, work, quotas)
  const key = keyOf(caller, request)
  return oncePerKey(db, key, request.inProgress, () => commit(db, caller.organization_id, work, quotas, key))
}

/** Like `commitChange`, but for a change that has no caller. */
export async function commitWithoutCaller<T>(
  db: Database,
  organizationId: string,
  work: ChangeWithoutCaller<T>,
  quotas?: Quotas,
): Promise<Committed<T>> {
  return commit(db, organizationId, work, quotas)
}

/** When `key` is given, stores the result in the same transaction as the events. */
async function commit<T>(
  db: Database,
  organizationId: string,
  work: ChangeWithoutCaller<T>,
  quotas?: Quotas,
  key?: StoredKey,
): Promise<Committed<T>> {
  return inTransaction(db, async trx => {
    const outcome = await work(trx)
    const {result, repetition, events, writes = [], textBytes = 0} = outcome
    const notified = await addNotifications(trx, organizationId, events)
    const counts = countForQuotas(trx, organizationId, outcome, quotas)
    const queries = [...writes, ...notified.writes, ...counts].map(write => write.compile())
    const timestamp = timestampOf(events)
    const appended = await commitEvents(trx, organizationId, timestamp, notified.events, queries, {
      insert: key && storeResult(key, result, repetition),
      textBytes: {added: textBytes, limit: quotas?.MAX_BYTES_PER_ORG},
    })
    return {result, ...appended}
  }).catch(error => {
    throw isOwnerRemoved(error) ? memberRemoved() : toQuotaProblem(error)
  })
}

/**
 * Returns the timestamp of the events. When there are no events, returns ''. In this case, the log ignores the
 * timestamp.
 */
function timestampOf(events: readonly NewEvent[]): string {
  return events[0]?.event.timestamp ?? ''
}
