/** Makes a change at most once for each `Idempotency-Key`. A repeated request gets the stored result of the change. */
import {createHash} from 'node:crypto'
import {setTimeout as delay} from 'node:timers/promises'
import {type CompiledQuery, sql, type Transaction} from 'kysely'
import type {Caller} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import type {InsertWithHead} from '../store/event-log.ts'
import type {Tables} from '../store/tables.ts'
import type {Committed} from './change.ts'

export interface KeyedRequest {
  /** For example `post /projects/{id}/stories`. A key is valid for one member and one route. */
  route: string
  /** The key that the caller has chosen: 1 to 255 visible ASCII characters. */
  key: string
  /** All input of the change; a JSON value. A request that reuses a key with different content is rejected. */
  content: unknown
  /** Waits for the given number of milliseconds. Default: a system timer. */
  wait?: (ms: number) => Promise<unknown>
}

/** The primary key of the stored result, and a hash of the request's content. */
export interface StoredKey
  extends Pick<Tables['idempotency_keys'], 'organization_id' | 'member_id' | 'route' | 'key'> {
  /** SHA-256 of the content. */
  hash: Buffer
}

export function keyOf(caller: Caller, {route, key, content}: KeyedRequest): StoredKey {
  const hash = createHash('sha256').update(JSON.stringify(content)).digest()
  return {organization_id: caller.organization_id, member_id: caller.user_id, route, key, hash}
}

// The delays are 5 s in total. After that, the client should send its request again.
const retryDelaysMs = [20, 40, 80, 160, 300, ...Array<number>(11).fill(400)]

/**
 * Returns the result of `commit`, or the result that an earlier request with the same key stored. While another request
 * with the key is in progress, `commit` is called again after short delays. No connection is used during these delays.
 * A change that fails stores no result. Throws all errors of `commit`. Throws Problem 'idempotency-key-reused' when
 * the stored result belongs to a request with different content, and Problem 'idempotency-key-in-use' when the delays
 * add up to 5 seconds.
 */
export async function oncePerKey<T>(
  db: Database,
  key: StoredKey,
  {wait = delay}: Pick<KeyedRequest, 'wait'>,
  commit: () => Promise<Committed<T>>,
): Promise<Committed<T>> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await commit()
    } catch (error) {
      if (isKeyStored(error)) return readResult(db, key)
      if (!isKeyInUse(error)) throw error
      if (attempt === retryDelaysMs.length) throw keyInUse(error as Error)
      await wait(retryDelaysMs[attempt]!)
    }
  }
}

/**
 * Returns the statement that claims the key until the end of the transaction. The statement fails when another request
 * with the key is in progress, or when the result of the key is already stored. The statement never waits for the other
 * request, because it would occupy a connection while it waits.
 */
export function claimKey(trx: Transaction<Tables>, key: StoredKey): CompiledQuery {
  const {organization_id, member_id, route} = key
  return sql`select claim_idempotency_key(
    ${lockOf(key)}, ${organization_id}, ${member_id}, ${route}, ${key.key}
  )`.compile(trx)
}

/**
 * Returns 64 bits of a hash of the key. Different keys may have the same 64 bits. Concurrent requests with such keys run
 * one after another.
 */
function lockOf({organization_id, member_id, route, key}: StoredKey): string {
  const id = JSON.stringify([organization_id, member_id, route, key])
  return createHash('sha256').update(id).digest().readBigInt64BE().toString()
}

function isKeyStored(error: unknown): boolean {
  return (error as {code?: string}).code === 'BCK02' // raised by claim_idempotency_key
}

function isKeyInUse(error: unknown): boolean {
  return (error as {code?: string}).code === 'BCK01' // raised by claim_idempotency_key
}

/** Returns the insert of the key with the result and the cursor. It is part of the statement that appends the events. */
export function storeResult(key: StoredKey, result: unknown): InsertWithHead {
  const {organization_id, member_id, route} = key
  return sql`
    insert into idempotency_keys (organization_id, member_id, route, key, request_hash, created_at, answer)
    select ${organization_id}, ${member_id}, ${route}, ${key.key}, ${key.hash}, ${new Date().toISOString()},
      json_build_object(
        'result', ${JSON.stringify(result)}::json, 'cursor', json_build_object('epoch', epoch, 'seq', head)
      )
    from stream`
}

async function readResult<T>(db: Database, key: StoredKey): Promise<Committed<T>> {
  const stored = await db
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'answer'])
    .where(isKey(key))
    .executeTakeFirst()
  if (!stored) throw keyInUse() // the key was pruned between the claim and this query; the next attempt can use the key
  if (stored.request_hash.equals(key.hash)) return {...JSON.parse(stored.answer), records: []}
  throw new Problem(
    'idempotency-key-reused',
    'This Idempotency-Key was already used for a different request. Use a new key for each request.',
  )
}

function isKey({organization_id, member_id, route, key}: StoredKey) {
  return sql<boolean>`(idempotency_keys.organization_id, member_id, route, key) = (${organization_id}, ${member_id}, ${route}, ${key})`
}

function keyInUse(cause?: Error): Problem {
  return new Problem(
    'idempotency-key-in-use',
    'A request with this Idempotency-Key is still in progress. Send the request again to get its result.',
    {},
    {cause},
  )
}
