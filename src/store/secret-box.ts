/** Secrets that must be read again, such as those that others sign with: encrypted at rest. */
import {createCipheriv, createDecipheriv, hkdfSync, randomBytes} from 'node:crypto'

export interface SecretBox {
  /** `place` names the row that it is kept in, and it opens nowhere else. Not twice the same for the same secret. */
  seal(secret: string, place: string): Buffer
  /** Throws for what was sealed with another key or for another place, or was altered. */
  open(sealed: Buffer, place: string): string
}

const nonceLength = 12 // bytes, as GCM wants them; random, which is safe for some billions of secrets
const tagLength = 16

/** @param key SECRETS_KEY: 32 bytes or more; what encrypts is derived from it, and used for nothing else. */
export function createSecretBox(key: string): SecretBox {
  const derived = Buffer.from(hkdfSync('sha256', key, '', 'boardcast secret box 1', 32))
  return {
    seal(secret, place) {
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv('aes-256-gcm', derived, nonce).setAAD(Buffer.from(place))
      const encrypted = [cipher.update(secret, 'utf8'), cipher.final()]
      return Buffer.concat([nonce, cipher.getAuthTag(), ...encrypted])
    },
    open(sealed, place) {
      const nonce = sealed.subarray(0, nonceLength)
      const tag = sealed.subarray(nonceLength, nonceLength + tagLength)
      const decipher = createDecipheriv('aes-256-gcm', derived, nonce, {authTagLength: tagLength})
      decipher.setAAD(Buffer.from(place)).setAuthTag(tag)
      const encrypted = sealed.subarray(nonceLength + tagLength)
      return Buffer.concat([decipher.update(encrypted), decipher.final()]).toString('utf8')
    },
  }
}
