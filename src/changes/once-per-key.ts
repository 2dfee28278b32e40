/** Makes a change at most once for each `Idempotency-Key`. A repeated request gets the stored result of the change. */
import {hash} from 'node:crypto'
import {sql} from 'kysely'
import type {Caller} from '../board/member.ts'
import {Problem, type ProblemCode} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import type {InsertWithHead} from '../store/event-log.ts'
import type {Tables} from '../store/tables.ts'
import type {Committed} from './change.ts'
import type {KeysInProgress} from './keys-in-progress.ts'

export interface KeyedRequest {
  /** For example `post /projects/{id}/stories`. A key is valid for one member and one route. */
  route: string
  /** The key that the caller has chosen: 1 to 255 visible ASCII characters. */
  key: string
  /** All input of the change; a JSON value. A request that reuses a key with different content is rejected. */
  content: unknown
  /** All requests of this process share one `KeysInProgress`. */
  inProgress: KeysInProgress
}

/** The primary key of the stored result, and a hash of the request's content. */
export interface StoredKey
  extends Pick<Tables['idempotency_keys'], 'organization_id' | 'member_id' | 'route' | 'key'> {
  /** SHA-256 of the content. */
  hash: Buffer
}

export function keyOf(caller: Caller, {route, key, content}: KeyedRequest): StoredKey {
  return {
    organization_id: caller.organization_id,
    member_id: caller.user_id,
    route,
    key,
    hash: hash('sha256', JSON.stringify(content), 'buffer'),
  }
}

/**
 * Returns the result of `commit`, or the result that an earlier request with the same key stored. While another request
 * with the same key is in progress in this process, a new request waits. A change that fails stores no result. Throws
 * all errors of `commit` and of `inProgress.run`. When the stored result belongs to a request with different content,
 * throws Problem 'idempotency-key-reused'. If an earlier request has stored a problem in place of its result, this
 * function throws the stored problem.
 *
 * `commit` stores the events and the result in one transaction, so the primary key of the stored results decides which
 * request makes the change. A repeated request that did not wait runs its change again. This repeated change is
 * rejected, or the insert of its result violates the primary key. In both cases, the function returns the stored
 * result. When a request did not wait, `commit` runs without a query for an earlier result. The first request with a
 * key is therefore fast. Only repeated requests, which are rare, are slower.
 */
export async function oncePerKey<T>(
  db: Database,
  key: StoredKey,
  inProgress: KeysInProgress,
  commit: () => Promise<Committed<T>>,
): Promise<Committed<T>> {
  return inProgress.run(idOf(key), async hasWaited => {
    const earlier = hasWaited ? await readResult<T>(db, key) : undefined
    if (earlier) return earlier
    try {
      return await commit()
    } catch (error) {
      const stored = mayBeRepeated(error) ? await readResult<T>(db, key) : undefined
      if (!stored) throw error
      return stored
    }
  })
}

function idOf({organization_id, member_id, route, key}: StoredKey): string {
  return JSON.stringify([organization_id, member_id, route, key])
}

const outages: readonly ProblemCode[] = ['store-unavailable', 'store-busy']

/** Returns whether the error can have this cause: an earlier request with the same key has already made the change. */
function mayBeRepeated(error: unknown): boolean {
  if (error instanceof Problem) return !outages.includes(error.code)
  return (error as {constraint?: string}).constraint === 'idempotency_keys_pkey'
}

/**
 * Returns a clause that inserts the key, the result and the cursor. The clause is part of the statement that appends
 * the events. When `repetition` is given, the clause inserts the problem `repetition` in place of the
 * result.
 */
export function storeResult(key: StoredKey, result: unknown, repetition?: Problem): InsertWithHead {
  const {organization_id, member_id, route} = key
  // The query joins the parts of the JSON as plain text, because the JSON functions of Postgres would parse the result
  // again.
  const stored = repetition ? `"problem":${encodeProblem(repetition)}` : `"result":${JSON.stringify(result)}`
  const beforeEpoch = `{${stored},"cursor":{"epoch":"`
  return sql`
    insert into idempotency_keys (organization_id, member_id, route, key, request_hash, created_at, answer)
    select ${organization_id}, ${member_id}, ${route}, ${key.key}, ${key.hash}, ${new Date().toISOString()},
      ${beforeEpoch} || epoch || '","seq":' || head || '}}'
    from stream`
}

async function readResult<T>(db: Database, key: StoredKey): Promise<Committed<T> | undefined> {
  const stored = await db
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'answer'])
    .where(isKey(key))
    .executeTakeFirst()
  if (!stored) return undefined
  if (stored.request_hash.equals(key.hash)) return decodeAnswer(stored.answer)
  throw new Problem(
    'idempotency-key-reused',
    'This Idempotency-Key was already used for a different request. Use a new key for each request.',
  )
}

function encodeProblem({code, message, data}: Problem): string {
  return JSON.stringify({code, detail: message, data})
}

/** Throws the stored problem. */
function decodeAnswer<T>(answer: string): Committed<T> {
  const {problem, ...stored} = JSON.parse(answer)
  if (problem) throw new Problem(problem.code, problem.detail, problem.data)
  return {...stored, records: []}
}

function isKey({organization_id, member_id, route, key}: StoredKey) {
  return sql<boolean>`(idempotency_keys.organization_id, member_id, route, key) = (${organization_id}, ${member_id}, ${route}, ${key})`
}
