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

const waves = 125
const warmUpWaves = 25
const streamsPerEnd = 50
const maxStreamsPerUser = 100 // the limit of the server `defaults`

interface Context {
  api: string
  tokenFor(subject: string, lifetime?: number): Promise<string>
  admin: Record<string, string>
}

/** Each function opens `streamsPerEnd` streams, and resolves when all these streams have ended. */
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
  async 'the member signs out'(context, wave) {
    const origin = context.api.replace('/api/v1', '')
    const headers = {origin, 'content-type': 'application/json'}
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

export async function streamChurn(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const server = await processes.server('defaults', {
    databaseUrl: await postgres.createDatabase(),
    heartbeatSeconds: 15,
    limits: {feedLingerMs: 1_000},
  })
  const context = await contextOf(server)
  const idle = await measure(server)
  let opened = 0
  let warm = idle
  for (let wave = 0; wave < waves; wave++) {
    if (wave === warmUpWaves) warm = await measure(server)
    await Promise.all(Object.values(ends).map(end => end(context, wave)))
    opened += Object.keys(ends).length * streamsPerEnd
  }
  const after = await measure(server)
  return toResult({opened, idle, warm, after})
}

async function contextOf({child, port}: Server<DefaultsCommands>): Promise<Context> {
  const secret = await child.call('secret')
  const token = await mintToken({secret}, {subject: 'root', organization, role: 'admin', lifetime: 36_000})
  return {
    api: `http://127.0.0.1:${port}/api/v1`,
    tokenFor: (subject, lifetime = 3_600) => mintToken({secret}, {subject, organization, lifetime}),
    admin: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
  }
}

async function post({api, admin}: Context, path: string, body: object): Promise<Record<string, string>> {
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
  handles: number
  streams: number
  feeds: number
}

/** Waits until all streams have ended and all feeds without streams were dropped. Then measures the server. */
async function measure({child}: Server<DefaultsCommands>): Promise<Sample> {
  await until(async () => (await child.call('liveStats')).streams === 0)
  await delay(5_000) // during this time, feeds without streams are dropped, and connections of `fetch` are closed
  const {streams, feeds} = await child.call('liveStats')
  const {rss, heap} = await child.call('memory')
  return {rss: rss / 2 ** 20, heap: heap / 2 ** 20, handles: await child.call('handles'), streams, feeds}
}

function toResult({
  opened,
  idle,
  warm,
  after,
}: {opened: number} & Record<'idle' | 'warm' | 'after', Sample>): Result {
  const line = (name: string, {streams, feeds, handles, heap, rss}: Sample) => [
    name,
    streams,
    feeds,
    handles,
    heap,
    rss,
  ]
  return {
    title: `${opened.toLocaleString('en-US')} streams that ended in ${Object.keys(ends).length} ways`,
    columns: ['when', 'streams', 'feeds', 'handles', 'heap MB', 'RSS MB'],
    lines: [
      line('before', idle),
      line(`after ${(opened * warmUpWaves) / waves} streams`, warm),
      line(`after ${opened} streams`, after),
    ],
    notes: [`The ways: ${Object.keys(ends).join('; ')}.`],
    bars: [
      atMost('streams and feeds at the end', 0, '', after.streams + after.feeds),
      atMost('more handles than before', 0, '', after.handles - idle.handles),
      atMost('growth of the heap in the last 80 % of the streams', 5, 'MB', after.heap - warm.heap),
      atMost('growth of RSS in the last 80 % of the streams', 30, 'MB', after.rss - warm.rss),
    ],
  }
}
