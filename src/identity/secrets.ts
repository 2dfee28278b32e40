/** The secrets that the server creates: API keys, the cookies of sessions, and tickets. Only hashes are stored. */
import {createHash, randomBytes} from 'node:crypto'

/**
 * The first characters of a secret. These characters tell people and secret scanners which kind of secret they have
 * found.
 */
export type SecretPrefix = 'bck' | 'bcs' | 'bct'

/** Returns the prefix, `_`, and 256 random bits in base64url. */
export function newSecret(prefix: SecretPrefix): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`
}

/** Returns whether the text has the form of a secret with the prefix. */
export function isSecret(prefix: SecretPrefix, text: string): boolean {
  return text.startsWith(`${prefix}_`) && /^.{4}[\w-]{43}$/.test(text)
}

/** Returns the SHA-256 hash of the secret. The secret is random, so a slow hash is not necessary. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
