// Tests what the server does when its reads of the log never end. Reads never end when the packets of a
// database connection are lost.
import type {KyselyPlugin} from 'kysely'
import {pino} from 'pino'
import {formatCursor} from '../../src/board/cursor.ts'
import type {LiveLimits} from '../../src/live/limits.ts'
import {type Database, openStore, type Store} from '../../src/store/connection.ts'
import {appendEvents} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {startLiveServer} from '../helpers/live-server.ts'
import {createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {until} from '../helpers/until.ts'

const limits = {pollIntervalMs: 25, readTimeoutMs: 2_000}
const noPolls = {pollIntervalMs: 2 ** 31 - 1}

let store: Store

test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store?.close())

/** Starts a server. After `loseReads(count)`, the next `count` reads of the server never end. */
async function startServer(more: {limits?: Partial<LiveLimits>; now?: () => number} = {}) {
  const log: {level: number; msg: string}[] = []
  const held: (() => void)[] = []
  let lost = 0
  const plugin: KyselyPlugin = {
    transformQuery: ({node}) => node,
    transformResult({result}) {
      if (lost === 0) return Promise.resolve(result)
      lost--
      return new Promise(resolve => held.push(() => resolve(result)))
    },
  }
  const server = await startLiveServer(store.db.withPlugin(plugin) as Database, {
    log: pino({}, {write: line => log.push(JSON.parse(line))}),
    ...more,
    limits: {...limits, ...more.limits},
  })
  return {
    ...server,
    log,
    loseReads(count: number) {
      lost = count
    },
    async close() {
      await server.close()
      for (const release of held) release() // the store cannot close while reads are in progress
    },
  }
}

async function commit(organizationId: string) {
  const timestamp = new Date().toISOString()
  const member = {id: newId(), name: 'Zoë'}
  const event = {type: 'member.updated' as const, timestamp, actor_user_id: member.id, member}
  const {cursor} = await store.db
    .transaction()
    .execute(trx => appendEvents(trx, organizationId, timestamp, [{event}]))
  return formatCursor(cursor)
}

async function createLog() {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  return ada.organization_id
}

test('when a poll of the heads gets no response, the next poll finds the events of other processes', async t => {
  const server = await startServer()
  t.teardown(() => server.close())
  const organizationId = await createLog()
  const stream = await server.open({organizationId})
  await stream.waitFor('stream.ready')
  server.loseReads(1)
  const cursor = await commit(organizationId)
  await stream.waitFor(({id}) => id === cursor)
  t.is(stream.events.length, 1)
  stream.close()
})

test('when the first read for an organization never ends, the server reads again and opens the stream', async t => {
  const server = await startServer({limits: noPolls})
  t.teardown(() => server.close())
  const organizationId = await createLog()
  server.loseReads(1)
  const stream = await server.open({organizationId})
  await stream.waitFor('stream.ready')
  t.pass()
  stream.close()
})

test('when the first two reads for an organization never end, the stream ends with stream.unavailable, and the next stream opens', async t => {
  const server = await startServer({limits: noPolls})
  t.teardown(() => server.close())
  const organizationId = await createLog()
  server.loseReads(2)
  const stream = await server.open({organizationId})
  const {data} = await stream.waitFor('stream.unavailable')
  t.is(data.reason, 'store')
  const later = await server.open({organizationId})
  await later.waitFor('stream.ready')
  later.close()
})

test('when the log read for a replay never ends, the log is read again and the replay completes', async t => {
  const server = await startServer({limits: noPolls})
  t.teardown(() => server.close())
  const organizationId = await createLog()
  const first = await commit(organizationId)
  await commit(organizationId)
  const live = await server.open({organizationId})
  await live.waitFor('stream.ready')
  server.loseReads(1)
  const stream = await server.open({organizationId, lastEventId: first})
  t.is((await stream.waitFor('stream.ready')).data.replayed, 1)
  stream.close()
  live.close()
})

test('when the last successful check of the log was too long ago, the server is stale; the server logs when the stale state starts and ends', async t => {
  let offset = 0
  const now = () => performance.now() + offset
  const server = await startServer({limits: {staleAfterMs: 60_000}, now})
  t.teardown(() => server.close())
  const stream = await server.open({organizationId: await createLog()})
  await stream.waitFor('stream.ready')
  t.false(server.live.isStale)
  server.loseReads(Number.POSITIVE_INFINITY)
  await until(() => {
    offset += 30_000
    return server.log.some(({msg}) => msg.startsWith('the event log could not be checked'))
  })
  t.true(server.live.isStale)
  server.loseReads(0)
  await until(() => !server.live.isStale)
  await until(() => server.log.some(({msg}) => msg === 'the event log can be checked again'))
  stream.close()
})
