import {setImmediate as nextTurn} from 'node:timers/promises'
import {pino} from 'pino'
import {formatCursor} from '../../src/board/cursor.ts'
import type {Bus, BusListener} from '../../src/bus/bus.ts'
import {startRedisBus} from '../../src/bus/redis-bus.ts'
import {busListenerOf} from '../../src/commands/bus-listener.ts'
import type {Store} from '../../src/store/connection.ts'
import {Door, Link} from '../faults/run/link.ts'
import {Random} from '../faults/run/random.ts'
import {startLiveServer} from '../helpers/live-server.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {appendMemberEvents, createOrganization} from '../helpers/organization.ts'
import {test} from '../helpers/redis.ts'
import {type RedisServer, startRedis} from '../helpers/redis-server.ts'
import {until} from '../helpers/until.ts'

const never = 2 ** 31 - 1 // milliseconds
const log = pino({level: 'silent'})

let redis: RedisServer
let store: Store
test.before(async () => {
  redis = await startRedis()
  store = await openNewStore()
})
test.after.always(async () => {
  await store?.close()
  await redis?.stop()
})

/** Starts a live engine that receives the announcements of other processes only through Redis. */
async function startProcess(pollIntervalMs = never) {
  const server = await startLiveServer(store.db, {
    limits: {pollIntervalMs},
    onFeedOpened: id => bus.subscribe(id),
    onFeedClosed: id => bus.unsubscribe(id),
  })
  const listener = busListenerOf(server.live)
  const bus: Bus = await startRedisBus({url: redis.url, listener, log})
  return {
    ...server,
    bus,
    async close() {
      await server.close()
      await bus.close()
    },
  }
}

async function createLog(): Promise<string> {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  return ada.organization_id
}

/**
 * Announces the change repeatedly until the stream has received the change. One announcement may be lost, because the
 * bus may not be connected yet.
 */
async function announceUntilReceived(
  bus: Bus,
  id: string,
  count: number,
  stream: Awaited<ReturnType<Awaited<ReturnType<typeof startProcess>>['open']>>,
): Promise<void> {
  const appended = await appendMemberEvents(store.db, id, count)
  await until(() => {
    bus.announce(id, appended)
    return stream.events.some(event => event.id === formatCursor(appended.cursor))
  })
}

test.serial(
  'streams receive the changes of another process exactly once, and no changes of another organization',
  async t => {
    const [one, other] = [await startProcess(), await startProcess()]
    t.teardown(() => Promise.all([one.close(), other.close()]))
    const [first, second] = [await createLog(), await createLog()]
    const [stream, foreign] = [
      await other.open({organizationId: first}),
      await other.open({organizationId: second}),
    ]
    await Promise.all([stream, foreign].map(opened => opened.waitFor('stream.ready')))
    for (const count of [1, 500, 1]) await announceUntilReceived(one.bus, first, count, stream)
    t.is(stream.events.length, 502)
    t.is(foreign.events.length, 0)
  },
)

test.serial(
  'while Redis is down, polls find the changes; when Redis is back, announcements arrive again',
  async t => {
    const [one, other] = [await startProcess(), await startProcess(50)]
    t.teardown(() => Promise.all([one.close(), other.close()]))
    const id = await createLog()
    const stream = await other.open({organizationId: id})
    await stream.waitFor('stream.ready')
    await announceUntilReceived(one.bus, id, 1, stream)
    await redis.stop()
    await announceUntilReceived(one.bus, id, 1, stream)
    await redis.start()

    const later = await startProcess()
    t.teardown(() => later.close())
    const laterStream = await later.open({organizationId: id})
    await laterStream.waitFor('stream.ready')
    await announceUntilReceived(one.bus, id, 1, laterStream)
    t.is(laterStream.events.length, 1)
    await stream.waitFor(() => stream.events.length === 3)
  },
)

test.serial(
  'when the connection breaks before Redis has confirmed a subscription, the bus subscribes again',
  async t => {
    const link = new Link({port: () => Number(new URL(redis.url).port), random: new Random(1)})
    const door = await Door.open(socket => link.accept(socket))
    let isConnected = false
    const received: string[] = []
    const listener: BusListener = {
      onAppended: organizationId => received.push(organizationId),
      onPresence() {},
      onGap: () => (isConnected = true),
    }
    const bus = await startRedisBus({url: `redis://127.0.0.1:${door.port}`, listener, log})
    const other = await startRedisBus({
      url: redis.url,
      listener: {onAppended() {}, onPresence() {}, onGap() {}},
      log,
    })
    t.teardown(async () => {
      await Promise.all([bus.close(), other.close()])
      door.lock()
      link.close()
    })
    await until(() => isConnected)
    link.set('swallow')
    bus.subscribe('org')
    bus.subscribe('left')
    bus.unsubscribe('left')
    await nextTurn() // the request to subscribe is written to the socket
    await nextTurn()
    link.set('open')
    link.cut()
    await until(() => {
      for (const id of ['left', 'org']) other.announce(id, {cursor: {epoch: 'a', seq: 1}, records: []})
      return received.includes('org')
    })
    t.false(received.includes('left'))
  },
)
