// Tests how the client finds out that something holds its streams back, with real sockets.
// transport-decision.test.ts tests the decision without time, and long-poll.test.ts tests the long polls.
import test, {type ExecutionContext} from 'ava'
import {EventSource} from 'eventsource'
import {Api} from '../../src/client/api.ts'
import {openTaskStream, type TaskStreamOptions} from '../../src/client/client.ts'
import {verdictPlaceOf} from '../../src/client/verdicts.ts'
import {Door, Link} from '../faults/run/link.ts'
import {Random} from '../faults/run/random.ts'
import {
  type Answer,
  answerPoll,
  cursor,
  frame,
  json,
  live,
  refuse,
  type ScriptedServer,
  silence,
  startScriptedServer,
  stream,
} from '../helpers/scripted-server.ts'
import {startTamperingProxy} from '../helpers/tampering-proxy.ts'
import {until} from '../helpers/until.ts'

interface Watched {
  stream: ReturnType<typeof openTaskStream>
  /** The cursors of the received events. */
  seen: string[]
  statuses: string[]
  transports: string[]
  errors: unknown[]
}

function watch(t: ExecutionContext, options: TaskStreamOptions): Watched {
  const watched = {seen: [], statuses: [], transports: [], errors: []} as unknown as Watched
  watched.stream = openTaskStream({
    ...options,
    onEvent: (_, place) => watched.seen.push(place.cursor),
    onStatus: status => watched.statuses.push(status),
    onTransport: transport => watched.transports.push(transport),
    onError: error => watched.errors.push(error),
  })
  t.teardown(() => watched.stream.close())
  return watched
}

async function start(t: ExecutionContext, answers: Answer[], rest?: Answer): Promise<ScriptedServer> {
  const server = await startScriptedServer(answers, rest)
  t.teardown(() => server.close())
  return server
}

/** Answers streams with `onStream`, and polls with the answers in `polls`. The last poll waits. */
function byKind(onStream: Answer, ...polls: Answer[]): Answer {
  let polled = 0
  return (res, req) => {
    const isPoll = req.headers.accept === 'application/json'
    const answer = isPoll ? (polls[polled++] ?? silence) : onStream
    answer(res, req)
  }
}

const kinds = ({streams}: ScriptedServer) => streams.map(({isPoll}) => (isPoll ? 'poll' : 'stream'))
const polls = [answerPoll(1), answerPoll(3, 1), answerPoll(4, 3)]

// These tests are serial, because they set a global variable. Node has no EventSource. The package `eventsource`
// follows the same specification as a browser.
for (const [first, value] of Object.entries({EventSource, fetch: undefined})) {
  test.serial(
    `when a proxy holds streams back until they end, the client changes from ${first} to long polls`,
    async t => {
      Object.assign(globalThis, {EventSource: value})
      const server = await start(t, [byKind(live(1), ...polls)])
      const {url} = await startTamperingProxy(t, server.url, {holdsStreams: true})
      const startedAt = Date.now()
      const {stream, seen, statuses, errors} = watch(t, {url})
      t.is(stream.transport, 'stream')
      await until(() => stream.isConnected)
      t.log(`live after ${Date.now() - startedAt} ms`)
      t.is(stream.transport, 'poll')
      await until(() => seen.length === 3)
      t.deepEqual(seen, [2, 3, 4].map(cursor))
      await until(() => server.streams.length === 6)
      t.deepEqual(kinds(server), ['stream', 'stream', 'poll', 'poll', 'poll', 'poll'])
      t.deepEqual(
        server.streams.map(({lastEventId}) => lastEventId),
        [null, null, null, ...[1, 3, 4].map(cursor)],
      )
      t.deepEqual(server.calls, ['GET /me', 'GET /me'])
      t.deepEqual(statuses, ['live'])
      t.deepEqual(errors, [])

      const next = watch(t, {url, cursor: cursor(0)})
      await until(() => server.streams.length === 7)
      t.is(kinds(server).at(-1), 'poll', 'the next stream to this server starts with long polls')
      t.is(next.stream.cursor, cursor(0))
    },
  )
}

test('when a proxy holds several streams of a program back, all of them change to long polls', async t => {
  const answer: Answer = (res, req) => (req.url!.includes('wait=0') ? answerPoll(1) : silence)(res, req)
  const polls = Array.from({length: 10}, () => answer)
  const server = await start(t, [byKind(live(1), ...polls)])
  const {url} = await startTamperingProxy(t, server.url, {holdsStreams: true})
  const all = [1, 2, 3].map(() => watch(t, {url, cursor: cursor(1)}))
  await until(() => all.every(({stream}) => stream.isConnected))
  for (const {stream, statuses, errors} of all) {
    t.is(stream.transport, 'poll')
    t.deepEqual(statuses, ['live'])
    t.deepEqual(errors, [])
  }
})

test('on a slow network, the client waits for the stream', async t => {
  const slow = [1_000, 2_000, 3_000].map(async delayMs => {
    const server = await start(t, [byKind(live(1, frame.event(2)), answerPoll(1))])
    const link = new Link({port: () => Number(new URL(server.url).port), random: new Random(1)})
    link.set('delay', delayMs)
    const door = await Door.open(socket => link.accept(socket))
    t.teardown(() => {
      door.lock()
      link.close()
    })
    const {stream, seen, statuses} = watch(t, {url: `http://127.0.0.1:${door.port}`})
    await until(() => seen.length === 1)
    t.deepEqual(statuses, ['live'])
    t.deepEqual(kinds(server), ['stream'], `each byte arrives ${delayMs} ms late`)
    t.is(stream.transport, 'stream')
  })
  await Promise.all(slow)
})

test('during an outage, in which GET /me fails too, the client waits for the stream', async t => {
  const late: Answer = (res, req) => void setTimeout(() => live(1, frame.event(2))(res, req), 4_000)
  const server = await start(t, [byKind(late, answerPoll(1))], refuse(503, 'store-unavailable'))
  const {seen, statuses} = watch(t, {url: server.url})
  await until(() => seen.length === 1)
  t.deepEqual(kinds(server), ['stream'])
  t.deepEqual(server.calls, ['GET /me'])
  t.deepEqual(statuses, ['live'])
})

test('when the stream opens while the client compares it with GET /me, the client keeps the stream', async t => {
  const late: Answer = (res, req) => void setTimeout(() => live(1, frame.event(2))(res, req), 3_500)
  const me: Answer = res => void setTimeout(() => json(res, 200, {}), 1_000)
  const server = await start(t, [byKind(late, answerPoll(1))], me)
  const {stream, seen} = watch(t, {url: server.url})
  await until(() => seen.length === 1)
  stream.close()
  t.deepEqual(kinds(server), ['stream'])
})

test('when two streams in a row become silent after they have opened, the client changes to long polls', async t => {
  const opens = stream([frame.retry(600), frame.open(1, 0.3), frame.ready(1), frame.event(2)])
  const server = await start(t, [byKind(opens, answerPoll(3, 2))])
  const {stream: opened, seen, errors} = watch(t, {url: server.url})
  await until(() => seen.length === 2)
  t.deepEqual(seen, [2, 3].map(cursor))
  t.is(opened.transport, 'poll')
  t.deepEqual(kinds(server).slice(0, 2), ['stream', 'stream'])
  t.is(server.calls[0], 'GET /me')
  t.deepEqual(errors, [])
})

test('when an older server answers a long poll with a stream, the client tries streams again', async t => {
  let isHeld = true
  const held: Answer = (res, req) => isHeld || live(1, frame.event(2))(res, req)
  const ignoresAccept: Answer = (res, req) => {
    isHeld = false
    live(1)(res, req)
  }
  const server = await start(t, [byKind(held, ignoresAccept)])
  const {seen, errors} = watch(t, {url: server.url})
  await until(() => seen.length === 1)
  t.deepEqual(kinds(server), ['stream', 'stream', 'poll', 'stream'])
  t.is(errors.length, 1)
})

test('when a verdict has ended, the client tries a stream in the background, and changes back without losing an event', async t => {
  const beats = stream([frame.open(4, 0.5), frame.ready(4)], res => {
    const timer = setInterval(() => res.write(frame.heartbeat(4)), 200)
    res.on('close', () => clearInterval(timer))
  })
  const late: Answer = (res, req) => void setTimeout(() => answerPoll(4)(res, req), 2_000)
  let streams = 0
  const onStream: Answer = (res, req) => (streams++ === 0 ? beats : live(4, frame.event(5)))(res, req)
  const server = await start(t, [byKind(onStream, ...polls, ...Array(20).fill(late))])
  remember(server.url, 'poll', 1_500)
  const {stream: opened, seen, statuses, transports} = watch(t, {url: server.url, cursor: cursor(1)})
  await until(() => seen.length === 3)
  t.is(opened.transport, 'poll')
  await until(() => seen.length === 4)
  t.deepEqual(seen, [2, 3, 4, 5].map(cursor))
  t.is(opened.transport, 'stream')
  const ofStreams = server.streams.filter(({isPoll}) => !isPoll)
  t.is(ofStreams.length, 2)
  t.is(ofStreams[1]!.lastEventId, cursor(4))
  t.is(kinds(server)[0], 'poll')
  t.deepEqual(statuses, ['live'])
  t.deepEqual(transports, ['poll', 'stream'])
})

test('when the stream in the background is held back too, the client keeps its long polls', async t => {
  const late: Answer = (res, req) => void setTimeout(() => answerPoll(1)(res, req), 1_000)
  const held = stream([frame.open(1, 0.3), frame.ready(1)])
  const server = await start(t, [byKind(held, answerPoll(1), late, late, late, late, answerPoll(2, 1))])
  remember(server.url, 'poll', 500)
  const {stream: opened, seen, statuses} = watch(t, {url: server.url, cursor: cursor(1)})
  await until(() => seen.length === 1)
  t.is(opened.transport, 'poll')
  t.deepEqual(statuses, ['live'])
  t.deepEqual(
    kinds(server).filter(kind => kind === 'stream'),
    ['stream'],
    'the verdict is valid again',
  )
})

test('when the option `transport` is `stream`, the client waits for the stream without a check', async t => {
  const late: Answer = (res, req) => void setTimeout(() => live(1, frame.event(2))(res, req), 3_500)
  const server = await start(t, [byKind(late, answerPoll(1))])
  const {seen} = watch(t, {url: server.url, transport: 'stream'})
  await until(() => seen.length === 1)
  t.deepEqual(kinds(server), ['stream'])
  t.deepEqual(server.calls, [])
})

/** Writes a verdict that ends after this number of milliseconds. */
function remember(url: string, name: 'fetch' | 'poll', milliseconds: number): void {
  const {all, key} = verdictPlaceOf(new Api({url}))
  all[key] = `${name} ${Date.now() + milliseconds}`
}
