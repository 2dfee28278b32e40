// Tests the table of failures in docs/client.md with both transports and real sockets.
// The waits between attempts are tested in connection-states.test.ts.
// The rows of the table that need a page are tested in tests/browser.
import {setTimeout as delay} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import {EventSource} from 'eventsource'
import {findFreePort} from '../../conformance/adapters/ports.ts'
import {openTaskStream, Problem, type TaskStreamOptions} from '../../src/client/client.ts'
import {
  type Answer,
  cursor,
  frame,
  json,
  live,
  refuse,
  type ScriptedServer,
  startScriptedServer,
  stream,
} from '../helpers/scripted-server.ts'
import {until} from '../helpers/until.ts'

// Node has no EventSource. The package `eventsource` follows the same specification as a browser.
Object.assign(globalThis, {EventSource})

interface Watched {
  server: ScriptedServer
  stream: ReturnType<typeof openTaskStream>
  /** The task ids of the received events. */
  seen: string[]
  statuses: string[]
  errors: unknown[]
  resets: {reason: string; cursor: string; board?: any}[]
}

type Transport = 'eventsource' | 'fetch'
interface Script extends TaskStreamOptions {
  answers: Answer[]
  rest?: Answer
}

async function watch(t: ExecutionContext, transport: Transport, script: Script): Promise<Watched> {
  const {answers, rest, ...options} = script
  const server = await startScriptedServer(answers, rest)
  const watched = {server, seen: [], statuses: [], errors: [], resets: []} as unknown as Watched
  watched.stream = openTaskStream({
    url: server.url,
    transport,
    ...options,
    onEvent: event => watched.seen.push((event as {task_id: string}).task_id),
    onStatus: status => watched.statuses.push(status),
    onError: error => watched.errors.push(error),
    onReset: reset => watched.resets.push(reset),
  })
  t.teardown(async () => {
    watched.stream.close()
    await server.close()
  })
  return watched
}

for (const transport of ['eventsource', 'fetch'] as const) {
  const over = `over ${transport}: `

  test(`${over}a stream that ends is reopened from the last id after the retry delay`, async t => {
    const ends = stream([frame.retry(600), frame.open(1), frame.ready(1), frame.event(2)], res => res.end())
    const {
      server,
      stream: opened,
      seen,
      statuses,
      errors,
    } = await watch(t, transport, {
      answers: [ends, live(2, frame.event(3))],
    })
    await until(() => seen.length === 2)
    t.deepEqual(seen, ['task-2', 'task-3'])
    t.deepEqual(statuses, ['live', 'reconnecting', 'live'])
    t.deepEqual(errors, [])
    t.is(server.streams[1]!.lastEventId, cursor(2))
    t.true(server.streams[1]!.at - server.streams[0]!.at >= 590, 'the client waits for the retry delay')
    t.is(opened.cursor, cursor(3))
  })

  test(`${over}a stream that breaks is reopened from the last id after the retry delay`, async t => {
    const breaks = stream([frame.retry(600), frame.open(1), frame.ready(1), frame.event(2)], res => {
      setTimeout(() => (res.socket as any).resetAndDestroy(), 50)
    })
    const {server, seen, statuses, errors} = await watch(t, transport, {
      answers: [breaks, live(2, frame.event(3))],
    })
    await until(() => seen.length === 2)
    t.deepEqual(statuses, ['live', 'reconnecting', 'live'])
    t.deepEqual(errors, [])
    t.is(server.streams[1]!.lastEventId, cursor(2))
  })

  test(`${over}an incomplete frame is dropped, and its event is delivered after the reconnect`, async t => {
    const half = frame.event(2).slice(0, -2)
    const {seen} = await watch(t, transport, {
      answers: [
        stream([frame.retry(600), frame.open(1), frame.ready(1), half], res => res.end()),
        live(1, frame.event(2)),
      ],
    })
    await until(() => seen.length === 1)
    t.deepEqual(seen, ['task-2'])
  })

  // This test is serial, because concurrent tests could delay the reconnect. If the reconnect took more than two
  // seconds, the status would change.
  test.serial(
    `${over}after stream.drain the client reconnects, and the status stays live without an error`,
    async t => {
      const drains = stream([frame.retry(600), frame.open(1), frame.ready(1), frame.drain(1)], res =>
        res.end(),
      )
      const {seen, statuses, errors} = await watch(t, transport, {answers: [drains, live(1, frame.event(2))]})
      await until(() => seen.length === 1)
      t.deepEqual(statuses, ['live'])
      t.deepEqual(errors, [])
    },
  )

  test(`${over}when the server does not return within two seconds after stream.drain, the status changes to reconnecting`, async t => {
    const drains = stream([frame.retry(600), frame.open(1), frame.ready(1), frame.drain(1)], res => res.end())
    const says = stream([frame.retry(600)]) // The server sends only the retry delay on this stream.
    const {statuses, errors} = await watch(t, transport, {answers: [drains, says]})
    await until(() => statuses.length === 2)
    t.deepEqual(statuses, ['live', 'reconnecting'])
    t.deepEqual(errors, [])
  })

  test(`${over}after stream.unavailable the client reconnects after the retry delay, without an error`, async t => {
    const unavailable = stream([frame.retry(600), frame.unavailable()], res => res.end())
    const {server, seen, statuses, errors} = await watch(t, transport, {
      answers: [unavailable, unavailable, live(1, frame.event(2))],
      cursor: cursor(1),
    })
    await until(() => seen.length === 1)
    t.deepEqual(statuses, ['live'], 'the status is connecting before the stream opens')
    t.deepEqual(errors, [])
    t.deepEqual(
      server.streams.map(({lastEventId}) => lastEventId),
      [cursor(1), cursor(1), cursor(1)],
    )
    t.true(server.streams[1]!.at - server.streams[0]!.at >= 590)
  })

  test(`${over}when the server cannot be reached, each failure is reported and the client retries with backoff`, async t => {
    const errors: unknown[] = []
    const opened = openTaskStream({
      url: `http://127.0.0.1:${await findFreePort()}`,
      transport,
      onError: error => errors.push(error),
    })
    t.teardown(() => opened.close())
    await until(() => errors.length === 3)
    t.true(errors.every(error => error instanceof Error))
    t.is(opened.status, 'connecting')
  })

  test(`${over}after 5xx the client reports the problem, retries with backoff and does not sign out`, async t => {
    let isDown = true
    const {seen, statuses, errors} = await watch(t, transport, {
      answers: [
        refuse(503, 'store-unavailable'),
        refuse(503, 'store-unavailable'),
        res => {
          isDown = false
          live(1, frame.event(2))(res, res.req)
        },
      ],
      rest: (res, req) => (isDown ? refuse(503, 'store-unavailable')(res, req) : json(res, 200, {})),
    })
    await until(() => seen.length === 1)
    t.deepEqual(statuses, ['live'])
    t.deepEqual(
      errors.map(error => (error as Problem).code),
      ['store-unavailable', 'store-unavailable'],
    )
  })

  test(`${over}after 401 on a reconnect, getToken returns another token and the stream continues immediately`, async t => {
    const hints: boolean[] = []
    let token = 'old'
    const ends = stream([frame.retry(600), frame.open(1), frame.ready(1), frame.event(2)], res => res.end())
    const ifNew =
      (then: Answer): Answer =>
      (res, req) =>
        `${req.url} ${req.headers.authorization}`.includes('new')
          ? then(res, req)
          : refuse(401, 'invalid-token')(res, req)
    const {server, seen, statuses, errors} = await watch(t, transport, {
      answers: [ends, ifNew(live(2, frame.event(3)))],
      rest: ifNew(res => json(res, 200, {})),
      getToken({refused}) {
        hints.push(refused)
        if (refused) token = 'new'
        return token
      },
    })
    await until(() => seen.length === 2)
    t.deepEqual(statuses, ['live', 'reconnecting', 'live'])
    t.deepEqual(errors, [])
    t.is(hints.filter(refused => refused).length, 1)
    t.deepEqual(
      server.streams.map(({token}) => token),
      ['old', 'old', 'new'],
    )
    t.is(server.streams.at(-1)!.lastEventId, cursor(2))
    if (transport === 'eventsource') t.is(server.calls[0], 'GET /me', 'GET /me distinguishes 401 from 5xx')
  })

  test(`${over}when the new token gets 401 too, the status is signed-out, and the client retries until a sign-in`, async t => {
    let isSignedIn = false
    const {server, seen, statuses, errors} = await watch(t, transport, {
      answers: [
        (res, req) => (isSignedIn ? live(1, frame.event(2)) : refuse(401, 'invalid-token'))(res, req),
      ],
      rest: (res, req) => (isSignedIn ? json(res, 200, {}) : refuse(401, 'invalid-token')(res, req)),
      getToken: () => 'bad',
    })
    await until(() => statuses.includes('signed-out'))
    const asked = server.streams.length
    t.true(asked <= 3, 'the client waits between attempts')
    isSignedIn = true
    await until(() => seen.length === 1)
    t.deepEqual(statuses, ['signed-out', 'live'])
    t.deepEqual(errors, [])
  })

  test(`${over}without getToken, 401 immediately changes the status to signed-out; reconnect() continues after a sign-in`, async t => {
    let isSignedIn = false
    const ifSignedIn =
      (then: Answer): Answer =>
      (res, req) =>
        (isSignedIn ? then : refuse(401, 'unauthenticated'))(res, req)
    const {
      stream: opened,
      seen,
      statuses,
    } = await watch(t, transport, {
      answers: [ifSignedIn(live(1, frame.event(2)))],
      rest: ifSignedIn(res => json(res, 200, {})),
    })
    await until(() => statuses.includes('signed-out'))
    isSignedIn = true
    opened.reconnect()
    await until(() => seen.length === 1)
    t.deepEqual(statuses, ['signed-out', 'live'])
  })

  test(`${over}after an invalid request the client reports the problem of the server and retries with backoff`, async t => {
    const {server, errors, statuses} = await watch(t, transport, {answers: [refuse(400, 'invalid-request')]})
    await until(() => errors.length === 2)
    t.true(errors.every(error => error instanceof Problem && error.code === 'invalid-request'))
    t.like((errors[0] as Problem).data, {status: 400})
    t.true(server.streams.length <= 5, 'the client waits between attempts')
    t.deepEqual(statuses, [])
  })

  test(`${over}after 2.5 heartbeats of silence the client reconnects immediately`, async t => {
    const goesSilent = stream([frame.retry(600), frame.open(1, 0.3), frame.ready(1), frame.event(2)])
    const {server, seen, statuses, errors} = await watch(t, transport, {
      answers: [goesSilent, live(2, frame.event(3))],
    })
    await until(() => seen.length === 2)
    t.deepEqual(seen, ['task-2', 'task-3'])
    t.deepEqual(statuses, ['live', 'reconnecting', 'live'])
    t.deepEqual(errors, [])
    t.is(server.streams[1]!.lastEventId, cursor(2))
  })

  test(`${over}heartbeats move the cursor of a filtered stream and report the time of the last read of the log`, async t => {
    const ends = stream([frame.retry(600), frame.open(1), frame.ready(1), frame.heartbeat(9)], res =>
      res.end(),
    )
    const {
      server,
      stream: opened,
      seen,
    } = await watch(t, transport, {answers: [ends, live(9, frame.event(10))]})
    await until(() => seen.length === 1)
    t.is(server.streams[1]!.lastEventId, cursor(9))
    t.is(opened.checkedAt?.toISOString(), '2026-03-02T09:30:00.125Z')
  })

  test(`${over}after stream.reset the current board is fetched; events that arrive during the fetch are delivered after the board`, async t => {
    const board = {sprint: {id: 's'}, stories: [], members: [], cursor: cursor(51)}
    const {seen, resets, server, statuses} = await watch(t, transport, {
      answers: [
        stream([
          frame.openBeforeReset(50),
          frame.reset(50),
          frame.ready(50),
          frame.event(51),
          frame.event(52),
        ]),
      ],
      rest: res => void delay(100).then(() => json(res, 200, board)),
      selection: {sprintId: 's'},
      cursor: cursor(1),
    })
    await until(() => seen.length === 1)
    t.deepEqual(server.calls, ['GET /sprints/s/board'])
    t.deepEqual(resets, [{reason: 'expired', cursor: cursor(51), board}])
    t.deepEqual(seen, ['task-52'], 'the board already includes event 51')
    t.deepEqual(statuses, ['live'])
  })

  test(`${over}after a reset the client retries the fetch of the board, and delivers no event before the fetch succeeds`, async t => {
    const board = {sprint: {id: 's'}, stories: [], members: [], cursor: cursor(50)}
    let attempts = 0
    const {seen, resets, errors, statuses} = await watch(t, transport, {
      answers: [stream([frame.openBeforeReset(50), frame.reset(50), frame.ready(50), frame.event(51)])],
      rest: (res, req) =>
        ++attempts < 3 ? refuse(503, 'store-unavailable')(res, req) : json(res, 200, board),
      selection: {sprintId: 's'},
      cursor: cursor(1),
    })
    await until(() => resets.length === 1)
    await until(() => seen.length === 1)
    t.is(errors.length, 2)
    t.deepEqual(statuses, ['live'], 'the status is not live before the board has loaded')
  })

  test(`${over}when the selection is not one sprint, onReset is called immediately and later events are delivered`, async t => {
    const {seen, resets, server} = await watch(t, transport, {
      answers: [stream([frame.openBeforeReset(50), frame.reset(50), frame.ready(50), frame.event(51)])],
      cursor: cursor(1),
    })
    await until(() => seen.length === 1)
    t.deepEqual(resets, [{reason: 'expired', cursor: cursor(50)}])
    t.deepEqual(server.calls, [])
  })

  test(`${over}when a connection breaks before its reset arrives, the client reconnects with the old cursor`, async t => {
    const breaks = stream([frame.retry(600), frame.openBeforeReset(50)], res => res.end())
    const {server, resets} = await watch(t, transport, {
      answers: [breaks, stream([frame.openBeforeReset(50), frame.reset(50), frame.ready(50)])],
      cursor: cursor(1),
    })
    await until(() => resets.length === 1)
    t.deepEqual(
      server.streams.map(({lastEventId}) => lastEventId),
      [cursor(1), cursor(1)],
    )
  })

  test(`${over}an event that was already delivered is not delivered again`, async t => {
    const {seen} = await watch(t, transport, {
      answers: [live(1, frame.event(2), frame.event(3), frame.event(3), frame.event(2), frame.event(4))],
      cursor: cursor(1),
    })
    await until(() => seen.length >= 3)
    t.deepEqual(seen, ['task-2', 'task-3', 'task-4'])
  })

  test(`${over}a closed stream does not reconnect and calls no callback`, async t => {
    const ends = stream([frame.retry(500), frame.open(1), frame.ready(1)], res => res.end())
    const {
      server,
      stream: opened,
      seen,
      statuses,
    } = await watch(t, transport, {answers: [live(1), ends, live(1, frame.event(2))]})
    await until(() => opened.isConnected)
    opened.close()
    // The second stream breaks and reconnects. The closed stream must not reconnect. If the closed stream
    // reconnected, the closed stream would reconnect before the second stream.
    let hasSeen = false
    const other = openTaskStream({
      url: server.url,
      transport,
      onEvent() {
        hasSeen = true
      },
    })
    t.teardown(() => other.close())
    await until(() => hasSeen)
    t.is(server.streams.length, 3)
    t.deepEqual(seen, [])
    t.deepEqual(statuses, ['live'])
  })

  // This test is serial, because it handles the uncaught exceptions of the whole process.
  test.serial(`${over}an error in a callback does not end the stream`, async t => {
    const thrown: unknown[] = []
    const listener = (error: unknown) => thrown.push(error)
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException').on('uncaughtException', listener)
    t.teardown(() => {
      process.removeAllListeners('uncaughtException')
      for (const other of others) process.on('uncaughtException', other)
    })
    const server = await startScriptedServer([live(1, frame.event(2), frame.event(3))])
    const seen: unknown[] = []
    const opened = openTaskStream({
      url: server.url,
      transport,
      onEvent: (_, place) => {
        seen.push(place.cursor)
        throw new Error('a bug of the page')
      },
    })
    t.teardown(async () => {
      opened.close()
      await server.close()
    })
    await until(() => seen.length === 2 && thrown.length === 2)
    t.is(server.streams.length, 1)
  })
}

test('over fetch: the request of a stream has the given headers, and needs no cookies', async t => {
  let asked: string | undefined
  const {seen} = await watch(t, 'fetch', {
    answers: [
      (res, req) => {
        asked = req.headers['x-api-key'] as string
        live(1, frame.event(2))(res, req)
      },
    ],
    headers: {'x-api-key': 'key-1'},
  })
  await until(() => seen.length === 1)
  t.is(asked, 'key-1')
})

test('over fetch: when a response is not an event stream, the client reports a failure with the status of the response', async t => {
  const {errors} = await watch(t, 'fetch', {
    answers: [res => res.writeHead(200, {'content-type': 'text/html'}).end('<h1>A proxy</h1>')],
  })
  await until(() => errors.length === 1)
  t.like((errors[0] as Problem).data, {status: 200})
})
