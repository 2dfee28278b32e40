import {once} from 'node:events'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import test, {type ExecutionContext} from 'ava'
import {Expiries} from '../../src/live/expiry.ts'
import {defaultLimits} from '../../src/live/limits.ts'
import {LiveCounts} from '../../src/live/live-counts.ts'
import {StreamSubscriber} from '../../src/live/stream-subscriber.ts'
import type {SubscriberHost} from '../../src/live/subscriber.ts'
import {WaitingBudget} from '../../src/live/waiting-budget.ts'
import {startLiveServer} from '../helpers/live-server.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {createOrganization} from '../helpers/organization.ts'
import {until} from '../helpers/until.ts'

/** The timer is stopped. `tickAt` sets the clock, runs a tick, and returns what has happened to the streams. */
function createExpiries() {
  let time = 0
  const expiries = new Expiries<ReturnType<typeof streamOf>>({timeOfDay: () => time, now: () => time})
  expiries.stop()
  const calls: string[] = []
  const streamOf = (name: string, expiresAt: number | undefined) => ({
    expiresAt,
    warnOfExpiry: () => calls.push(`${name} warned`),
    expire: () => calls.push(`${name} ended`),
  })
  const tickAt = (ms: number) => {
    time = ms
    expiries.tick()
    return calls.splice(0)
  }
  return {expiries, streamOf, tickAt, calls}
}

test('a stream is warned once, 60 s before its credential ends; less than 1 s before its credential ends, the stream is ended', t => {
  const {expiries, streamOf, tickAt} = createExpiries()
  expiries.add(streamOf('short', 100_000))
  expiries.add(streamOf('long', 200_000))
  expiries.add(streamOf('endless', undefined))
  t.deepEqual(tickAt(39_999), [])
  t.deepEqual(tickAt(40_000), ['short warned'])
  t.deepEqual(tickAt(99_000), [])
  t.deepEqual(tickAt(99_500), ['short ended'])
  t.deepEqual(tickAt(150_000), ['long warned'])
})

test('when the clock is set ahead, the next tick ends the streams whose credentials have ended', t => {
  const {expiries, streamOf, tickAt} = createExpiries()
  expiries.add(streamOf('short', 100_000))
  t.deepEqual(tickAt(1), [])
  t.deepEqual(tickAt(1_000_000), ['short warned', 'short ended'])
})

test('after a stream was deleted, the stream is not warned and not ended', t => {
  const {expiries, streamOf, tickAt} = createExpiries()
  const [gone, left] = [streamOf('gone', 100_000), streamOf('left', 100_000)]
  for (const stream of [gone, left]) expiries.add(stream)
  expiries.delete(gone)
  t.deepEqual(tickAt(100_000), ['left warned', 'left ended'])
  expiries.delete(left)
  expiries.delete(streamOf('unknown', 5))
})

test('when many credentials end at the same time, the streams end in several turns of the event loop', async t => {
  const {expiries, streamOf, tickAt, calls} = createExpiries()
  for (let n = 0; n < 1_000; n++) expiries.add(streamOf('one', 100_000))
  const first = tickAt(99_400).filter(call => call.endsWith('ended')).length
  t.true(first < 1_000, `${first} streams ended in one turn of the event loop`)
  tickAt(100_000)
  await until(() => first + calls.length === 1_000)
})

test('a stream gets stream.expiring before its credential ends; when the credential ends, the stream ends with stream.expired', async t => {
  const {db, close} = await openNewStore()
  let aheadMs = 0
  const server = await startLiveServer(db, {timeOfDay: () => Date.now() + aheadMs})
  t.teardown(async () => {
    await server.close()
    await close()
  })
  const {ada} = await createOrganization(db, {ada: 'member'})
  const expiresAt = Date.now() + 50_000
  const stream = await server.open({organizationId: ada.organization_id, expiresAt})
  const expiring = await stream.waitFor('stream.expiring')
  t.is(expiring.id, undefined)
  t.is(expiring.data!.expires_at, new Date(expiresAt).toISOString())
  const {id} = await stream.waitFor('stream.ready')
  t.is(stream.received.filter(({data}) => data?.type === 'stream.expiring').length, 1)
  aheadMs = 50_000
  const expired = await stream.waitFor('stream.expired')
  t.is(expired.id, id)
  await stream.ended()
  t.is(stream.received.at(-1), expired)
})

test('when a stream is warned during its replay, stream.expiring follows directly after stream.ready', async t => {
  t.deepEqual(await typesOf(t, {expiresInMs: 100_000}), [
    'stream.open',
    'stream.ready',
    'stream.expiring',
    'stream.expired',
  ])
})

test('when a credential ends within a minute after the stream has opened, stream.expiring arrives only once, before stream.ready', async t => {
  t.deepEqual(await typesOf(t, {expiresInMs: 50_000}), [
    'stream.open',
    'stream.expiring',
    'stream.ready',
    'stream.expired',
  ])
})

/** Warns a stream during its replay, makes the stream live, and ends the stream. Returns the types of its events. */
async function typesOf(t: ExecutionContext, {expiresInMs}: {expiresInMs: number}): Promise<string[]> {
  const host: SubscriberHost = {
    framing: 'message',
    served: {epoch: 'abcdefghijk23', seq: 4},
    checkedAt: 0,
    hasMore: false,
    presence: undefined,
    settings: {limits: defaultLimits, heartbeatSeconds: 15, timeOfDay: () => 0, counts: new LiveCounts()},
    key: '',
    deliveredEvents: 0,
    deliveredBytes: 0,
    waitingBudget: new WaitingBudget({maxPerStream: 100_000, maxTotal: 1_000_000}).forOrganization(),
    onDrained() {},
    onClosed() {},
  }
  const server = createServer((_req, res) => {
    const options = {organizationId: 'acme', userId: 'ada', expiresAt: expiresInMs}
    const subscriber = new StreamSubscriber(host, options, res)
    subscriber.open(host.served)
    subscriber.warnOfExpiry()
    subscriber.goLive()
    subscriber.flush()
    subscriber.warnOfExpiry()
    subscriber.expire()
  })
  t.teardown(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const {port} = server.address() as AddressInfo
  const text = await (await fetch(`http://127.0.0.1:${port}`)).text()
  return [...text.matchAll(/"type":"(.*?)"/g)].map(([, type]) => type!)
}
