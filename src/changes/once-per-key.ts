/** Runs a change at most once for each `Idempotency-Key`, and returns its stored result to repeated requests. */
import {createHash} from 'node:crypto'
import {sql, type Transaction} from 'kysely'
import type {Cursor} from '../board/cursor.ts'
import {type Caller, requireRole} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import type {Tables} from '../store/tables.ts'
import {defaultTimeLimits} from '../store/time-limits.ts'
import {inTransaction} from '../store/transaction.ts'

export interface KeyedRequest {
  /** The path of the route as declared. A key is valid for one member and one route. */
  route: string
  /** 1 to 255 visible ASCII characters, chosen by the caller. */
  key: string
  /** All input of the change, as JSON. A key that is reused with different content is rejected. */
  content: unknown
}

/** The part of a change's result that is stored, so it must not contain a secret. */
export interface StoredResult<T> {
  result: T
  cursor?: Cursor
}

const keyWaitMs = 5_000 // the client should retry a request that takes longer

/**
 * Runs `change` in a transaction that also stores its result, or returns the result that an earlier request stored. Waits
 * for a request in progress that has the same key. A change that fails stores nothing. Throws what `change` throws, and
 * Problem 'role-insufficient', 'idempotency-key-reused' when the content differs, or 'idempotency-key-in-use' after
 * `waitMs` milliseconds.
 */
export async function oncePerKey<Result extends StoredResult<unknown>>(
  db: Database,
  caller: Caller,
  {route, key, content}: KeyedRequest,
  change: (trx: Transaction<Tables>) => Promise<Result>,
  waitMs = keyWaitMs,
): Promise<Result | StoredResult<Result['result']>> {
  requireRole(caller, 'member') // the role may have been lowered since the result was stored
  const id: KeyId = {organization_id: caller.organization_id, member_id: caller.user_id, route, key}
  const hash = createHash('sha256').update(JSON.stringify(content)).digest()
  return inTransaction(db, async trx => {
    if (!(await insertKey(trx, id, hash, waitMs))) return readResult(trx, id, hash)
    const result = await change(trx)
    await storeResult(trx, id, result)
    return result
  })
}

type KeyId = Pick<Tables['idempotency_keys'], 'organization_id' | 'member_id' | 'route' | 'key'>

/** Returns false when the key already exists. Waits for a transaction that is inserting the same key. */
async function insertKey(
  trx: Transaction<Tables>,
  id: KeyId,
  request_hash: Buffer,
  waitMs: number,
): Promise<boolean> {
  await sql`select set_config('lock_timeout', ${String(waitMs)}, true)`.execute(trx)
  const {numInsertedOrUpdatedRows} = await trx
    .insertInto('idempotency_keys')
    .values({...id, request_hash, answer: null, created_at: new Date().toISOString()})
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirstOrThrow()
    .catch(error => {
      throw error.code === lockNotAvailable ? keyInUse(error) : error
    })
  // The timeout applies only to the key, not to the locks of the change.
  await sql`set local lock_timeout = ${sql.lit(defaultTimeLimits.lockMs)}`.execute(trx)
  return Boolean(numInsertedOrUpdatedRows)
}

async function readResult<T>(trx: Transaction<Tables>, id: KeyId, hash: Buffer): Promise<StoredResult<T>> {
  const stored = await trx
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'answer'])
    .where(isKey(id))
    .executeTakeFirst()
  if (!stored?.answer) throw keyInUse() // the key was pruned after the conflict; a retry inserts it again
  if (stored.request_hash.equals(hash)) return JSON.parse(stored.answer)
  throw new Problem(
    'idempotency-key-reused',
    'This Idempotency-Key was already used for a different request. Use a new key for each request.',
  )
}

async function storeResult(
  trx: Transaction<Tables>,
  id: KeyId,
  {result, cursor}: StoredResult<unknown>,
): Promise<void> {
  await trx
    .updateTable('idempotency_keys')
    .set({answer: JSON.stringify({result, cursor})})
    .where(isKey(id))
    .execute()
}

function isKey({organization_id, member_id, route, key}: KeyId) {
  return sql<boolean>`(organization_id, member_id, route, key) = (${organization_id}, ${member_id}, ${route}, ${key})`
}

const lockNotAvailable = '55P03' // lock_not_available: the lock was not granted within lock_timeout

function keyInUse(cause?: Error): Problem {
  return new Problem(
    'idempotency-key-in-use',
    'A request with this Idempotency-Key is still in progress. Send the request again to get its result.',
    {},
    {cause},
  )
}
