import {pino} from 'pino'
import {findFreePort} from '../../conformance/adapters/ports.ts'
import {announceOnce} from '../../src/bus/announce-once.ts'
import type {BusListener} from '../../src/bus/bus.ts'
import {type BusConfig, startBus} from '../../src/bus/start-bus.ts'
import {type Database, openStore, type Store} from '../../src/store/connection.ts'
import {appendMemberEvents, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {test as testOnRedis} from '../helpers/redis.ts'
import {startRedis} from '../helpers/redis-server.ts'
import {until} from '../helpers/until.ts'

const log = pino({level: 'silent'})

let url: string
let store: Store
let db: Database
test.before(async () => {
  url = await createDatabase()
  store = await openStore({url})
  db = store.db
})
test.after.always(() => store?.close())

/**
 * Starts the bus of a server, and announces an event with `announceOnce`. Resolves when the server has received the
 * event.
 */
async function requireArrival(config: BusConfig): Promise<void> {
  const {ada} = await createOrganization(db, {ada: 'member'})
  const id = ada.organization_id
  let gaps = 0
  let arrived: [string, number] | undefined
  const listener: BusListener = {
    onAppended: (organizationId, {records}) => {
      arrived = [organizationId, records.length]
    },
    onPresence: () => {},
    onGap: () => gaps++,
  }
  const bus = await startBus(config, listener, log)
  try {
    bus.subscribe(id)
    await until(() => gaps > (config.kind === 'redis' ? 1 : 0))
    const appended = await appendMemberEvents(db, id, 1)
    // The server may not have subscribed yet, and the bus delivers only what is announced after that.
    await until(async () => {
      await announceOnce(config, db, id, appended)
      return arrived?.[0] === id && arrived[1] === 1
    })
  } finally {
    bus.unsubscribe(id)
    await bus.close()
  }
}

test('a command announces an event over Postgres', async t => {
  await t.notThrowsAsync(requireArrival({kind: 'postgres', url}))
})

testOnRedis('a command announces an event over Redis', async t => {
  const redis = await startRedis()
  t.teardown(() => redis.stop())
  await t.notThrowsAsync(requireArrival({kind: 'redis', url: redis.url}))
})

test('if the bus cannot be reached or no bus is configured, a command ends without an error', async t => {
  const {ada} = await createOrganization(db, {ada: 'member'})
  const appended = await appendMemberEvents(db, ada.organization_id, 1)
  const unreachable = {kind: 'redis', url: `redis://127.0.0.1:${await findFreePort()}`} as const
  for (const config of [unreachable, {kind: 'none'} as const]) {
    await t.notThrowsAsync(announceOnce(config, db, ada.organization_id, appended))
  }
})
