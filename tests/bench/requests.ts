/**
 * Creates the requests of clients, with their tokens. The server's process does not create the tokens, because
 * 10,000 tokens would leave garbage in the heap of the server.
 */
import {mintToken} from '../../src/identity/mint-token.ts'
import {organization} from './servers/organization.ts'

/** Returns the bytes of a request. `body` is sent as JSON. */
export function formatRequest(
  method: string,
  path: string,
  token: string,
  headers: Record<string, string> = {},
  body?: object,
): string {
  const json = body ? JSON.stringify(body) : ''
  const describeBody = body && {'Content-Type': 'application/json', 'Content-Length': String(json.length)}
  const all = {Host: 'localhost', Authorization: `Bearer ${token}`, ...headers, ...describeBody}
  const lines = Object.entries(all)
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `${method} /api/v1${path} HTTP/1.1\r\n${head}\r\n${json}`
}

export interface ReaderRequest {
  /** The secret that signs the tokens for the server. */
  secret: string
  count: number
  /** Whether each reader is a different member. When `distinct` is false, all readers use one token. */
  distinct: boolean
  /**
   * The number of the round. The tokens of each round are different, so the server finds no token in its cache and
   * must verify every token.
   */
  round: number
  lastEventId?: string
}

/**
 * Returns the requests that open the streams. When each reader is a different member, there is one request per
 * reader. When all readers use the same token, there is only one request.
 */
export async function requestsOf(request: ReaderRequest): Promise<string[]> {
  const {secret, count, distinct, round, lastEventId} = request
  const headers = {Accept: 'text/event-stream', ...(lastEventId && {'Last-Event-ID': lastEventId})}
  const subjects = distinct ? Array.from({length: count}, (_, index) => subjectOf(index + 1)) : [subjectOf(1)]
  return Promise.all(
    subjects.map(async subject => {
      const token = await mintToken({secret}, {subject, organization, lifetime: 3600 + round})
      return formatRequest('GET', '/events/tasks', token, headers)
    }),
  )
}

export function subjectOf(number: number | string): string {
  return `reader-${number}`
}
