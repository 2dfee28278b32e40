import {once} from 'node:events'
import {type AddressInfo, connect, createServer, type Socket} from 'node:net'
import {sql} from 'kysely'
import {pino} from 'pino'
import {formatCursor} from '../../src/board/cursor.ts'
import type {Bus, BusListener} from '../../src/bus/bus.ts'
import {type PostgresBusOptions, startPostgresBus} from '../../src/bus/postgres-bus.ts'
import {busListenerOf} from '../../src/commands/bus-listener.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {startBlackHoleProxy} from '../helpers/black-hole-proxy.ts'
import {startLiveServer} from '../helpers/live-server.ts'
import {appendMemberEvents, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {until} from '../helpers/until.ts'

const never = 2 ** 31 - 1 // milliseconds
const log = pino({level: 'silent'})

let url: string
let store: Store
test.before(async () => {
  url = await createDatabase()
  store = await openStore({url})
})
test.after.always(() => store?.close())

/** Starts a bus, and resolves when the bus is connected. `received` contains the announcements of other processes. */
async function connectBus(options: Partial<PostgresBusOptions> = {}) {
  const received: [organizationId: string, records: number, seq: number][] = []
  let gaps = 0
  const listener: BusListener = {
    onAppended: (id, {records, cursor}) => received.push([id, records.length, cursor.seq]),
    onPresence: () => {},
    onGap: () => gaps++,
  }
  const bus = startPostgresBus({url, listener, log, ...options})
  await until(() => gaps > 0)
  return {...facade(bus), received, gaps: () => gaps}
}

function facade(bus: Bus) {
  return {announce: bus.announce.bind(bus), close: () => bus.close()}
}

async function createLog(): Promise<string> {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  return ada.organization_id
}

test('a process receives the announcements of another process in order, with all records', async t => {
  const [one, other] = [await connectBus(), await connectBus()]
  t.teardown(() => Promise.all([one.close(), other.close()]))
  const id = await createLog()
  for (let count = 1; count <= 3; count++) one.announce(id, await appendMemberEvents(store.db, id, count))
  const ofThisLog = () => other.received.filter(([organizationId]) => organizationId === id)
  await until(() => ofThisLog().length === 3)
  t.deepEqual(ofThisLog(), [
    [id, 1, 1],
    [id, 2, 3],
    [id, 3, 6],
  ])
})

test('a process does not receive its own announcements', async t => {
  const [one, other] = [await connectBus(), await connectBus()]
  t.teardown(() => Promise.all([one.close(), other.close()]))
  const [first, second] = [await createLog(), await createLog()]
  one.announce(first, await appendMemberEvents(store.db, first, 1))
  await until(() => other.received.some(([id]) => id === first))
  other.announce(second, await appendMemberEvents(store.db, second, 1))
  await until(() => one.received.some(([id]) => id === second))
  t.false(one.received.some(([id]) => id === first))
})

test('without polling, a server receives the changes of another process from the bus, even when the changes are too long for an announcement', async t => {
  const id = await createLog()
  const server = await startLiveServer(store.db, {limits: {pollIntervalMs: never}})
  t.teardown(() => server.close())
  const listener = busListenerOf(server.live)
  const receiver = startPostgresBus({url, listener, log})
  const sender = await connectBus()
  t.teardown(() => Promise.all([receiver.close(), sender.close()]))
  const stream = await server.open({organizationId: id})
  await stream.waitFor('stream.ready')
  for (const count of [1, 200, 1]) {
    const appended = await appendMemberEvents(store.db, id, count)
    await until(() => {
      sender.announce(id, appended) // sent repeatedly, because the receiver may not be connected yet
      return stream.events.some(event => event.id === formatCursor(appended.cursor))
    })
  }
  t.is(stream.events.length, 202)
  stream.close()
})

test.serial('when the connection is lost, the bus connects again and reports a gap', async t => {
  const bus = await connectBus()
  const other = await connectBus()
  t.teardown(() => Promise.all([bus.close(), other.close()]))
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'boardcast bus' and datname = current_database()`.execute(store.db)
  await until(() => bus.gaps() > 1 && other.gaps() > 1)
  const id = await createLog()
  bus.announce(id, await appendMemberEvents(store.db, id, 1))
  await until(() => other.received.some(([organizationId]) => organizationId === id))
  t.pass()
})

test('when a connection becomes silent, the bus replaces the connection', async t => {
  const proxy = await startBlackHoleProxy(url)
  const bus = await connectBus({url: proxy.url, pingIntervalMs: 50, maxSilenceMs: 500})
  t.teardown(async () => {
    await bus.close()
    await proxy.close()
  })
  proxy.swallow()
  await until(() => bus.gaps() > 1)
  t.pass()
})

test('the bus changes no setting of its session, because a transaction pooler can give the session to another client', async t => {
  const relay = await startRelay(url)
  const [bus, other] = [await connectBus({url: relay.url, pingIntervalMs: never}), await connectBus()]
  t.teardown(async () => {
    relay.close()
    await Promise.all([bus.close(), other.close()])
  })
  const id = await createLog()
  bus.announce(id, await appendMemberEvents(store.db, id, 1))
  await until(() => other.received.some(([organizationId]) => organizationId === id))
  const query = "select 'changed: ' || count(*) from pg_settings where source = 'session'"
  t.is(await relay.ask(query, /changed: \d+/), 'changed: 0')
})

/**
 * A TCP proxy for one connection. Like a pooler, the proxy can use the connection for its own queries while the client
 * is idle.
 */
async function startRelay(targetUrl: string) {
  const target = new URL(targetUrl)
  let [near, far]: Socket[] = []
  const server = createServer(socket => {
    near = socket
    far = connect(Number(target.port), target.hostname)
    near.pipe(far).pipe(near)
    for (const end of [near, far]) end.on('error', () => {})
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = new URL(target)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    /** Sends the query, and resolves with the part of the response that matches the pattern. */
    async ask(query: string, pattern: RegExp): Promise<string | undefined> {
      far!.unpipe(near)
      const text = Buffer.from(`${query}\0`)
      const head = Buffer.from('Q\0\0\0\0')
      head.writeInt32BE(text.length + 4, 1)
      far!.resume().write(Buffer.concat([head, text]))
      let response = ''
      far!.on('data', data => {
        response += data
      })
      await until(() => pattern.test(response))
      return pattern.exec(response)?.[0]
    },
    close() {
      server.close()
      near?.destroy()
      far?.destroy()
    },
  }
}

test('when the bus has no connection, an announcement is lost, and announcing throws no error', async t => {
  const listener: BusListener = {
    onAppended: () => t.fail(),
    onPresence: () => t.fail(),
    onGap: () => t.fail(),
  }
  const bus = startPostgresBus({url: 'postgres://127.0.0.1:1/none', listener, log})
  const id = await createLog()
  t.notThrows(() => bus.announce(id, {records: [], cursor: {epoch: 'abcdefghijklm', seq: 1}}))
  await bus.close()
})
