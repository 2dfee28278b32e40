import {createHmac} from 'node:crypto'

/** Returns the value of X-Hub-Signature-256. */
export function signatureOf(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}
