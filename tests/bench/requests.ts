/** What clients send, made outside of the server's process: ten thousand tokens would leave their garbage there. */
import {mintToken} from '../../src/identity/mint-token.ts'
import {organization} from './servers/organization.ts'

/** A request as it goes over the wire. */
export function formatRequest(
  method: string,
  path: string,
  token: string,
  headers: Record<string, string> = {},
): string {
  const lines = Object.entries({Host: 'localhost', Authorization: `Bearer ${token}`, ...headers})
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `${method} /api/v1${path} HTTP/1.1\r\n${head}\r\n`
}

export interface ReaderRequest {
  /** What the server's tokens are signed with. */
  secret: string
  count: number
  /** Each reader is a member of its own; else all are one, with one token. */
  distinct: boolean
  /** Other tokens than those of another round, so that each is verified once. */
  round: number
  lastEventId?: string
}

/** What each reader sends to open its stream; one request where all send the same. */
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
