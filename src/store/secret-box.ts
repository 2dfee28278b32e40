/** Encrypts stored secrets that the server must be able to read, such as webhook secrets. Uses AES-256-GCM. */
import {createCipheriv, createDecipheriv, hkdfSync, randomBytes} from 'node:crypto'

export interface SecretBox {
  /**
   * Encrypts the secret. `context` identifies the row that stores the result. The result can be decrypted only with the
   * same context. Encrypting the same secret twice returns different results.
   */
  seal(secret: string, context: string): Buffer
  /** Decrypts the secret. Throws an error when the key or the context is different, or when the data were altered. */
  open(sealed: Buffer, context: string): string
}

const nonceLength = 12 // bytes; the standard size for GCM, large enough for billions of random nonces
const tagLength = 16 // bytes

/** @param key SECRETS_KEY, at least 32 bytes. The key for the encryption is derived from SECRETS_KEY. */
export function createSecretBox(key: string): SecretBox {
  const derived = Buffer.from(hkdfSync('sha256', key, '', 'boardcast secret box 1', 32))
  return {
    seal(secret, context) {
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv('aes-256-gcm', derived, nonce).setAAD(Buffer.from(context))
      const encrypted = [cipher.update(secret, 'utf8'), cipher.final()]
      return Buffer.concat([nonce, cipher.getAuthTag(), ...encrypted])
    },
    open(sealed, context) {
      const nonce = sealed.subarray(0, nonceLength)
      const tag = sealed.subarray(nonceLength, nonceLength + tagLength)
      const decipher = createDecipheriv('aes-256-gcm', derived, nonce, {authTagLength: tagLength})
      decipher.setAAD(Buffer.from(context)).setAuthTag(tag)
      const encrypted = sealed.subarray(nonceLength + tagLength)
      return Buffer.concat([decipher.update(encrypted), decipher.final()]).toString('utf8')
    },
  }
}
