/** The id of a request, in the log and in the header `X-Request-Id`. */
import type {IncomingMessage} from 'node:http'

/**
 * Returns the id that the client or a proxy has sent. Returns undefined when the id is missing or has other characters:
 * an id must not break a line of the log.
 */
export function sentRequestId({headers}: Pick<IncomingMessage, 'headers'>): string | undefined {
  const id = headers['x-request-id']
  return typeof id === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(id) ? id : undefined
}
