/**
 * Opens 50,000 streams, and ends these streams in all ways in which a stream can end. Checks that no streams stay in
 * memory.
 */
import {setTimeout as delay} from 'node:timers/promises'
import {mintToken} from '../../../src/identity/mint-token.ts'
import {Stream} from '../../helpers/stream.ts'
import {until} from '../../helpers/until.ts'
import type {Processes, Server} from '../processes.ts'
import type {DefaultsCommands} from '../servers/defaults.ts'
import {organization} from '../servers/organization.ts'
import {atMost, type Result} from '../table.ts'

const totalStreams = 50_000
const warmUpShare = 0.2
const streamsPerEnd = 50
const stalledPerWave = 5 // few streams, because the server must write several MB for each stream
const stallTimeoutMs = 1_000
const largeTasks = 800
const eachAlone = {connection: 'close'} // without this header, `fetch` would keep idle connections for a minute
const maxStreamsPerUser = 100 // the limit that servers/defaults.ts sets

interface Context {
  server: Server<DefaultsCommands>
  api: string
  tokenFor(subject: string, lifetime?: number): Promise<string>
  admin: Record<string, string>
  /** The query of a stream that replays several MB. */
  largeReplay: string
}

/** Each function opens streams, and resolves when all these streams have ended. */
const ends: Record<string, (context: Context, wave: number) => Promise<void>> = {
  async 'client closes'(context, wave) {
    const streams = await openMany(context, {token: await context.tokenFor(`closer ${wave}`)})
    for (const stream of streams) stream.close()
  },
  async 'client closes before the stream opens'(context, wave) {
    const token = await context.tokenFor(`hasty ${wave}`)
    const opening = Array.from({length: streamsPerEnd}, () => open(context, `token=${token}`))
    for (const stream of await Promise.all(opening)) stream.close()
  },
  async 'the token expires'(context, wave) {
    const streams = await openMany(context, {token: await context.tokenFor(`short ${wave}`, 4)})
    await allEnd(streams, 'stream.expired')
  },
  async 'the API key is revoked'(context, wave) {
    const {id, key = ''} = await post(context, '/api-keys', {name: `Key ${wave}`, role: 'viewer'})
    const streams = await openMany(context, {api_key: key})
    await fetch(`${context.api}/api-keys/${id}`, {method: 'DELETE', headers: context.admin})
    await allEnd(streams, 'stream.revoked')
  },
  async 'the member is removed'(context, wave) {
    const token = await context.tokenFor(`leaver ${wave}`)
    const streams = await openMany(context, {token})
    const me = await fetch(`${context.api}/me`, {headers: {...eachAlone, authorization: `Bearer ${token}`}})
    const {user_id} = (await me.json()) as {user_id: string}
    await fetch(`${context.api}/members/${user_id}`, {method: 'DELETE', headers: context.admin})
    await allEnd(streams, 'stream.revoked')
  },
  async 'the client does not read, and the server closes the connection'(context) {
    const {child} = context.server
    const {cut} = await child.call('liveStats')
    const opening = Array.from({length: stalledPerWave}, () => open(context, context.largeReplay))
    const streams = await Promise.all(opening)
    for (const stream of streams) stream.pause()
    await until(async () => (await child.call('liveStats')).cut === cut + stalledPerWave)
    for (const stream of streams) stream.close()
  },
  async 'the member signs out'(context, wave) {
    const origin = context.api.replace('/api/v1', '')
    const headers = {...eachAlone, origin, 'content-type': 'application/json'}
    const body = JSON.stringify({token: await context.tokenFor(`page ${wave}`)})
    const signedIn = await fetch(`${context.api}/session`, {method: 'POST', headers, body})
    const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!
    const streams = await openMany(context, {}, {cookie})
    await fetch(`${context.api}/session`, {method: 'DELETE', headers: {...headers, cookie}})
    await allEnd(streams, 'stream.revoked')
  },
  async 'the ticket opens another stream'(context) {
    const {ticket} = await post(context, '/events/tickets', {topics: ['tasks']})
    const streams: Stream[] = []
    for (let count = 0; count < streamsPerEnd; count++) {
      const stream = await open(context, `ticket=${ticket}`)
      await stream.waitFor('stream.ready')
      streams.push(stream)
    }
    await allEnd(streams.slice(0, -1), 'stream.revoked')
    streams.at(-1)!.close()
  },
  async 'the limit of the member is reached'(context, wave) {
    const token = await context.tokenFor(`greedy ${wave}`)
    const first = await Promise.all(
      Array.from({length: maxStreamsPerUser}, () => open(context, `token=${token}`)),
    )
    for (const stream of first) await stream.waitFor('stream.ready')
    const refused = await Promise.all(
      Array.from({length: streamsPerEnd}, () => open(context, `token=${token}`)),
    )
    await allEnd(refused, 'stream.unavailable')
    for (const stream of first) stream.close()
  },
  async 'the cursor is invalid, and the client closes'(context, wave) {
    const query = {token: await context.tokenFor(`lost ${wave}`), lastEventId: 'nonsense'}
    const streams = await openMany(context, query)
    for (const stream of streams) stream.close()
  },
}

const streamsPerWave = (Object.keys(ends).length - 1) * streamsPerEnd + stalledPerWave
const waves = Math.ceil(totalStreams / streamsPerWave)
const warmUpWaves = Math.ceil(waves * warmUpShare)

export async function streamChurn(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const server = await processes.server('defaults', {
    databaseUrl: await postgres.createDatabase(),
    heartbeatSeconds: 15,
    limits: {feedLingerMs: 1_000, stallTimeoutMs},
  })
  const context = await contextOf(server)
  const idle = await measure(server)
  let warm = idle
  for (let wave = 0; wave < waves; wave++) {
    if (wave === warmUpWaves) warm = await measure(server)
    await Promise.all(Object.values(ends).map(end => end(context, wave)))
  }
  return toResult({idle, warm, after: await measure(server)})
}

async function contextOf(server: Server<DefaultsCommands>): Promise<Context> {
  const secret = await server.child.call('secret')
  const token = await mintToken({secret}, {subject: 'root', organization, role: 'admin', lifetime: 36_000})
  const context = {
    server,
    api: `http://127.0.0.1:${server.port}/api/v1`,
    tokenFor: (subject: string, lifetime = 3_600) => mintToken({secret}, {subject, organization, lifetime}),
    admin: {...eachAlone, authorization: `Bearer ${token}`, 'content-type': 'application/json'},
  }
  return {...context, largeReplay: await makeLargeReplay(context)}
}

/** Creates tasks with long descriptions, and returns the query of a stream that replays the creation of these tasks. */
async function makeLargeReplay(context: Omit<Context, 'largeReplay'>): Promise<string> {
  const project = await post(context, '/projects', {name: 'Lighthouse'})
  const story = await post(context, `/projects/${project.id}/stories`, {title: 'Light the lamp'})
  const {headers} = await fetch(`${context.api}/stories/${story.id}`, {headers: context.admin})
  const cursor = headers.get('event-id')!
  const task = {title: 'Polish the lens', description: 'z'.repeat(10_000)}
  for (let count = 0; count < largeTasks; count++) await post(context, `/stories/${story.id}/tasks`, task)
  return new URLSearchParams({
    token: context.admin.authorization!.split(' ')[1]!,
    lastEventId: cursor,
  }).toString()
}

async function post(
  {api, admin}: Pick<Context, 'api' | 'admin'>,
  path: string,
  body: object,
): Promise<Record<string, string>> {
  const response = await fetch(api + path, {method: 'POST', headers: admin, body: JSON.stringify(body)})
  if (response.status !== 201) throw new Error(await response.text())
  return (await response.json()) as Record<string, string>
}

function open({api}: Context, query: string, headers: Record<string, string> = {}): Promise<Stream> {
  return Stream.open(`${api}/events?${query}`, {headers})
}

/** Opens `streamsPerEnd` streams, and waits for `stream.open` of every stream. */
async function openMany(
  context: Context,
  query: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Stream[]> {
  const text = new URLSearchParams(query).toString()
  const streams = await Promise.all(Array.from({length: streamsPerEnd}, () => open(context, text, headers)))
  for (const stream of streams) await stream.waitFor('stream.open')
  return streams
}

async function allEnd(streams: readonly Stream[], type: string): Promise<void> {
  for (const stream of streams) {
    await stream.waitFor(type)
    await until(() => stream.hasEnded)
  }
}

interface Sample {
  rss: number
  heap: number
  handles: Record<string, number>
  streams: number
  feeds: number
}

/** Waits until all streams have ended and all feeds without streams were dropped. Then measures the server. */
async function measure({child}: Server<DefaultsCommands>): Promise<Sample> {
  await until(async () => (await child.call('liveStats')).streams === 0)
  await delay(5_000) // during this time, feeds without streams are dropped
  // Opens all connections of the pool, so that the number of database connections is the same in each sample.
  await child.call('fillPool')
  const {streams, feeds} = await child.call('liveStats')
  const {rss, heap} = await child.call('memory')
  return {rss: rss / 2 ** 20, heap: heap / 2 ** 20, handles: await child.call('handles'), streams, feeds}
}

function toResult({idle, warm, after}: Record<'idle' | 'warm' | 'after', Sample>): Result {
  const opened = waves * streamsPerWave
  const line = (name: string, {streams, feeds, handles, heap, rss}: Sample) => [
    name,
    streams,
    feeds,
    sum(handles),
    heap,
    rss,
  ]
  return {
    title: `${opened.toLocaleString('en-US')} streams that ended in ${Object.keys(ends).length} ways`,
    columns: ['when', 'streams', 'feeds', 'handles', 'heap MB', 'RSS MB'],
    lines: [
      line('before', idle),
      line(`after ${warmUpWaves * streamsPerWave} streams`, warm),
      line(`after ${opened} streams`, after),
    ],
    notes: [
      `The ways: ${Object.keys(ends).join('; ')}. A drain ends the process, so the row \`drain\` measures drains.`,
      `Handles before: ${describe(idle.handles)}. Handles at the end: ${describe(after.handles)}.`,
    ],
    bars: [
      atMost('streams and feeds at the end', 0, '', after.streams + after.feeds),
      atMost('more handles than before', 0, '', sum(after.handles) - sum(idle.handles)),
      atMost('growth of the heap in the last 80 % of the streams', 5, 'MB', after.heap - warm.heap),
      atMost('growth of RSS in the last 80 % of the streams', 30, 'MB', after.rss - warm.rss),
    ],
  }
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

function describe(counts: Record<string, number>): string {
  return Object.entries(counts)
    .sort()
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')
}
