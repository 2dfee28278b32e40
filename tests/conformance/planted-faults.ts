/** The faults that a test plants in the sample server, and the cases that must find each fault. */
import type {IncomingMessage} from 'node:http'
import {setTimeout as delay} from 'node:timers/promises'
import {blockOf, end, type Fault, linesOf, type Reader, type StoredEvent} from './sample-server.ts'

export interface PlantedFault {
  name: string
  /** The cases whose ids begin with one of these prefixes run. */
  runs: readonly string[]
  /** The cases that must fail. All other cases that run must pass. */
  fails: readonly string[]
  /** Creates the fault. A fault can have a state. */
  create(): Fault
}

const resumeBasics = [
  'resume.events-have-ids',
  'resume.from',
  'resume.header',
  'resume.same',
  'resume.empty-id',
]

export const plantedFaults: PlantedFault[] = [
  // Framing
  planted(
    'a text with LF is written as it is',
    ['framing'],
    [
      'framing.line-feed',
      'framing.carriage-return',
      'framing.crlf',
      'framing.blank-lines',
      'framing.leading-line-feed',
      'framing.trailing-line-feed',
      'framing.only-line-feed',
      'framing.inject-id',
      'framing.inject-id-cr',
      'framing.inject-event',
      'framing.inject-retry',
      'framing.inject-retry-cr',
      'framing.inject-block',
      'framing.inject-block-cr',
      'framing.inject-block-crlf',
    ],
    () => ({
      lines: text => [text.replaceAll('\r', '')],
    }),
  ),
  planted(
    'a text is split at LF only',
    ['framing'],
    ['framing.carriage-return', 'framing.inject-id-cr', 'framing.inject-retry-cr', 'framing.inject-block-cr'],
    () => ({lines: text => text.split('\n')}),
  ),
  planted(
    'no space follows the colon of a data field',
    ['framing'],
    ['framing.leading-space', 'framing.leading-spaces', 'framing.blank-lines'],
    () => ({data: 'data:'}),
  ),
  planted(
    'texts are trimmed',
    ['framing'],
    [
      'framing.leading-space',
      'framing.leading-spaces',
      'framing.trailing-spaces',
      'framing.tabs',
      'framing.byte-order-mark',
      'framing.leading-line-feed',
      'framing.trailing-line-feed',
      'framing.only-line-feed',
    ],
    () => ({lines: text => linesOf(text.trim())}),
  ),
  planted(
    'texts are encoded in latin1',
    ['framing'],
    [
      'framing.two-byte-characters',
      'framing.three-byte-characters',
      'framing.four-byte-characters',
      'framing.combining-characters',
      'framing.right-to-left',
      'framing.byte-order-mark',
      'framing.unicode-line-ends',
      'framing.replacement-character',
      'framing.split-characters',
      'framing.utf-8',
    ],
    () => ({
      write: (res, block) => res.write(Buffer.from(block, 'latin1')),
    }),
  ),
  planted('texts are normalized', ['framing'], ['framing.combining-characters'], () => ({
    lines: text => linesOf(text.normalize('NFC')),
  })),
  planted(
    'a line of data has at most 8 192 characters',
    ['framing'],
    ['framing.long-line', 'framing.split-characters'],
    () => ({
      lines: text => linesOf(text).map(line => line.slice(0, 8_192)),
    }),
  ),
  planted(
    'a large block is decoded in pieces of 4 096 bytes',
    ['framing'],
    ['framing.split-characters'],
    () => ({
      write(res, block) {
        const bytes = Buffer.from(block)
        for (let start = 0; start < bytes.length; start += 4_096)
          res.write(bytes.toString('utf8', start, start + 4_096))
      },
    }),
  ),
  planted('U+2028 ends a line', ['framing'], ['framing.unicode-line-ends'], () => ({
    lines: text => text.split(/\r\n|[\r\n\u2028\u2029\u0085]/),
  })),
  planted(
    'control characters are removed',
    ['framing'],
    ['framing.tabs', 'framing.vertical-tab', 'framing.control-characters', 'framing.nul'],
    () => ({
      lines: text => linesOf(text).map(line => [...line].filter(character => character >= ' ').join('')),
    }),
  ),
  planted('a byte order mark is removed', ['framing'], ['framing.byte-order-mark'], () => ({
    lines: text => linesOf(text.replace('\uFEFF', '')),
  })),
  planted('an empty text has no data field', ['framing'], ['framing.empty'], () => ({
    block: event => (event.text !== '' ? blockOf(event) : `id: ${event.id}`),
  })),
  planted('a comment stands between the lines of an event', ['framing'], ['framing.whole-blocks'], () => ({
    block: event => blockOf(event).replace('\n', '\n: trace 17\n'),
  })),
  planted('a block has only an id', ['framing'], ['framing.blocks-have-data'], () => ({
    start: 'id: e-1\n\n',
  })),
  planted('a block has only a retry field', ['framing'], ['framing.blocks-have-data'], () => ({
    start: 'retry: 1000\n\n',
  })),
  planted('retry has a unit', ['framing'], ['framing.retry-digits'], () => ({
    block: event => `retry: 2s\n${blockOf(event)}`,
  })),
  planted('retry is 0', ['framing'], ['framing.retry-range'], () => ({
    block: event => `retry: 0\n${blockOf(event)}`,
  })),
  planted('a field has an unknown name', ['framing'], ['framing.known-fields'], () => ({
    block: event => `time: 12\n${blockOf(event)}`,
  })),
  planted('an id contains NUL', ['framing'], ['framing.ids'], () => ({
    block: event => blockOf(event).replace('e-', 'e-\0'),
  })),
  planted('an id contains other characters than ASCII', ['framing'], ['framing.ids-are-ascii'], () => ({
    block: event => blockOf(event).replace('id: e-', 'id: é-'),
  })),
  planted('an id is very long', ['framing'], ['framing.ids-are-short'], () => ({
    block: event => blockOf(event).replace('e-', `${'e'.repeat(300)}-`),
  })),
  planted('an id is repeated', ['framing'], ['framing.ids-are-unique'], () => ({
    block: event => blockOf({...event, id: `e-${event.number >> 1}`}),
  })),
  planted('an event has two ids', ['framing'], ['framing.one-of-each-field'], () => ({
    block: event => `id: first\n${blockOf(event)}`,
  })),
  planted('some lines end with CRLF', ['framing'], ['framing.line-ends'], () => ({
    block: event => blockOf(event).replace('\n', '\r\n'),
  })),
  planted('all lines end with CR', ['framing'], ['framing.line-ends'], () => ({
    start: ':\r\r',
    heartbeat: () => ':\r\r',
    write: (res, block) => res.write(block.replaceAll('\n', '\r')),
  })),
  planted('the stream begins with a byte order mark', ['framing'], ['framing.no-byte-order-mark'], () => ({
    start: '\uFEFF: welcome\n\n',
  })),
  planted(
    'the size of a chunk is wrong',
    ['framing.transfer', 'framing.plain-text'],
    ['framing.plain-text', 'framing.transfer'],
    () => ({
      write(res, block) {
        const bytes = Buffer.from(block)
        if (res.req.httpVersion === '1.0') res.write(block)
        else res.req.socket.write(`${(bytes.length + 2).toString(16)}\r\n${block}\r\n`)
      },
    }),
  ),
  // Heads
  planted(
    'the type is application/json',
    ['heads'],
    ['heads.content-type', 'heads.accept-any', 'heads.accept-missing', 'heads.accept-list'],
    () => ({
      head: fields => ({...fields, 'Content-Type': 'application/json'}),
    }),
  ),
  planted('the charset is latin1', ['heads'], ['heads.charset'], () => ({
    head: fields => ({...fields, 'Content-Type': 'text/event-stream; charset=iso-8859-1'}),
  })),
  planted('the head has two types', ['heads'], ['heads.one-content-type'], () => ({
    head: fields => ({...fields, 'Content-Type': ['text/event-stream', 'text/plain']}),
  })),
  planted(
    'the status is 203',
    ['heads'],
    ['heads.status', 'heads.accept-any', 'heads.accept-missing', 'heads.accept-list'],
    () => ({status: 203}),
  ),
  planted('the head has a length', ['heads'], ['heads.no-content-length', 'heads.body-end'], () => ({
    head: fields => ({...fields, 'Content-Length': '100000'}),
  })),
  planted(
    'the body is close-delimited but the connection is kept alive',
    ['heads'],
    ['heads.body-end'],
    () => ({
      request(_req, res) {
        res.removeHeader('transfer-encoding')
        res.useChunkedEncodingByDefault = false
        return false
      },
      head: fields => ({...fields, Connection: 'keep-alive'}),
    }),
  ),
  planted('a cache may reuse the stream', ['heads'], ['heads.not-stored', 'heads.no-transform'], () => ({
    head: fields => ({...fields, 'Cache-Control': 'max-age=60'}),
  })),
  planted(
    'the hint for proxies is missing',
    ['heads', 'proxies'],
    ['heads.buffering-hint', 'proxies.buffering'],
    () => ({
      head: ({'X-Accel-Buffering': _, ...fields}) => fields,
    }),
  ),
  planted(
    'a proxy may transform the stream',
    ['heads', 'proxies'],
    ['heads.no-transform', 'proxies.compressing'],
    () => ({
      head: fields => ({...fields, 'Cache-Control': 'no-cache'}),
    }),
  ),
  planted(
    'the stream pretends to be compressed',
    ['heads'],
    ['heads.not-compressed', 'heads.identity', 'heads.gzip-is-flushed'],
    () => ({
      head: fields => ({...fields, 'Content-Encoding': 'gzip'}),
    }),
  ),
  planted(
    'the head is sent with the first event',
    ['heads.early', 'heads.status', 'heads.content-type'],
    ['heads.early', 'heads.early-body'],
    () => ({
      sendsHeadLate: true,
      heartbeat: () => '',
    }),
  ),
  planted('the Date is missing', ['heads'], ['heads.date'], () => ({
    request(_req, res) {
      res.sendDate = false
      return false
    },
  })),
  planted(
    'a stream needs the exact Accept',
    ['heads'],
    ['heads.accept-any', 'heads.accept-missing', 'heads.accept-list'],
    () => ({
      request: (req, res) => req.headers.accept !== 'text/event-stream' && refuse(res, 406),
    }),
  ),
  planted('a missing Host is accepted', ['heads'], ['heads.missing-host'], () => ({
    request(req) {
      if (req.headers.host === undefined) req.rawHeaders.push('Host', 'x')
      return false
    },
  })),
  planted('a second Host is accepted', ['heads'], ['heads.missing-host', 'heads.two-hosts'], () => ({
    request(req) {
      void req.headers // Node creates these lazily from `rawHeaders`
      req.rawHeaders.splice(0, req.rawHeaders.length, 'Host', 'x')
      return false
    },
  })),
  planted(
    'an invalid credential gets a stream that ends',
    ['heads'],
    ['heads.unauthorized', 'heads.unauthorized-ends'],
    () => ({
      request: (req, res) =>
        req.headers.authorization === 'invalid' && refuse(res, 200, {'Content-Type': 'text/event-stream'}),
    }),
  ),
  planted(
    'the response to an invalid credential does not end',
    ['heads'],
    ['heads.unauthorized-ends'],
    () => ({
      request(req, res) {
        if (req.headers.authorization !== 'invalid') return false
        res.writeHead(401, {'WWW-Authenticate': 'Bearer'}).flushHeaders()
        return true
      },
    }),
  ),
  planted('a finished stream gets 404', ['heads'], ['heads.finished'], () => ({
    request: (req, res) => req.url === '/finished' && refuse(res, 404),
  })),
  planted('every path is a stream', ['heads'], ['heads.unknown-path'], () => ({
    request(req) {
      if (req.url !== '/finished') req.url = '/events'
      return false
    },
  })),
  // Methods
  planted('HEAD hangs', ['methods'], ['methods.head-frees-connection'], () => ({
    request(req, res) {
      if (req.method !== 'HEAD') return false
      res.writeHead(200, {'Content-Type': 'text/event-stream'}).flushHeaders()
      return true
    },
  })),
  planted('HEAD gets a body', ['methods'], ['methods.head-no-body'], () => ({
    request(req, res) {
      if (req.method === 'HEAD') {
        res.req.socket.write(
          'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n: body\n\n',
        )
        res.req.socket.end()
        return true
      }
      return false
    },
  })),
  planted('HEAD has another type', ['methods'], ['methods.head-type'], () => ({
    request: (req, res) => req.method === 'HEAD' && refuse(res, 200, {'Content-Type': 'text/html'}),
  })),
  planted('HEAD gets 404', ['methods'], ['methods.head-status'], () => ({
    request: (req, res) => req.method === 'HEAD' && refuse(res, 404),
  })),
  planted('POST opens a stream', ['methods'], ['methods.post'], () => ({
    request(req) {
      if (req.method === 'POST') req.method = 'GET'
      return false
    },
  })),
  planted('405 has no Allow', ['methods'], ['methods.allow'], () => ({
    request: (req, res) => !['GET', 'HEAD', 'OPTIONS'].includes(req.method!) && refuse(res, 405),
  })),
  planted('OPTIONS hangs', ['methods'], ['methods.options'], () => ({
    request(req, res) {
      if (req.method !== 'OPTIONS') return false
      res
        .writeHead(200, {
          'Access-Control-Allow-Origin': '*',
          'Access-Control-Allow-Headers': '*',
          'Content-Length': '10',
        })
        .flushHeaders()
      return true
    },
  })),
  planted(
    'a preflight request needs a credential',
    ['methods'],
    ['methods.cors-preflight', 'methods.cors-preflight-status'],
    () => ({
      request: (req, res) => req.method === 'OPTIONS' && refuse(res, 401),
    }),
  ),
  planted(
    'a preflight request does not allow Last-Event-ID',
    ['methods'],
    ['methods.cors-preflight'],
    () => ({
      request(req, res) {
        if (req.method !== 'OPTIONS') return false
        end(res, 204, {
          'Access-Control-Allow-Origin': 'https://allowed.example',
          'Access-Control-Allow-Headers': 'Authorization',
        })
        return true
      },
    }),
  ),
  planted('every origin is allowed by name', ['methods'], ['methods.cors-foreign-origin'], () => ({
    head: (fields, req) => ({...fields, 'Access-Control-Allow-Origin': req.headers.origin ?? '*'}),
  })),
  planted(
    'every origin may send credentials',
    ['methods'],
    ['methods.cors-foreign-origin', 'methods.cors-credentials'],
    () => ({
      head: fields => ({
        ...fields,
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Allow-Credentials': 'true',
      }),
    }),
  ),
  planted('no origin is allowed', ['methods'], ['methods.cors-stream', 'methods.cors-errors'], () => ({
    request(req) {
      if (req.method === 'GET') delete req.headers.origin
      return false
    },
  })),
  planted('Vary is missing', ['methods'], ['methods.cors-vary'], () => ({
    head: fields => ({...fields, Vary: 'Accept'}),
  })),
  // Resume
  planted(
    'a replay omits its first event',
    resumeBasics,
    [
      'resume.from-first',
      'resume.from-middle',
      'resume.header-lower-case',
      'resume.header-upper-case',
      'resume.header-spaces',
      'resume.same-ids',
      'resume.same-bytes',
      'resume.header-wins',
    ],
    () => ({replay: missed => missed.slice(1)}),
  ),
  planted(
    'a replay repeats the last event of the reader',
    resumeBasics,
    [
      'resume.from-first',
      'resume.from-middle',
      'resume.from-last',
      'resume.header-lower-case',
      'resume.header-upper-case',
      'resume.header-spaces',
      'resume.same-ids',
      'resume.same-bytes',
      'resume.header-wins',
    ],
    () => ({
      replay: (missed, history) => history.slice(-missed.length - 1),
    }),
  ),
  planted(
    'a replay is in the wrong order',
    resumeBasics,
    [
      'resume.from-first',
      'resume.from-middle',
      'resume.header-lower-case',
      'resume.header-upper-case',
      'resume.header-spaces',
      'resume.same-ids',
      'resume.same-bytes',
      'resume.header-wins',
    ],
    () => ({
      replay: missed => missed.toReversed(),
    }),
  ),
  planted(
    'a replay has at most 100 events',
    ['resume.long-replay', 'resume.from'],
    ['resume.long-replay'],
    () => ({
      replay: missed => missed.slice(-100),
    }),
  ),
  planted(
    'Last-Event-ID is ignored',
    resumeBasics,
    [
      'resume.from-first',
      'resume.from-middle',
      'resume.header-lower-case',
      'resume.header-upper-case',
      'resume.header-spaces',
      'resume.same-ids',
      'resume.same-bytes',
      'resume.header-wins',
    ],
    () => ({lastEventId: () => undefined}),
  ),
  planted(
    'the name of the header is case-sensitive',
    ['resume.from', 'resume.header'],
    ['resume.header-lower-case', 'resume.header-upper-case'],
    () => ({
      lastEventId: ({rawHeaders, url}) =>
        rawHeaders[rawHeaders.indexOf('Last-Event-ID') + 1 || Number.NaN] ||
        new URL(url!, 'http://x').searchParams.get('after') ||
        undefined,
    }),
  ),
  planted(
    'the parameter wins over the header',
    ['resume.from', 'resume.parameter', 'resume.header'],
    ['resume.header-wins'],
    () => ({
      lastEventId: ({headers, url}) =>
        new URL(url!, 'http://x').searchParams.get('after') || headers['last-event-id']?.toString(),
    }),
  ),
  planted(
    'events have no ids',
    resumeBasics,
    [
      'resume.events-have-ids',
      'resume.from-first',
      'resume.from-middle',
      'resume.header-lower-case',
      'resume.header-upper-case',
      'resume.header-spaces',
      'resume.same-ids',
      'resume.same-bytes',
      'resume.header-wins',
    ],
    () => ({
      block: event => blockOf(event).replace(/^id: .*\n/, ''),
    }),
  ),
  planted('replayed events have other bytes', ['resume.from', 'resume.same'], ['resume.same-bytes'], () =>
    withReplayed(event => ({...event, text: event.text})),
  ),
  planted(
    'an event that is published during a replay is lost',
    ['resume.then-live'],
    ['resume.then-live'],
    () => missNextEvent(),
  ),
  planted(
    'a gap is not told',
    ['resume.gap', 'resume.malformed', 'resume.after-gap'],
    ['resume.gap-malformed', 'resume.gap-future', 'resume.gap-forgotten'],
    () => ({
      unknownId: () => false,
    }),
  ),
  planted(
    'an unknown id gets 500',
    ['resume.gap', 'resume.malformed', 'resume.after-gap'],
    [
      'resume.malformed-words',
      'resume.malformed-property',
      'resume.malformed-sql',
      'resume.malformed-path',
      'resume.malformed-unicode',
      'resume.malformed-punctuation',
      'resume.gap-malformed',
      'resume.after-gap',
    ],
    () => ({
      request: (req, res) =>
        /[^e\d-]/.test(req.headers['last-event-id']?.toString() ?? '') && refuse(res, 500),
    }),
  ),
  planted(
    'an unknown id ends the connection',
    ['resume.gap', 'resume.malformed', 'resume.after-gap'],
    [
      'resume.malformed-words',
      'resume.malformed-number',
      'resume.malformed-fraction',
      'resume.malformed-infinity',
      'resume.malformed-property',
      'resume.malformed-sql',
      'resume.malformed-path',
      'resume.malformed-unicode',
      'resume.malformed-punctuation',
      'resume.gap-malformed',
      'resume.gap-future',
      'resume.gap-forgotten',
      'resume.after-gap',
    ],
    () => ({
      unknownId(res) {
        res.destroy()
        return true
      },
    }),
  ),
  planted(
    'an unknown id gets a stream without events',
    ['resume.gap-malformed', 'resume.malformed-words', 'resume.from'],
    ['resume.malformed-words', 'resume.gap-malformed'],
    () => ({unknownId: () => true}),
  ),
  planted(
    'a restart forgets the last five events',
    ['resume.restart'],
    ['resume.restart', 'resume.restart-tells'],
    () => ({
      afterKill: history => void history.splice(-5),
    }),
  ),
  planted(
    'a restart numbers events from 1 again',
    ['resume.restart'],
    ['resume.restart', 'resume.restart-ids'],
    () => ({
      afterKill(history, counter) {
        history.splice(0)
        counter.next = 1
      },
    }),
  ),
  // Order
  planted(
    'two neighbours change places',
    ['order'],
    ['order.one-publisher', 'order.replay-as-live', 'order.large-and-small'],
    () => swapNeighbours(),
  ),
  planted('the second reader sees another order', ['order'], ['order.same-for-all'], () =>
    swapNeighbours(reader => reader.index % 3 === 1),
  ),
  planted(
    'every fiftieth event is lost',
    ['order'],
    ['order.one-publisher', 'order.each-publisher', 'order.nothing-lost', 'order.replay-as-live'],
    () => ({
      live: event => (event.number % 50 === 0 ? [] : [event]),
    }),
  ),
  planted(
    'every fiftieth event is repeated',
    ['order'],
    ['order.one-publisher', 'order.each-publisher', 'order.nothing-lost', 'order.replay-as-live'],
    () => ({
      live: event => (event.number % 50 === 0 ? [event, event] : [event]),
    }),
  ),
  // Fan-out
  planted(
    'one of twenty readers receives no event',
    ['fan-out'],
    ['fan-out.texts', 'fan-out.ids', 'fan-out.bytes', 'fan-out.many-readers'],
    () => ({
      live: (event, reader, readers) =>
        readers.length >= 20 && readers.indexOf(reader) === 7 ? [] : [event],
    }),
  ),
  planted('each reader has its own ids', ['fan-out'], ['fan-out.ids', 'fan-out.bytes'], () => ({
    block: (event, reader) => blockOf({...event, id: `${reader.index}-${event.number}`}),
  })),
  planted('each reader has its own bytes', ['fan-out'], ['fan-out.bytes'], () => ({
    block: (event, reader) => `${blockOf(event)}\n: ${reader.index}`,
  })),
  planted(
    'a reader is subscribed only after the head',
    ['fan-out.subscribed-at-head'],
    ['fan-out.subscribed-at-head'],
    () => missNextEvent(),
  ),
  planted(
    'a reader that leaves ends another stream',
    ['fan-out'],
    ['fan-out.reader-leaves', 'fan-out.reader-crashes', 'fan-out.readers-come-and-go'],
    () => leavingReaderEndsAnother(),
  ),
  // Expiry
  planted(
    'a stream outlives its credential',
    ['expiry'],
    ['expiry.ends', 'expiry.nothing-after', 'expiry.told', 'expiry.clean-end'],
    () => ({expire: () => {}}),
  ),
  planted('an ended credential is not told', ['expiry'], ['expiry.told'], () => ({
    expire: res => void res.end(),
  })),
  planted('an ended credential resets the connection', ['expiry'], ['expiry.clean-end'], () => ({
    expire(res) {
      res.write('event: expired\ndata: x\n\ndata: half')
      setTimeout(() => res.destroy(), 30)
    },
  })),
  planted('an ended credential opens a stream', ['expiry'], ['expiry.reconnect-refused'], () => ({
    acceptsExpired: true,
  })),
  // Drain
  planted(
    'a stopping server does not exit',
    ['drain'],
    ['drain.exits', 'drain.exit-code', 'drain.streams-end', 'drain.regular-end', 'drain.told'],
    () => ({
      drain: () => delay(60_000, undefined, {ref: false}),
    }),
  ),
  planted('a stopping server resets its streams', ['drain'], ['drain.regular-end', 'drain.told'], () => ({
    async drain(readers) {
      for (const {res} of readers) res.socket?.resetAndDestroy()
    },
  })),
  planted(
    'a stopping server ends its streams inside a block',
    ['drain'],
    ['drain.complete-block', 'drain.told', 'drain.short-retry'],
    () => ({
      async drain(readers) {
        for (const {res} of readers) res.end('event: bye\nretry: 60000\ndata: x\n')
      },
    }),
  ),
  planted('a stopping server refuses new streams with 503', ['drain'], ['drain.reconnect-allowed'], () => ({
    draining: res => void refuse(res, 503),
  })),
  planted('a stopping server exits with 1', ['drain'], ['drain.exit-code'], () => ({exitCode: 1})),
  planted('a stopping server truncates the body', ['drain'], ['drain.regular-end', 'drain.told'], () => ({
    async drain(readers) {
      for (const {res} of readers) res.socket?.end()
    },
  })),
  // Slow readers
  planted('all bytes wait in memory for a stuck reader', ['slow-readers'], ['slow-readers.memory'], () => ({
    maxWaitingBytes: Number.POSITIVE_INFINITY,
  })),
  planted(
    'a stuck reader stops the publisher',
    ['slow-readers'],
    ['slow-readers.others-receive', 'slow-readers.publisher-continues', 'slow-readers.continues'],
    () => ({
      async beforePublish(readers) {
        while ([...readers].some(({res}) => res.writableLength > 256 * 1024)) await delay(20)
      },
    }),
  ),
  planted('events for a stuck reader are dropped', ['slow-readers'], ['slow-readers.continues'], () => ({
    overflow: () => {},
  })),
  planted(
    'half of a block is dropped for a stuck reader',
    ['slow-readers'],
    ['slow-readers.continues', 'slow-readers.whole-blocks'],
    () => ({
      maxWaitingBytes: 512 * 1024,
      write(res, block) {
        const isStuck = res.writableLength > 256 * 1024
        const bytes = Buffer.from(block)
        res.write(isStuck ? bytes.subarray(0, bytes.length / 2 - 1) : bytes)
      },
    }),
  ),
  // Heartbeats
  planted(
    'there is no heartbeat',
    ['heartbeats', 'proxies'],
    ['heartbeats.in-time', 'heartbeats.repeated', 'proxies.impatient'],
    () => ({heartbeat: () => ''}),
  ),
  planted('heartbeats stop', ['heartbeats'], ['heartbeats.repeated'], () => ({
    heartbeat: sent => (sent < 2 ? ':\n\n' : ''),
  })),
  planted('a heartbeat is a message', ['heartbeats'], ['heartbeats.no-message'], () => ({
    heartbeat: () => 'data: ping\n\n',
  })),
  planted('a heartbeat deletes the last event id', ['heartbeats'], ['heartbeats.keep-id'], () => ({
    heartbeat: () => 'id:\nevent: ping\ndata:\n\n',
  })),
  planted('a heartbeat sets the last event id back', ['heartbeats'], ['heartbeats.keep-id'], () => ({
    heartbeat: () => 'id: e-2\nevent: ping\ndata:\n\n',
  })),
  planted('a heartbeat stands inside an event', ['heartbeats'], ['heartbeats.busy'], () => ({
    block: event => (event.number % 7 === 0 ? blockOf(event).replace('\n', '\n:\n') : blockOf(event)),
  })),
  // Connections
  planted(
    'a response of HTTP/1.0 is chunked',
    ['connections.http-1.0'],
    [
      'connections.http-1.0',
      'connections.http-1.0-body',
      'connections.http-1.0-without-host',
      'connections.http-1.0-keep-alive',
    ],
    () => ({
      request(req, res) {
        if (req.httpVersion !== '1.0') return false
        res.req.socket.write(
          'HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n:\n\n\r\n',
        )
        return true
      },
    }),
  ),
  planted('Connection: close is ignored', ['connections'], ['connections.close'], () => ({
    head: (fields, req) => (req.httpVersion === '1.1' ? {...fields, Connection: 'keep-alive'} : fields),
  })),
  planted(
    'a request target in absolute form is unknown',
    ['connections'],
    ['connections.absolute-form'],
    () => ({
      request: (req, res) => req.url!.startsWith('http') && refuse(res, 404),
    }),
  ),
  planted('unknown header fields are refused', ['connections'], ['connections.unknown-fields'], () => ({
    request: (req, res) => 'x-unknown' in req.headers && refuse(res, 400),
  })),
  planted('streams of clients that have left are not freed', ['connections'], ['connections.freed'], () => ({
    forgetsReaders: true,
  })),
  planted(
    'bytes of the client are sent back',
    ['connections.bytes', 'connections.malformed'],
    [
      'connections.bytes-after-request',
      'connections.malformed-line',
      'connections.malformed-bytes',
      'connections.malformed-version',
      'connections.malformed-field',
    ],
    () => ({
      clientError: ({rawPacket}, socket) => void socket.write(rawPacket ?? ''),
    }),
  ),
  planted('an unknown query parameter gets 500', ['connections'], ['connections.other-query'], () => ({
    request: (req, res) => req.url!.includes('?_=') && refuse(res, 500),
  })),
]

function planted(
  name: string,
  runs: readonly string[],
  fails: readonly string[],
  create: () => Fault,
): PlantedFault {
  return {name, runs, fails, create}
}

function refuse(res: Parameters<typeof end>[0], status: number, fields?: Record<string, string>): true {
  end(res, status, fields)
  return true
}

/** A new reader receives live events only after the next event, when its request is chosen. */
function missNextEvent(isChosen: (req: IncomingMessage) => boolean = () => true): Fault {
  const joining: (() => void)[] = []
  return {
    join: req => (isChosen(req) ? new Promise(resolve => joining.push(resolve)) : undefined),
    async beforePublish() {
      const waiting = joining.splice(0)
      setImmediate(() => {
        for (const join of waiting) join()
      })
    },
  }
}

/** Replayed events have a retry field, so their lines differ from the lines of live events. */
function withReplayed(copy: (event: StoredEvent) => StoredEvent): Fault {
  const replayed = new WeakSet<StoredEvent>()
  return {
    replay(missed) {
      const copies = missed.map(copy)
      for (const event of copies) replayed.add(event)
      return copies
    },
    block: event => (replayed.has(event) ? `retry: 1000\n${blockOf(event)}` : blockOf(event)),
  }
}

/** Every tenth event waits for the next event, for the chosen readers. */
function swapNeighbours(isChosen: (reader: Reader) => boolean = () => true): Fault {
  const held = new Map<Reader, StoredEvent>()
  return {
    live(event, reader) {
      if (!isChosen(reader)) return [event]
      const waiting = held.get(reader)
      if (waiting) {
        held.delete(reader)
        return [event, waiting]
      }
      if (event.number % 10 !== 0) return [event]
      held.set(reader, event)
      return []
    },
  }
}

function leavingReaderEndsAnother(): Fault {
  const open: Reader['res'][] = []
  return {
    request(req, res) {
      open.push(res)
      req.socket.once('close', () => {
        const other = open.find(
          candidate => candidate !== res && !candidate.writableEnded && candidate.socket,
        )
        if (open.length > 12) other?.end()
      })
      return false
    },
  }
}
