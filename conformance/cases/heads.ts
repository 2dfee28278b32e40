/** The head of the response that begins a stream, and the heads of responses that are no streams. */
import {createGunzip} from 'node:zlib'
import {type Case, html, practice, rfc} from '../case.ts'
import type {Context, OpenOptions} from '../context.ts'
import {expect} from '../expect.ts'
import {EventParser} from '../wire/event-parser.ts'
import {fieldOf, fieldsOf, type Head, membersOf} from '../wire/response-parser.ts'
import type {Stream} from '../wire/stream.ts'

export const heads: Case[] = [
  onHead('status', 'must', 'A stream has the status 200.', html('9.2.2'), head => {
    expect(head.status === 200, `The status is ${head.status}.`)
  }),
  onHead('content-type', 'must', 'The type of a stream is text/event-stream.', html('9.2.2'), head => {
    const type = fieldOf(head, 'content-type')
    expect(essenceOf(type) === 'text/event-stream', `The type is ${type}.`)
  }),
  onHead('one-content-type', 'must', 'A stream has exactly one Content-Type.', rfc(9110, '5.3'), head => {
    const types = fieldsOf(head, 'content-type')
    expect(types.length === 1, `The head has ${types.length} Content-Type fields.`)
  }),
  onHead('charset', 'should', 'If the type has a charset, the charset is utf-8.', html('9.2.5'), head => {
    const type = fieldOf(head, 'content-type') ?? ''
    const [, charset = 'utf-8'] = /;\s*charset="?([^";\s]+)/i.exec(type) ?? []
    expect(/^utf-?8$/i.test(charset), `The charset is ${charset}.`)
  }),
  onHead(
    'no-content-length',
    'must',
    'A stream has no Content-Length, because its length is unknown.',
    rfc(9112, '6.2'),
    head => {
      const length = fieldOf(head, 'content-length')
      expect(length === undefined, `Content-Length is ${length}.`)
    },
  ),
  onHead(
    'body-end',
    'must',
    'The body of a stream is chunked, or the head announces that the connection closes.',
    rfc(9112, '9.6'),
    head => {
      const isChunked = membersOf(head, 'transfer-encoding').at(-1) === 'chunked'
      const closes = head.version === 'HTTP/1.0' || membersOf(head, 'connection').includes('close')
      expect(isChunked || closes, 'The head has neither Transfer-Encoding: chunked nor Connection: close.')
    },
  ),
  onHead('version', 'must', 'A request of HTTP/1.1 gets a response of HTTP/1.1.', rfc(9110, '2.5'), head => {
    expect(head.version === 'HTTP/1.1', `The version is ${head.version}.`)
  }),
  onHead('date', 'should', 'The head has a Date.', rfc(9110, '6.6.1'), head => {
    const date = fieldOf(head, 'date')
    expect(date !== undefined && !Number.isNaN(Date.parse(date)), `Date is ${date}.`)
  }),
  onHead(
    'not-stored',
    'should',
    'Cache-Control forbids that a cache reuses the stream.',
    practice('a cached stream repeats old events'),
    head => {
      const members = membersOf(head, 'cache-control')
      const isForbidden = members.some(member => /^(no-store|no-cache|max-age=0)$/.test(member))
      expect(isForbidden, `Cache-Control is ${fieldOf(head, 'cache-control')}.`)
    },
  ),
  onHead(
    'no-transform',
    'may',
    'Cache-Control has no-transform, so that no proxy compresses the stream.',
    practice('compression without a flush delays events'),
    head => {
      const members = membersOf(head, 'cache-control')
      expect(members.includes('no-transform'), `Cache-Control is ${fieldOf(head, 'cache-control')}.`)
    },
  ),
  onHead(
    'buffering-hint',
    'should',
    'The head has X-Accel-Buffering: no.',
    practice('nginx and other proxies buffer responses without this hint'),
    head => {
      const hint = fieldOf(head, 'x-accel-buffering')
      expect(hint?.toLowerCase() === 'no', `X-Accel-Buffering is ${hint}.`)
    },
  ),
  onHead(
    'not-compressed',
    'must',
    'A stream is not compressed when the request has no Accept-Encoding.',
    practice(
      'RFC 9110 section 12.5.3 allows every coding, but a client without the field rarely decodes one',
    ),
    head => {
      const coding = fieldOf(head, 'content-encoding') ?? 'identity'
      expect(coding === 'identity', `Content-Encoding is ${coding}.`)
    },
  ),
  onHead(
    'identity',
    'must',
    'A stream is not compressed when the request accepts only identity.',
    rfc(9110, '12.5.3'),
    head => {
      const coding = fieldOf(head, 'content-encoding') ?? 'identity'
      expect(coding === 'identity', `Content-Encoding is ${coding}.`)
    },
    {headers: {'Accept-Encoding': 'identity, *;q=0'}},
  ),
  onHead(
    'accept-any',
    'should',
    'A request with Accept: */* gets the stream.',
    practice('curl and many libraries send this value'),
    expectStream,
    {headers: {Accept: '*/*'}},
  ),
  onHead(
    'accept-missing',
    'should',
    'A request without Accept gets the stream.',
    rfc(9110, '12.5.1'),
    expectStream,
    {headers: {Accept: null}},
  ),
  onHead(
    'accept-list',
    'should',
    'A request that accepts text/event-stream with other types and weights gets the stream.',
    rfc(9110, '12.5.1'),
    expectStream,
    {headers: {Accept: 'application/json;q=0.1, text/event-stream;q=0.9'}},
  ),
  {
    id: 'heads.syntax',
    level: 'must',
    requirement: 'The head follows the grammar of HTTP/1.1.',
    source: rfc(9112, '5'),
    async run(context) {
      const stream = context.open()
      await stream.waitForHead(context.patienceMs)
      expect(stream.response.faults.length === 0, () => stream.response.faults.join(' '))
      expect(stream.response.head, 'No response arrived.')
    },
  },
  {
    id: 'heads.early',
    level: 'must',
    requirement: 'The head arrives at once, although no event is published.',
    source: practice('EventSource reports an open connection when the head arrives'),
    async run(context) {
      await context.head(context.open())
    },
  },
  {
    id: 'heads.early-body',
    level: 'may',
    requirement: 'Some bytes of the body arrive at once.',
    source: practice('some proxies and fetch implementations hold the head until the first byte of the body'),
    async run(context) {
      const stream = context.open()
      await context.head(stream)
      const {parser, connection} = stream
      const hasBody = () => parser.blocks.length > 0 || parser.hasIncompleteBlock || parser.comments > 0
      const waitMs = Math.min(context.patienceMs, 500)
      expect(await connection.signal.wait(hasBody, waitMs), `No body arrived within ${waitMs} ms.`)
    },
  },
  {
    id: 'heads.gzip-is-flushed',
    level: 'should',
    requirement: 'When the client accepts gzip, an event still arrives at once and can be decoded.',
    source: practice('a compressor that waits for more data delays events'),
    async run(context) {
      const gunzip = createGunzip()
      gunzip.on('error', () => {})
      const plain = new EventParser()
      gunzip.on('data', bytes => plain.push(bytes))
      const stream = context.open({headers: {'Accept-Encoding': 'gzip'}, onBody: bytes => decode(bytes)})
      const decode = (bytes: Buffer) => {
        const coding = fieldOf(stream.response.head!, 'content-encoding')
        if (coding === 'gzip') gunzip.write(bytes)
        else plain.push(bytes)
      }
      const head = await context.head(stream)
      const coding = fieldOf(head, 'content-encoding') ?? 'identity'
      expect(['gzip', 'identity'].includes(coding), `Content-Encoding is ${coding}.`)
      const text = context.text('compressed')
      const waitFor = async (
        matches: EventParser['events'][number] extends infer E ? (e: E) => boolean : never,
      ) => {
        const latest = performance.now() + context.patienceMs
        while (!plain.events.some(matches) && performance.now() < latest)
          await new Promise(resolve => setTimeout(resolve, 10))
        return plain.events.some(matches)
      }
      if (context.target.isReady) await waitFor(event => context.target.isReady!(event))
      await context.publish(text)
      const hasArrived = await waitFor(event => context.textOf(event) === text)
      expect(hasArrived, `An event did not arrive on a stream with the coding ${coding}.`)
    },
  },
  {
    id: 'heads.missing-host',
    level: 'must',
    requirement: 'A request of HTTP/1.1 without Host gets the status 400.',
    source: rfc(9112, '3.2'),
    run: context => expectStatus(context, {headers: {Host: null}}, [400]),
  },
  {
    id: 'heads.two-hosts',
    level: 'must',
    requirement: 'A request with two Host fields gets the status 400.',
    source: rfc(9112, '3.2'),
    run: context => expectStatus(context, {rawLines: ['Host: other.example']}, [400]),
  },
  {
    id: 'heads.unknown-path',
    level: 'should',
    requirement: 'An unknown path gets a 4xx status and no stream.',
    source: rfc(9110, '15.5.5'),
    async run(context) {
      const {pathname} = new URL(context.target.stream.url)
      const target = `${pathname.replace(/\/$/, '')}-unknown-${Date.now()}/x`
      const head = await context.head(context.open({target}))
      expect(head.status >= 400 && head.status < 500, `The status is ${head.status}.`)
      expect(
        essenceOf(fieldOf(head, 'content-type')) !== 'text/event-stream',
        'The error is an event stream.',
      )
    },
  },
  {
    id: 'heads.unauthorized',
    level: 'must',
    requirement: 'A request with an invalid credential gets 401 or 403, so that EventSource stops.',
    source: html('9.2.3'),
    needs: ['unauthorized'],
    run: context => expectStatus(context, {request: context.target.unauthorized!}, [401, 403]),
  },
  {
    id: 'heads.unauthorized-ends',
    level: 'must',
    requirement: 'The response to an invalid credential ends and is no event stream.',
    source: html('9.2.3'),
    needs: ['unauthorized'],
    async run(context) {
      const stream = context.open({request: context.target.unauthorized!})
      const head = await context.head(stream)
      expect(
        essenceOf(fieldOf(head, 'content-type')) !== 'text/event-stream',
        'The error is an event stream.',
      )
      expect(await stream.waitForEnd(context.patienceMs), 'The response does not end.')
    },
  },
  {
    id: 'heads.challenge',
    level: 'should',
    requirement: 'A response with the status 401 has WWW-Authenticate.',
    source: rfc(9110, '15.5.2'),
    needs: ['unauthorized'],
    async run(context) {
      const head = await context.head(context.open({request: context.target.unauthorized!}))
      const hasChallenge = fieldOf(head, 'www-authenticate') !== undefined
      expect(head.status !== 401 || hasChallenge, 'The response has no WWW-Authenticate.')
    },
  },
  {
    id: 'heads.finished',
    level: 'must',
    requirement: 'A finished stream gets the status 204 without a body, so that EventSource stops.',
    source: html('9.2.2'),
    needs: ['finished'],
    async run(context) {
      const stream = context.open({request: context.target.finished!})
      const head = await context.head(stream)
      expect(head.status === 204, `The status is ${head.status}.`)
      expect(stream.response.rest.length === 0, 'Bytes follow the head.')
    },
  },
]

function onHead(
  name: string,
  level: Case['level'],
  requirement: string,
  source: string,
  check: (head: Head, stream: Stream) => void,
  options: OpenOptions = {},
): Case {
  return {
    id: `heads.${name}`,
    level,
    requirement,
    source,
    async run(context) {
      const stream = context.open(options)
      // When the server sends no head before the first event, the head is still checked.
      if (!(await stream.waitForHead(context.patienceMs / 5))) await context.publish(context.text('head'))
      check(await context.head(stream), stream)
    },
  }
}

function expectStream(head: Head): void {
  const isStream = head.status === 200 && essenceOf(fieldOf(head, 'content-type')) === 'text/event-stream'
  expect(isStream, `The status is ${head.status}, and the type is ${fieldOf(head, 'content-type')}.`)
}

async function expectStatus(context: Context, options: OpenOptions, statuses: number[]): Promise<void> {
  const head = await context.head(context.open(options))
  expect(statuses.includes(head.status), `The status is ${head.status}.`)
}

export function essenceOf(type: string | undefined): string | undefined {
  return type === undefined ? undefined : type.split(';')[0]!.trim().toLowerCase()
}
