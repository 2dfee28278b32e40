import {Problem} from '../board/problem.ts'

// The pattern accepts double quotes, because some clients send the key as a quoted Structured Field string.
const visibleAscii = /^[!-~]{1,255}$/

/**
 * Returns the key in the `Idempotency-Key` header, or undefined when there is no such header. Throws Problem
 * 'invalid-request' when the key is invalid.
 */
export function parseIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  if (typeof header === 'string' && visibleAscii.test(header)) return header
  throw new Problem('invalid-request', 'Idempotency-Key must have 1 to 255 visible ASCII characters.')
}
