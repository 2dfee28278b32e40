/** A change that is asked for twice with one `Idempotency-Key` is made once, and answered twice. */
import {createHash} from 'node:crypto'
import {sql, type Transaction} from 'kysely'
import type {Cursor} from '../board/cursor.ts'
import {type Caller, requireRole} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import type {Tables} from '../store/tables.ts'
import {inTransaction} from '../store/transaction.ts'

export interface KeyedRequest {
  /** The route as it is declared; a key is of one member and one route. */
  route: string
  /** As the caller chose it: 1 to 255 visible ASCII characters. */
  key: string
  /** All that the change is made from, as JSON can say it; the same key with another content is refused. */
  content: unknown
}

/** What is kept of an answer, so it must not hold a secret. */
export interface KeptAnswer<T> {
  result: T
  cursor?: Cursor
}

const patience = 5_000 // milliseconds; a request that takes longer is better asked about again

/**
 * Runs `change` in a transaction that also keeps its answer, or answers what was kept the first time. A request
 * with the same key that is under way is waited for; one that fails keeps nothing. Throws what `change` throws,
 * Problem 'role-insufficient', 'idempotency-key-reused' for another content, and 'idempotency-key-in-use' after
 * `wait` milliseconds.
 */
export async function oncePerKey<Answer extends KeptAnswer<unknown>>(
  db: Database,
  by: Caller,
  {route, key, content}: KeyedRequest,
  change: (trx: Transaction<Tables>) => Promise<Answer>,
  wait = patience,
): Promise<Answer | KeptAnswer<Answer['result']>> {
  requireRole(by, 'member') // also for an answer that was kept when the caller could do more
  const id: KeyId = {organization_id: by.organization_id, member_id: by.user_id, route, key}
  const hash = createHash('sha256').update(JSON.stringify(content)).digest()
  return inTransaction(db, async trx => {
    if (!(await insertKey(trx, id, hash, wait))) return readAnswer(trx, id, hash)
    const answer = await change(trx)
    await keepAnswer(trx, id, answer)
    return answer
  })
}

type KeyId = Pick<Tables['idempotency_keys'], 'organization_id' | 'member_id' | 'route' | 'key'>

/** False when the key is there already. Waits for a transaction that is inserting it. */
async function insertKey(
  trx: Transaction<Tables>,
  id: KeyId,
  request_hash: Buffer,
  wait: number,
): Promise<boolean> {
  await sql`select set_config('lock_timeout', ${String(wait)}, true)`.execute(trx)
  const {numInsertedOrUpdatedRows} = await trx
    .insertInto('idempotency_keys')
    .values({...id, request_hash, answer: null, created_at: new Date().toISOString()})
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirstOrThrow()
    .catch(error => {
      throw error.code === lockNotAvailable ? inUse(error) : error
    })
  // The locks of the change itself may take their time.
  await sql`set local lock_timeout to default`.execute(trx)
  return Boolean(numInsertedOrUpdatedRows)
}

async function readAnswer<T>(trx: Transaction<Tables>, id: KeyId, hash: Buffer): Promise<KeptAnswer<T>> {
  const kept = await trx
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'answer'])
    .where(isKey(id))
    .executeTakeFirst()
  if (!kept?.answer) throw inUse() // forgotten since we found it; the next attempt is a first one
  if (kept.request_hash.equals(hash)) return JSON.parse(kept.answer)
  throw new Problem(
    'idempotency-key-reused',
    'This Idempotency-Key was used for another request; choose a new key for each.',
  )
}

async function keepAnswer(
  trx: Transaction<Tables>,
  id: KeyId,
  {result, cursor}: KeptAnswer<unknown>,
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

const lockNotAvailable = '55P03' // Postgres' code for a lock that did not come within lock_timeout

function inUse(cause?: Error): Problem {
  return new Problem(
    'idempotency-key-in-use',
    'A request with this Idempotency-Key is still under way; send it again for its answer.',
    {},
    {cause},
  )
}
