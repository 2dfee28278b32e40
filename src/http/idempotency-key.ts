import {Problem} from '../board/problem.ts'

// Double quotes are visible ASCII too: some clients send the key as a quoted Structured Field string.
const visibleAscii = /^[!-~]{1,255}$/

/**
 * Returns the key in the `Idempotency-Key` header, or undefined without the header. Throws Problem 'invalid-request'.
 */
export function parseIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  if (typeof header === 'string' && visibleAscii.test(header)) return header
  throw new Problem('invalid-request', 'Idempotency-Key must have 1 to 255 visible ASCII characters.')
}
