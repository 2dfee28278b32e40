/** Connections of HTTP/1.0 and HTTP/1.1, in the forms in which clients and proxies use them. */
import {setTimeout as delay} from 'node:timers/promises'
import {type Case, practice, rfc} from '../case.ts'
import type {Context, OpenOptions} from '../context.ts'
import {expect} from '../expect.ts'
import {fieldOf, membersOf} from '../wire/response-parser.ts'
import {Stream} from '../wire/stream.ts'

const robust = practice('a server on the public network receives such bytes every day')

export const connections: Case[] = [
  {
    id: 'connections.http-1.0',
    level: 'must',
    requirement: 'A client of HTTP/1.0 receives events.',
    source: rfc(9110, '2.5'),
    run: context => expectEvents(context, {version: '1.0'}),
  },
  {
    id: 'connections.http-1.0-body',
    level: 'must',
    requirement: 'A response to HTTP/1.0 is not chunked.',
    source: rfc(9112, '6.1'),
    async run(context) {
      const stream = context.open({version: '1.0'})
      const coding = fieldOf(await context.head(stream), 'transfer-encoding')
      expect(coding === undefined, `Transfer-Encoding is ${coding}.`)
    },
  },
  {
    id: 'connections.http-1.0-without-host',
    level: 'must',
    requirement: 'A request of HTTP/1.0 without Host gets the stream.',
    source: rfc(9112, '3.2'),
    run: context => expectEvents(context, {version: '1.0', headers: {Host: null}}),
  },
  {
    id: 'connections.http-1.0-keep-alive',
    level: 'should',
    requirement: 'A client of HTTP/1.0 that asks for keep-alive still finds the end of the stream.',
    source: rfc(9112, '9.3'),
    async run(context) {
      const stream = await context.live({version: '1.0', headers: {Connection: 'keep-alive'}})
      const {head, framing} = stream.response
      const keeps = head !== undefined && membersOf(head, 'connection').includes('keep-alive')
      expect(framing !== 'close' || !keeps, 'The connection is kept alive, but the body has no end.')
      await context.expectExactly(stream, [])
    },
  },
  {
    id: 'connections.close',
    level: 'must',
    requirement: 'A request with Connection: close gets the stream, and the head has Connection: close.',
    source: rfc(9112, '9.6'),
    async run(context) {
      const stream = await context.live({headers: {Connection: 'close'}})
      const members = membersOf(stream.response.head!, 'connection')
      expect(members.includes('close'), `Connection is ${members.join(', ')}.`)
      await context.expectExactly(stream, [])
    },
  },
  {
    id: 'connections.keep-alive',
    level: 'should',
    requirement: 'After another response, the same connection can open the stream.',
    source: rfc(9112, '9.3'),
    async run(context) {
      const first = context.open({target: unknownTarget(context)})
      await context.head(first)
      await first.waitForEnd(context.patienceMs)
      const {connection} = first
      await connection.signal.wait(() => connection.end !== undefined, 20)
      if (connection.end) return // the server may close every connection
      await expectEventsOn(context, first)
    },
  },
  {
    id: 'connections.pipelined-behind',
    level: 'must',
    requirement:
      'A request that follows the request for a stream on the connection does not disturb the stream.',
    source: rfc(9112, '9.3.2'),
    async run(context) {
      const connection = context.connect()
      connection.send(context.requestText() + context.requestText({method: 'HEAD'}))
      const stream = new Stream(connection)
      await context.ready(stream)
      const texts = context.texts(5)
      await context.publish(...texts)
      await context.expectExactly(stream, texts)
      expect(stream.parser.faults.length === 0, stream.parser.faults.join(' '))
    },
  },
  {
    id: 'connections.pipelined-many',
    level: 'must',
    requirement: 'Two hundred requests behind the request for a stream do not stop the server.',
    source: robust,
    async run(context) {
      const connection = context.connect()
      connection.send(context.requestText() + context.requestText().repeat(200))
      await new Stream(connection).waitForHead(context.patienceMs)
      await context.expectAlive()
    },
  },
  {
    id: 'connections.pipelined-before',
    level: 'must',
    requirement:
      'A stream that is requested behind another request begins after the response to that request.',
    source: rfc(9112, '9.3.2'),
    async run(context) {
      const connection = context.connect()
      connection.send(context.requestText({target: unknownTarget(context)}) + context.requestText())
      const first = new Stream(connection)
      await context.head(first)
      await first.waitForEnd(context.patienceMs)
      // The server may close the connection after the first response.
      const hasSecond = () => first.response.rest.includes('\r\n\r\n') || connection.end !== undefined
      expect(
        await connection.signal.wait(hasSecond, context.patienceMs),
        'The second request got no response.',
      )
    },
  },
  {
    id: 'connections.bytes-after-request',
    level: 'must',
    requirement: 'Bytes that a client sends on an open stream do not get into the stream.',
    source: robust,
    async run(context) {
      const stream = await context.live()
      const text = context.text('before')
      await context.publish(text)
      await context.receive(stream, text)
      stream.connection.send('\r\n\u0000\u0001garbage\r\n\r\n')
      // The server may close the connection. A stream that stays open must stay well-formed.
      const next = context.text('next')
      await context.publish(next)
      await stream.waitForEvent(event => context.textOf(event) === next, Math.min(context.patienceMs, 1_000))
      await context.expectAlive()
      expect(
        !stream.connection.receivedBytes.includes('garbage'),
        'The bytes of the client are in the stream.',
      )
      // A server that closes the connection cannot end a chunked body first, so only other faults count.
      const faults = stream.response.faults.filter(fault => !fault.includes('before the end of the body'))
      // [spec] RFC 9112, section 9.3.2: a response to the bytes may only follow after the end of the stream.
      expect(faults.length === 0, faults.join(' '))
      expect(!stream.events.some(({data}) => data.includes('HTTP/1.1')), 'A response is inside the stream.')
      expect(stream.parser.faults.length === 0, stream.parser.faults.join(' '))
    },
  },
  {
    id: 'connections.slow-request',
    level: 'must',
    requirement: 'A request whose bytes arrive in many packets gets the stream.',
    source: rfc(9112, '2.2'),
    async run(context) {
      const connection = context.connect()
      const text = context.requestText()
      const size = Math.ceil(text.length / 20)
      for (let index = 0; index < text.length; index += size) {
        connection.send(text.slice(index, index + size))
        await delay(5)
      }
      const stream = new Stream(connection)
      await context.ready(stream)
      await context.expectExactly(stream, [])
    },
  },
  {
    id: 'connections.leading-crlf',
    level: 'should',
    requirement: 'An empty line before the request is ignored.',
    source: rfc(9112, '2.2'),
    async run(context) {
      const connection = context.connect()
      connection.send(`\r\n${context.requestText()}`)
      const stream = new Stream(connection)
      await context.ready(stream)
      await context.expectExactly(stream, [])
    },
  },
  {
    id: 'connections.absolute-form',
    level: 'must',
    requirement: 'A request target in absolute form gets the stream.',
    source: rfc(9112, '3.2.2'),
    run: context => expectEvents(context, {target: context.target.stream.url}),
  },
  {
    id: 'connections.no-space-after-colon',
    level: 'must',
    requirement: 'Header fields without a space after the colon are understood.',
    source: rfc(9112, '5'),
    async run(context) {
      const connection = context.connect()
      connection.send(context.requestText().replaceAll(': ', ':'))
      const stream = new Stream(connection)
      await context.ready(stream)
      await context.expectExactly(stream, [])
    },
  },
  {
    id: 'connections.unknown-fields',
    level: 'must',
    requirement: 'Unknown header fields are ignored.',
    source: rfc(9110, '5.1'),
    run: context =>
      expectEvents(context, {headers: {'X-Unknown': 'value', 'Sec-Fetch-Mode': 'cors', Priority: 'u=1, i'}}),
  },
  {
    id: 'connections.upgrade',
    level: 'should',
    requirement: 'An offer to upgrade to h2c is ignored.',
    source: rfc(9110, '7.8'),
    run: context =>
      expectEvents(context, {
        headers: {
          Connection: 'Upgrade, HTTP2-Settings',
          Upgrade: 'h2c',
          'HTTP2-Settings': 'AAMAAABkAAQAAP__',
        },
      }),
  },
  {
    id: 'connections.large-field',
    level: 'must',
    requirement:
      'A header field of 60 000 bytes gets a 4xx status or ends the connection, and the server goes on.',
    source: rfc(9110, '5.4'),
    async run(context) {
      const stream = context.open({headers: {Cookie: `a=${'b'.repeat(60_000)}`}})
      const head = await stream.waitForHead(context.patienceMs)
      expect(head || stream.isOver, 'No response arrived.')
      const isFine = !head || head.status === 200 || (head.status >= 400 && head.status < 500)
      expect(isFine, `The status is ${head?.status}.`)
      await context.expectAlive()
    },
  },
  malformed('malformed-line', 'A malformed request line', 'GET\r\n\r\n'),
  malformed(
    'malformed-bytes',
    'A request of random bytes',
    '\u0016\u0003\u0001\u0000\u00a5\u0001\u0000\r\n\r\n',
  ),
  malformed('malformed-version', 'A request with an unknown version', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n'),
  {
    id: 'connections.malformed-field',
    level: 'must',
    requirement: 'A space before the colon of a header field gets the status 400.',
    source: rfc(9112, '5.1'),
    async run(context) {
      const head = await context.head(context.open({rawLines: ['X-Space : value']}))
      expect(head.status === 400, `The status is ${head.status}.`)
    },
  },
  {
    id: 'connections.two-lengths',
    level: 'must',
    requirement:
      'A request with Transfer-Encoding and Content-Length is refused, or the connection closes after it.',
    source: rfc(9112, '6.1'),
    async run(context) {
      const connection = context.connect()
      const rawLines = ['Transfer-Encoding: chunked', 'Content-Length: 5']
      connection.send(`${context.requestText({method: 'POST', rawLines})}0\r\n\r\n`)
      const stream = new Stream(connection)
      const head = await context.head(stream)
      const closes = membersOf(head, 'connection').includes('close')
      expect(head.status >= 400 || closes, `The status is ${head.status}.`)
      connection.send(context.requestText({method: 'HEAD'}))
      const isOver = await connection.signal.wait(
        () => connection.end !== undefined,
        Math.min(context.patienceMs, 1_000),
      )
      expect(head.status === 400 || closes || isOver, 'The connection stays open.')
    },
  },
  {
    id: 'connections.half-close',
    level: 'should',
    requirement:
      'When a client ends its side of the connection, the stream continues or ends, and the server goes on.',
    source: rfc(9112, '9.6'),
    async run(context) {
      const stream = await context.live()
      stream.connection.sendFin()
      const text = context.text('half')
      await context.publish(text)
      const event = await stream.waitForEvent(event => context.textOf(event) === text, context.patienceMs)
      expect(event || stream.isOver, 'The stream neither ends nor delivers events.')
      await context.expectAlive()
    },
  },
  {
    id: 'connections.freed',
    level: 'should',
    requirement: 'The server notices within seconds that fifty clients have reset their connections.',
    source: practice('forgotten streams use memory and count against limits'),
    needs: ['openStreams'],
    async run(context) {
      const before = await settledStreams(context)
      const count = Math.min(context.target.maxStreams ?? 50, 50)
      const streams = await Promise.all(Array.from({length: count}, () => context.live()))
      const during = await context.target.openStreams!()
      expect(during >= before + count, `The server counts ${during - before} of ${count} streams.`)
      for (const stream of streams) stream.connection.cut()
      const latest = performance.now() + context.patienceMs
      let after = during
      while (after > before && performance.now() < latest) {
        await delay(20)
        after = await context.target.openStreams!()
      }
      expect(after <= before, `The server still counts ${after - before} streams.`)
    },
  },
  {
    id: 'connections.open-and-close',
    level: 'must',
    requirement: 'After a hundred connections that were reset at once, the server serves streams.',
    source: robust,
    async run(context) {
      for (let round = 0; round < 10; round++) {
        const streams = Array.from({length: 10}, () => context.open())
        await delay(round)
        for (const stream of streams) stream.connection.cut()
      }
      await context.expectAlive()
    },
  },
  {
    id: 'connections.without-request',
    level: 'must',
    requirement: 'Fifty connections that send no request do not disturb streams.',
    source: robust,
    async run(context) {
      for (let index = 0; index < 50; index++) context.connect()
      await context.expectAlive()
    },
  },
  {
    id: 'connections.other-query',
    level: 'may',
    requirement: 'An unknown query parameter is ignored or gets a 4xx status.',
    source: practice('proxies and pages add parameters against caches'),
    async run(context) {
      const url = new URL(context.target.stream.url)
      url.searchParams.set('_', '1')
      const {status} = await context.head(context.open({url: url.href}))
      expect(status === 200 || (status >= 400 && status < 500), `The status is ${status}.`)
    },
  },
]

/** Returns the number of open streams when the number no longer changes. */
async function settledStreams({target}: Context): Promise<number> {
  let count = await target.openStreams!()
  for (let same = 0; same < 4; ) {
    await delay(50)
    const next = await target.openStreams!()
    same = next === count ? same + 1 : 0
    count = next
  }
  return count
}

/** Returns a request target that gets a short response. */
function unknownTarget({target}: Context): string {
  return `${new URL(target.stream.url).pathname}-unknown`
}

async function expectEvents(context: Context, options: OpenOptions): Promise<void> {
  const stream = await context.live(options)
  const texts = context.texts(3)
  await context.publish(...texts)
  await context.expectExactly(stream, texts)
}

/** Opens a stream on the connection of a response that is complete. */
async function expectEventsOn(context: Context, {connection}: Stream): Promise<void> {
  const stream = new Stream(connection, 'GET', {from: connection.chunks.length})
  connection.send(context.requestText())
  await context.ready(stream)
  await context.expectExactly(stream, [])
}

function malformed(name: string, what: string, bytes: string): Case {
  return {
    id: `connections.${name}`,
    level: 'must',
    requirement: `${what} gets a 4xx or 505 status or ends the connection, and the server goes on.`,
    source: rfc(9112, '3'),
    async run(context) {
      const connection = context.connect()
      connection.send(Buffer.from(bytes, 'latin1'))
      const stream = new Stream(connection)
      const head = await stream.waitForHead(context.patienceMs)
      expect(head || stream.isOver, 'No response arrived, and the connection stays open.')
      const isFine = !head || (head.status >= 400 && head.status < 500) || head.status === 505
      expect(isFine, `The status is ${head?.status}.`)
      await context.expectAlive()
    },
  }
}
