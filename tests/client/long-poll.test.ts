// Tests that long polls mean the same as a stream, with real sockets.
import {setTimeout as delay} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import {openTaskStream, type TaskStreamOptions} from '../../src/client/client.ts'
import {
  type Answer,
  answerPoll,
  cursor,
  json,
  refuse,
  silence,
  startScriptedServer,
} from '../helpers/scripted-server.ts'
import {until} from '../helpers/until.ts'

interface Script extends TaskStreamOptions {
  /** The answers to the polls, in order. Later polls wait. */
  answers: Answer[]
  rest?: Answer
}

async function watch(t: ExecutionContext, {answers, rest, ...options}: Script) {
  /** The parameter `wait` of each poll. */
  const waits: (string | null)[] = []
  const recorded = [...answers, silence].map((answer): Answer => {
    return (res, req) => {
      waits.push(new URL(req.url!, 'http://localhost').searchParams.get('wait'))
      answer(res, req)
    }
  })
  const server = await startScriptedServer(recorded, rest)
  const watched = {
    server,
    waits,
    seen: [] as {cursor: string; isReplay: boolean}[],
    statuses: [] as string[],
    errors: [] as any[],
    resets: [] as any[],
  }
  const stream = openTaskStream({
    url: server.url,
    transport: 'poll',
    ...options,
    onEvent: (_, place) => watched.seen.push(place),
    onStatus: status => watched.statuses.push(status),
    onError: error => watched.errors.push(error),
    onReset: reset => watched.resets.push(reset),
  })
  t.teardown(async () => {
    stream.close()
    await server.close()
  })
  return {...watched, stream}
}

test('the first polls do not wait; when the cursor has reached the head, the stream is live and the polls wait', async t => {
  const {server, stream, seen, statuses, waits} = await watch(t, {
    answers: [answerPoll(2, 1, {ready: false}), answerPoll(4, 2), answerPoll(4), answerPoll(6, 4)],
    cursor: cursor(1),
  })
  await until(() => server.streams.length === 5)
  t.deepEqual(
    seen.map(({cursor, isReplay}) => [cursor, isReplay]),
    [2, 3, 4, 5, 6].map(seq => [cursor(seq), seq <= 4]),
  )
  t.deepEqual(
    server.streams.map(({lastEventId}) => lastEventId),
    [1, 2, 4, 4, 6].map(cursor),
  )
  t.deepEqual(waits, ['0', '0', '25', '25', '25'])
  t.deepEqual(statuses, ['live'])
  t.true(stream.checkedAt instanceof Date)
  t.is(stream.transport, 'poll')
  t.is(stream.cursor, cursor(6))
})

test('without a cursor, the stream starts at the head; from `earliest`, the stream delivers the first event', async t => {
  const atHead = await watch(t, {answers: [answerPoll(7), answerPoll(8, 7)]})
  await until(() => atHead.seen.length === 1)
  t.is(atHead.seen[0]!.cursor, cursor(8))
  t.deepEqual(
    atHead.server.streams.slice(0, 2).map(({lastEventId}) => lastEventId),
    [null, cursor(7)],
  )
  const fromStart = await watch(t, {answers: [answerPoll(2, 0)], cursor: 'earliest'})
  await until(() => fromStart.stream.isConnected)
  t.deepEqual(
    fromStart.seen.map(({cursor}) => cursor),
    [1, 2].map(cursor),
  )
})

test('an answer without events moves the cursor of a filtered stream', async t => {
  const {server, stream} = await watch(t, {answers: [answerPoll(1), answerPoll(9)], cursor: cursor(1)})
  await until(() => server.streams.length === 3)
  t.is(stream.cursor, cursor(9))
  t.is(server.streams[2]!.lastEventId, cursor(9))
})

test('a reset is reported, and the next poll continues from the cursor of the reset', async t => {
  const {server, seen, resets, statuses} = await watch(t, {
    answers: [answerPoll(50, 50, {reset: {reason: 'expired'}}), answerPoll(51, 50)],
    cursor: cursor(1),
  })
  await until(() => seen.length === 1)
  t.deepEqual(resets, [{reason: 'expired', cursor: cursor(50)}])
  t.is(server.streams[1]!.lastEventId, cursor(50))
  t.deepEqual(statuses, ['live'])
})

test('after a reset of a stream of one sprint, the current board is fetched', async t => {
  const board = {sprint: {id: 's'}, stories: [], members: [], cursor: cursor(51)}
  const {seen, resets, statuses} = await watch(t, {
    answers: [answerPoll(50, 50, {reset: {reason: 'epoch'}}), answerPoll(52, 50)],
    rest: res => void delay(100).then(() => json(res, 200, board)),
    selection: {sprintId: 's'},
    cursor: cursor(1),
  })
  await until(() => seen.length === 1)
  t.deepEqual(resets, [{reason: 'epoch', cursor: cursor(51), board}])
  t.is(seen[0]!.cursor, cursor(52), 'the board already includes event 51')
  t.deepEqual(statuses, ['live'])
})

test('when a poll fails, the client reconnects and continues from its cursor', async t => {
  const breaks: Answer = res => (res.socket as any).resetAndDestroy()
  const {server, seen, statuses, errors} = await watch(t, {
    answers: [answerPoll(2, 1), breaks, answerPoll(3, 2)],
    cursor: cursor(1),
  })
  await until(() => seen.length === 2)
  t.deepEqual(statuses, ['live', 'reconnecting', 'live'])
  t.deepEqual(errors, [])
  t.is(server.streams[2]!.lastEventId, cursor(2))
})

test('when the first poll fails, the client reports the problem of the server, and retries', async t => {
  const {statuses, errors} = await watch(t, {
    answers: [refuse(400, 'invalid-request'), refuse(500, 'internal-error'), answerPoll(1)],
  })
  await until(() => statuses.length === 1)
  t.deepEqual(
    errors.map(({code}) => code),
    ['invalid-request', 'internal-error'],
  )
  t.deepEqual(statuses, ['live'])
})

test('a temporary refusal is not an error; the client continues after a delay', async t => {
  const limited: Answer = res =>
    json(res, 429, {status: 429, code: 'rate-limited', detail: 'Wait.', retry_after_seconds: 1})
  const {server, seen, statuses, errors} = await watch(t, {
    answers: [answerPoll(1), limited, answerPoll(2, 1)],
    cursor: cursor(1),
  })
  await until(() => seen.length === 1)
  t.deepEqual(statuses, ['live', 'reconnecting', 'live'])
  t.deepEqual(errors, [])
  t.true(server.streams[2]!.at - server.streams[1]!.at >= 990, 'the client waits for the delay of the server')
})

test('when the server stops, the client polls again, and the status stays live', async t => {
  const {seen, statuses, errors} = await watch(t, {
    answers: [answerPoll(1), answerPoll(1), refuse(503, 'draining'), answerPoll(2, 1)],
    cursor: cursor(1),
  })
  await until(() => seen.length === 1)
  t.deepEqual(errors, [])
  t.is(statuses.at(-1), 'live')
})

test('when a credential ends, the client gets a new token, and the status stays live', async t => {
  let token = 'old'
  const hints: boolean[] = []
  const ifNew =
    (then: Answer): Answer =>
    (res, req) =>
      (req.headers.authorization === 'Bearer new' ? then : refuse(401, 'invalid-token'))(res, req)
  const {server, seen, statuses, errors} = await watch(t, {
    answers: [answerPoll(1), refuse(401, 'invalid-token'), ifNew(answerPoll(2, 1)), ifNew(answerPoll(2, 1))],
    cursor: cursor(1),
    getToken({refused}) {
      hints.push(refused)
      if (refused) token = 'new'
      return token
    },
  })
  await until(() => seen.length === 1)
  t.deepEqual(
    server.streams.slice(0, 4).map(({token}) => token),
    ['old', 'old', 'old', 'new'],
  )
  t.is(hints.filter(refused => refused).length, 1)
  t.deepEqual(statuses, ['live'])
  t.deepEqual(errors, [])
})

test('when a member was removed, the status is signed-out', async t => {
  const {statuses, errors} = await watch(t, {
    answers: [answerPoll(1), refuse(403, 'member-removed'), refuse(403, 'member-removed')],
  })
  await until(() => statuses.includes('signed-out'))
  t.deepEqual(statuses, ['live', 'signed-out'])
  t.deepEqual(errors, [])
})

test('when events follow each other quickly, one poll receives several events', async t => {
  const startedAt = performance.now()
  const all: Answer = (res, req) => {
    const {searchParams} = new URL(req.url!, 'http://localhost')
    // Every 10 ms has one event, even if the process is busy.
    const head = 1 + Math.floor((performance.now() - startedAt) / 10)
    answerPoll(head, Number(searchParams.get('lastEventId')!.split('-')[1]))(res, req)
  }
  const {server, seen} = await watch(t, {answers: Array(50).fill(all), cursor: cursor(1)})
  await until(() => seen.length >= 200)
  t.deepEqual(
    seen.map(({cursor}) => cursor),
    seen.map((_, index) => cursor(index + 2)),
  )
  t.log(`${seen.length} events in ${server.streams.length} polls`)
  t.true(server.streams.length < seen.length / 4)
})

test('a closed stream ends its poll and calls no callback', async t => {
  let isEnded = false
  const waits: Answer = res =>
    res.on('close', () => {
      isEnded = true
    })
  const {stream, statuses, errors} = await watch(t, {answers: [answerPoll(1), waits]})
  await until(() => stream.isConnected)
  await delay(100)
  stream.close()
  await until(() => isEnded)
  t.deepEqual(statuses, ['live'])
  t.deepEqual(errors, [])
})
