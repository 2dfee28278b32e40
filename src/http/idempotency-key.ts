import {Problem} from '../board/problem.ts'

// Also what a client sends that quotes its keys, as a Structured Field string is.
const visibleAscii = /^[!-~]{1,255}$/

/** The key of an `Idempotency-Key` header; undefined without one. Throws Problem 'invalid-request'. */
export function parseIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  if (typeof header === 'string' && visibleAscii.test(header)) return header
  throw new Problem('invalid-request', 'Idempotency-Key must have 1 to 255 visible ASCII characters.')
}
