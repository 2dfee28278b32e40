// Tests a server with several worker processes: the shared port, the common limits, the replacement of workers, and
// the stop of the server.
import {once} from 'node:events'
import {type AddressInfo, createServer} from 'node:net'
import {setTimeout as delay} from 'node:timers/promises'
import type {ExecutionContext} from 'ava'
import {sampleOf} from '../helpers/metrics.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {run} from '../helpers/process.ts'
import type {Received, Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'
import {WorkersServer} from '../helpers/workers.ts'

const secret = 'a test secret with at least 32 characters'

// The tests are serial, so that no test waits for the processes of another test. A start of a server with two workers
// needs much CPU time, so most tests check several facts about one server.
test.serial(
  'two workers share one port, and a stream of one worker receives the changes of the other; after SIGTERM to a worker, only its streams end, and it is replaced; Ctrl-C, which sends SIGINT to all processes, stops the server with exit code 0',
  async t => {
    const env = {WORKERS: '1', DATABASE_URL: await createDatabase()}
    const server = await start(t, env, ['serve', '--workers', '2'])
    t.deepEqual([...server.pids.keys()], [1, 2])
    t.is(new Set([...server.pids.values(), server.process.pid]).size, 3)
    t.is(server.lines('listening').length, 1)

    const ada = await server.token('ada')
    const streams = await server.openStreams(ada, 4)
    t.deepEqual([...new Set(streams.map(({worker}) => worker))].sort(), [1, 2])
    const path = await server.createStory(ada)
    for (let count = 1; count <= 10; count++) await server.post(ada, path, {title: `Task ${count}`})
    for (const {stream} of streams) {
      await stream.waitUntil(() => titlesOf(stream.events).length === 10)
      t.deepEqual(titlesOf(stream.events), titlesUpTo(10))
    }

    process.kill(server.pids.get(1)!, 'SIGTERM')
    await until(() => server.pids.has(3))
    for (const {stream, worker} of streams) {
      if (worker === 1) await stream.ended()
      t.is(stream.hasEnded, worker === 1)
      t.is(
        stream.received.some(({data}) => data?.type === 'stream.drain'),
        worker === 1,
      )
    }
    await server.post(ada, path, {title: 'Task 11'})
    for (const {stream} of streams.filter(({worker}) => worker === 2)) {
      await stream.waitUntil(() => titlesOf(stream.events).length === 11)
    }
    const ends = () => server.lines('a worker has ended and will be replaced')
    t.like(ends(), [{worker: 1, code: 0}])

    for (const [worker, pid] of server.pids) if (worker !== 1) process.kill(pid, 'SIGINT')
    t.is(await server.process.end('SIGINT'), 0)
    for (const {stream} of streams) t.is(stream.received.at(-1)?.data.type, 'stream.drain')
    // The last lines may arrive after the exit of the process.
    await until(() => server.lines('stopped').length === 4)
    t.is(ends().length, 1)
    // The primary process writes the line about the end of a worker.
    const lines = server.log.filter(({pid}) => pid !== server.process.pid)
    for (const {pid, worker} of lines) t.is(server.pids.get(worker!), pid)
  },
)

test.serial(
  'when all workers are killed, their replacements listen on the same port; a worker that ends soon after its start is replaced after a delay; the metrics of all workers are added up, and killed workers do not reduce the counters',
  async t => {
    const settings = {METRICS_TOKEN: 'a-token-for-metrics', METRICS_PORT: '0'}
    const server = await start(t, {...settings, DATABASE_URL: await createDatabase()})
    const url = String(server.lines('serving metrics')[0]!.url)
    const read = async () =>
      (await fetch(url, {headers: {authorization: `Bearer ${settings.METRICS_TOKEN}`}})).text()
    t.is((await fetch(url)).status, 401)

    const ada = await server.token('ada')
    const streams = await server.openStreams(ada, 4)
    t.deepEqual([...new Set(streams.map(({worker}) => worker))].sort(), [1, 2])
    const path = await server.createStory(ada)
    for (let count = 1; count <= 4; count++) await server.post(ada, path, {title: `Task ${count}`})
    for (const {stream} of streams) await stream.waitUntil(() => titlesOf(stream.events).length === 4)
    const before = await read()
    t.is(sampleOf(before, 'boardcast_workers'), 2)
    t.is(sampleOf(before, 'boardcast_streams_open{kind="stream"}'), 4)
    t.is(sampleOf(before, 'boardcast_streams_opened_total{kind="stream"}'), 4)
    t.is(sampleOf(before, 'boardcast_change_seconds_count{operation="createTask",outcome="committed"}'), 4)
    const sent = sampleOf(before, 'boardcast_events_sent_total{how="live"}')!
    t.true(sent >= 16)
    t.true(sampleOf(before, 'boardcast_bus_announcements_received_total')! >= 4)

    for (const pid of server.pids.values()) process.kill(pid, 'SIGKILL')
    await until(() => server.pids.size === 4)
    await until(async () => sampleOf(await read(), 'boardcast_workers') === 2)
    const after = await read()
    t.is(sampleOf(after, 'boardcast_streams_open{kind="stream"}'), 0)
    t.is(sampleOf(after, 'boardcast_streams_opened_total{kind="stream"}'), 4)
    t.true(sampleOf(after, 'boardcast_events_sent_total{how="live"}')! >= sent)

    const workers = (await server.openStreams(ada, 4)).map(({worker}) => worker)
    t.deepEqual([...new Set(workers)].sort(), [3, 4])
    process.kill(server.pids.get(3)!, 'SIGKILL')
    await until(() => server.pids.has(5))
    const ends = server.lines('a worker has ended and will be replaced')
    t.deepEqual(Object.fromEntries(ends.map(({worker, delay_ms}) => [worker, delay_ms])), {
      1: 0,
      2: 0,
      3: 1_000,
    })
    t.is((await fetch(`${server.process.url}/readyz`)).status, 200)
    t.is(await server.process.end('SIGTERM'), 0)
  },
)

test.serial(
  'the limits of streams and of changes apply to all workers together, and every worker serves the metrics of all; when the primary process is killed, the workers end their streams and exit',
  async t => {
    const server = await start(t, {
      DATABASE_URL: await createDatabase(),
      METRICS_TOKEN: 'a-token-for-metrics',
      MAX_STREAMS: '7',
      MAX_STREAMS_PER_ORG: '5',
      MAX_STREAMS_PER_USER: '3',
      MAX_CHANGES_PER_MINUTE_PER_USER: '6',
      MAX_CHANGES_PER_MINUTE_PER_ORG: '100',
    })
    // The connection of each request is closed, so the next request reaches the other worker.
    const request = (path: string, init: RequestInit, token: string) =>
      fetch(server.process.url + path, {
        ...init,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          connection: 'close',
        },
      })
    const open = async (subject: string, organization: string) => {
      const token = await server.token(subject, organization)
      return openAtOnce(8, () => server.open(token))
    }
    const ofAda = await open('ada', 'acme')
    t.is(ofAda.length, 3)
    t.is((await open('bob', 'acme')).length, 2)
    const ofEve = await open('eve', 'other')
    t.is(ofEve.length, 2)
    for (let count = 0; count < 4; count++) {
      const text = await (await request('/metrics', {}, 'a-token-for-metrics')).text()
      t.is(sampleOf(text, 'boardcast_streams_open{kind="stream"}'), 7)
    }

    ofAda[0]!.close()
    const token = await server.token('ada')
    await until(async () => (await openAtOnce(1, () => server.open(token))).length === 1)
    t.is((await openAtOnce(8, () => server.open(token))).length, 0)

    const post = async (subject: string) => {
      const init = {method: 'POST', body: JSON.stringify({name: 'Rocket'})}
      return (await request('/api/v1/projects', init, await server.token(subject))).status
    }
    const statuses: number[] = []
    for (let count = 0; count < 8; count++) statuses.push(await post('ada'))
    t.deepEqual(statuses, [201, 201, 201, 201, 201, 201, 429, 429])
    t.is(await post('bob'), 201)
    const posts = () => server.log.filter(({msg, path}) => msg === 'request' && path === '/api/v1/projects')
    await until(() => posts().length === 9)
    t.deepEqual([...new Set(posts().map(({worker}) => worker))].sort(), [1, 2])

    await server.process.end('SIGKILL')
    for (const stream of ofEve) {
      await stream.ended()
      t.is(stream.received.at(-1)?.data.type, 'stream.drain')
    }
    await until(() => server.lines('stopped').length === 2)
  },
)

test.serial(
  'when a worker is killed, its streams resume at another worker without loss, and the worker is replaced; a second signal kills workers that do not stop',
  async t => {
    const streamCount = 6
    const env = {MAX_STREAMS_PER_USER: String(streamCount), DATABASE_URL: await createDatabase()}
    const server = await start(t, env)
    const [ada, grace] = [await server.token('ada'), await server.token('grace')]
    const path = await server.createStory(ada)
    const streams = await server.openStreams(ada, streamCount)
    const killed = streams[0]!.worker
    const followed = streams.map(({stream, worker}) =>
      worker === killed ? follow(server, ada, stream) : [stream],
    )

    for (let count = 1; count <= 30; count++) {
      if (count === 10) process.kill(server.pids.get(killed)!, 'SIGKILL')
      // When the killed worker has reset the connection of a change, the change is sent again.
      await until(() => server.post(grace, path, {title: `Task ${count}`}).then(isDone, isNotDone))
    }
    const whole = await server.open(grace, {headers: {'last-event-id': 'earliest'}})
    await whole.waitFor('stream.ready')
    const log = whole.events.filter(isTask)
    t.deepEqual([...new Set(titlesOf(log))], titlesUpTo(30))
    for (const parts of followed) {
      await until(async () => eventsOf(await parts).length >= log.length)
      t.deepEqual(eventsOf(await parts), log)
    }

    await until(() => server.pids.has(3))
    const [end] = server.lines('a worker has ended and will be replaced')
    t.like(end, {worker: killed, signal: 'SIGKILL', code: null, delay_ms: 0})
    t.is(
      (await openAtOnce(1, () => server.open(ada))).length,
      0,
      'no more streams are open than the limit allows',
    )

    const {stream, worker} = streams.find(({worker}) => worker !== killed)!
    process.kill(server.pids.get(worker)!, 'SIGSTOP')
    const exit = server.process.end('SIGTERM')
    await until(() => server.lines('stopping').some(line => line.worker === undefined))
    await delay(600) // The server ignores further signals within 500 ms after the first signal.
    t.is(await Promise.all([server.process.end('SIGTERM'), exit]).then(([code]) => code), 1)
    await stream.ended()
  },
)

test.serial(
  'when a server cannot start, the server prints the reason only one time and exits with code 1',
  async t => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    t.teardown(() => other.close())
    const env = {WORKERS: '2', HOST: '127.0.0.1', PORT: String((other.address() as AddressInfo).port)}
    const database = {DATABASE_URL: await createDatabase(), AUTH_JWT_SECRET: secret}
    const failures: [env: Record<string, string>, reason: RegExp][] = [
      [{...env, ...database}, /Port \d+ of 127\.0\.0\.1 is in use/g],
      [
        {...env, ...database, DATABASE_URL: 'postgres://u:p@127.0.0.1:1/b'},
        /database cannot be reached.*ECONNREFUSED/g,
      ],
      [{...env, ...database, HEARTBEAT_SECONDS: 'x'}, /HEARTBEAT_SECONDS/g],
      [{WORKERS: '2'}, /WORKERS: more than one worker needs DATABASE_URL/g],
    ]
    for (const [env, reason] of failures) {
      const {code, stderr} = await run(['serve'], env)
      t.is(code, 1)
      t.is(stderr.match(reason)?.length, 1, stderr)
      t.notRegex(stderr, /\n {4}at /)
    }
  },
)

async function start(
  t: ExecutionContext,
  env: Record<string, string>,
  args?: readonly string[],
): Promise<WorkersServer> {
  t.timeout(120_000)
  const server = await WorkersServer.start(env, args)
  t.teardown(() => server.process.end('SIGTERM'))
  await until(() => server.pids.size === 2) // The server writes its log with a delay of up to 100 ms.
  return server
}

/** Opens streams at the same time. Waits until each stream is ready or refused, and returns the ready streams. */
async function openAtOnce(count: number, open: () => Promise<Stream>): Promise<Stream[]> {
  const streams = await Promise.all(Array.from({length: count}, open))
  const isOpen = await Promise.all(
    streams.map(async stream => {
      await stream.waitUntil(() => stream.received.some(({data}) => /ready|unavailable/.test(data?.type)))
      return stream.received.some(({data}) => data?.type === 'stream.ready')
    }),
  )
  return streams.filter((_, index) => isOpen[index])
}

/**
 * Waits until the stream ends. Then tries to resume the stream until an attempt succeeds. Resolves with the ended
 * stream and the resumed stream.
 */
async function follow(server: WorkersServer, token: string, stream: Stream): Promise<Stream[]> {
  await stream.ended()
  const headers = {'last-event-id': stream.lastEventId!}
  let resumed: Stream[] = []
  await until(async () => {
    resumed = await openAtOnce(1, () => server.open(token, {headers})).catch(() => [])
    return resumed.length > 0
  })
  return [stream, ...resumed]
}

function eventsOf(streams: readonly Stream[]): Received[] {
  return streams.flatMap(({events}) => events).filter(isTask)
}

function isTask({data}: Received): boolean {
  return data.type === 'task.created'
}

function titlesOf(events: readonly Received[]): string[] {
  return events.filter(isTask).map(({data}) => data.task.title)
}

function titlesUpTo(count: number): string[] {
  return Array.from({length: count}, (_, index) => `Task ${index + 1}`)
}

const isDone = () => true
const isNotDone = () => false
