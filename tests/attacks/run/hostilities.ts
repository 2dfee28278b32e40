/** What the hostile connections send. */
import {gzipSync} from 'node:zlib'
import type {Hostility} from './crowd.ts'

export interface HostileRequest {
  /** The token of a member. */
  token: string
  /** The ids of a sprint with a large board, and of a story of this sprint. */
  sprint: string
  story: string
  /** The id of a project. */
  project: string
}

/**
 * While a socket reads, the socket notices when the server closes the connection. A paused socket notices the end of
 * the connection only when the socket writes.
 */
export interface NamedHostility extends Hostility {
  name: string
  /** Whether the server must close this kind of hostile connection by itself. */
  mustClose: boolean
}

/** 19 bytes that brotli decompresses to a megabyte: 524,288 times `[`, and then 524,288 times `]`. */
export const bracketBomb = Buffer.from('5bffff8f5f6aab2b1e2b0010c8bd3f30f7fe20', 'hex')
const zeroBomb: Buffer = gzipSync(Buffer.alloc(16 * 1024 * 1024))

export function hostilitiesOf({token, sprint, story, project}: HostileRequest): NamedHostility[] {
  const authorized = {Authorization: `Bearer ${token}`}
  const json = {'Content-Type': 'application/json'}
  const ownPage = {'Sec-Fetch-Site': 'same-origin'}
  const signed = {'X-Hub-Signature-256': `sha256=${'0'.repeat(64)}`}
  const half = (path: string, headers: Record<string, string>, length: number) =>
    head('POST', path, {...headers, ...json, 'Content-Length': String(length)}) + 'x'.repeat(length / 2)
  const waiting = {reads: true, mustClose: true}
  const unread = {reads: false, mustClose: true}
  return [
    {name: 'say nothing', bytes: '', ...waiting},
    {name: 'send half a request line', bytes: 'GET /api/v1/me HT', ...waiting},
    {
      name: 'send half a head',
      bytes: `${head('GET', '/api/v1/me', authorized).slice(0, -2)}X-A: `,
      ...waiting,
    },
    {
      name: 'send a head slowly',
      bytes: head('GET', '/api/v1/me', authorized).slice(0, -2),
      drip: 'X-A: 1\r\n',
      ...waiting,
    },
    {
      name: 'send a huge head',
      bytes: head('GET', '/api/v1/me', {...authorized, 'X-A': 'x'.repeat(1_000_000)}),
      ...waiting,
    },
    {
      name: 'send a head of 100,000 fields',
      bytes: `GET /api/v1/me HTTP/1.1\r\nHost: x\r\n${'A:\r\n'.repeat(100_000)}\r\n`,
      ...waiting,
    },
    {name: 'send half a body', bytes: half('/api/v1/projects', authorized, 1_000_000), ...waiting},
    {
      name: 'send half a body without a credential',
      bytes: half('/api/v1/projects', {}, 1_000_000),
      ...waiting,
    },
    {name: 'send half a sign-in', bytes: half('/api/v1/session', ownPage, 8_000), ...waiting},
    {
      name: 'send half a delivery',
      bytes: half(`/api/v1/hooks/github/${project}`, signed, 200_000),
      ...waiting,
    },
    {
      name: 'send a body slowly',
      bytes: head('POST', '/api/v1/projects', {...authorized, ...json, 'Content-Length': '1000000'}),
      drip: 'x',
      ...waiting,
    },
    {
      name: 'send a chunked body without an end',
      bytes: `${head('POST', '/api/v1/projects', {...authorized, ...json, 'Transfer-Encoding': 'chunked'})}10000\r\n${'x'.repeat(0x10000)}\r\n`,
      drip: '1\r\nx\r\n',
      ...waiting,
    },
    {
      name: 'send a long chunk extension',
      bytes: `${head('POST', '/api/v1/projects', {...authorized, ...json, 'Transfer-Encoding': 'chunked'})}1;${'x'.repeat(1_000_000)}`,
      ...waiting,
    },
    {
      name: 'send compressed brackets to the sign-in',
      ...many(compressed('/api/v1/session', ownPage, 'br', bracketBomb)),
    },
    {
      name: 'send compressed brackets as a member',
      ...many(compressed('/api/v1/projects', authorized, 'br', bracketBomb)),
    },
    {
      name: 'send compressed zeros as a member',
      ...many(compressed('/api/v1/projects', authorized, 'gzip', zeroBomb)),
    },
    {
      name: 'reset the connection',
      bytes: head('GET', '/api/v1/projects', authorized),
      resets: true,
      ...waiting,
    },
    {
      name: 'pipeline requests and read nothing',
      bytes: head('GET', '/api/v1/members', authorized).repeat(200),
      ...unread,
    },
    {
      name: 'pipeline streams and read nothing',
      bytes: head('GET', '/api/v1/events', authorized).repeat(200),
      ...unread,
    },
    {
      name: 'read nothing of a stream',
      bytes: head('GET', '/api/v1/events?lastEventId=earliest', authorized),
      ...unread,
    },
    {
      name: 'read nothing of a large page',
      bytes: head('GET', `/api/v1/stories/${story}/tasks?limit=200`, authorized),
      ...unread,
    },
    {
      name: 'read nothing of a large board',
      bytes: head('GET', `/api/v1/sprints/${sprint}/board`, authorized),
      ...unread,
    },
  ]
}

function head(method: string, path: string, headers: Record<string, string>): string {
  const fields = Object.entries({Host: 'localhost', ...headers}).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return `${method} ${path} HTTP/1.1\r\n${fields.join('')}\r\n`
}

/** Returns a POST request with the compressed body. */
export function compressed(
  path: string,
  headers: Record<string, string>,
  encoding: string,
  body: Buffer,
): Buffer {
  const all = {
    ...headers,
    'Content-Type': 'application/json',
    'Content-Encoding': encoding,
    'Content-Length': String(body.length),
  }
  return Buffer.concat([Buffer.from(head('POST', path, all)), body])
}

/** Sends the request several times. The server answers every request. */
function many(request: Buffer): Omit<NamedHostility, 'name'> {
  return {bytes: Buffer.concat(Array.from({length: 3}, () => request)), reads: true, mustClose: false}
}
