// Each live engine of these tests has its own bus, like a process of a server with several processes.

import type {ExecutionContext} from 'ava'
import {pino} from 'pino'
import type {Caller} from '../../src/board/member.ts'
import type {Bus, BusListener} from '../../src/bus/bus.ts'
import {type BusConfig, startBus} from '../../src/bus/start-bus.ts'
import {busListenerOf} from '../../src/commands/bus-listener.ts'
import type {LiveLimits} from '../../src/live/limits.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {newId} from '../../src/store/ids.ts'
import {startLiveServer} from '../helpers/live-server.ts'
import {createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {namesOn, presenceOn, waitForNames} from '../helpers/presence.ts'
import {test as redisTest} from '../helpers/redis.ts'
import {type RedisServer, startRedis} from '../helpers/redis-server.ts'
import {until} from '../helpers/until.ts'

const log = pino({level: 'silent'})
const record = {
  seq: 1,
  type: 'task.started',
  project_id: null,
  sprint_id: null,
  left_sprint_id: null,
  left_story_id: null,
  story_id: null,
  task_id: null,
  recipients: null,
  data: '{}',
} as const

let url: string
let store: Store
let redis: RedisServer | undefined

test.before(async () => {
  url = await createDatabase()
  store = await openStore({url})
})
test.after.always(async () => {
  await store?.close()
  await redis?.stop()
})

async function startProcess(config: BusConfig, limits: Partial<LiveLimits> = {}) {
  const server = await startLiveServer(store.db, {
    limits: {presenceIntervalMs: 50, ...limits},
    onFeedOpened: id => bus.subscribe(id),
    onFeedClosed: id => bus.unsubscribe(id),
    announcePresence: message => bus.announcePresence(message),
  })
  let gaps = 0
  const listener = busListenerOf(server.live)
  const bus: Bus = await startBus(
    config,
    {
      ...listener,
      onGap(id) {
        gaps++
        listener.onGap(id)
      },
    },
    log,
  )
  await until(() => gaps > 0)
  return {
    ...server,
    openBoard({organization_id: organizationId, user_id: userId, name: userName}: Caller, sprintId: string) {
      const selection = {topics: ['tasks'] as const, sprint_id: [sprintId], presence: true}
      return server.open({organizationId, userId, userName, selection})
    },
    async close() {
      await server.close()
      await bus.close()
    },
  }
}

async function exchangesPresence(t: ExecutionContext, config: BusConfig): Promise<void> {
  const [one, other] = [await startProcess(config), await startProcess(config)]
  t.teardown(() => Promise.all([one.close(), other.close()]))
  const {ada, bob} = await createOrganization(store.db, {ada: 'member', bob: 'member'})
  const {organization_id: organizationId} = ada
  const [sprintId, taskId] = [newId(), newId()]

  const atOne = await one.openBoard(ada, sprintId)
  await waitForNames(atOne, 'ada')
  // A process without streams of the board asks the others. It does not wait for an answer that is late.
  await until(async () => {
    const {members} = await other.live.readPresence(organizationId, sprintId)
    return members.map(({name}) => name).join() === 'ada'
  })
  const atOther = await other.openBoard(bob, sprintId)
  await waitForNames(atOne, 'ada', 'bob')
  await waitForNames(atOther, 'ada', 'bob')

  const tab = {organizationId, userId: bob.user_id, userName: 'bob', clientId: 'tab'}
  const tasksOn = (stream: typeof atOne) => presenceOn(stream).members.flatMap(({task_ids}) => task_ids)
  one.live.showTask(tab, {sprintId, taskId})
  await atOther.waitUntil(() => tasksOn(atOther).join() === taskId)
  other.live.showTask(tab, {sprintId, taskId: null})
  await atOne.waitUntil(() => tasksOn(atOne).length === 0)
  await atOther.waitUntil(() => tasksOn(atOther).length === 0)

  const again = await one.openBoard(bob, sprintId)
  await again.waitFor('presence.state')
  const known = atOne.received.length
  atOther.close()
  const {live} = other
  await until(() => live.stats().streams === 0)
  t.deepEqual(namesOn(again), ['ada', 'bob'])
  t.false(atOne.received.slice(known).some(({data}) => data.left?.length > 0))
}

test('over Postgres, the streams of two processes show the members and the open tasks of both', async t => {
  await exchangesPresence(t, {kind: 'postgres', url})
})

redisTest('over Redis, the streams of two processes show the members and the open tasks of both', async t => {
  redis = await startRedis()
  await exchangesPresence(t, {kind: 'redis', url: redis.url})
})

test('a member who leaves one process is gone from the other process after the grace', async t => {
  const config: BusConfig = {kind: 'postgres', url}
  const limits = {presenceGraceMs: 100, presenceLeaseMs: 600_000}
  const [one, other] = [await startProcess(config, limits), await startProcess(config, limits)]
  t.teardown(() => Promise.all([one.close(), other.close()]))
  const {ada, bob} = await createOrganization(store.db, {ada: 'member', bob: 'member'})
  const sprintId = newId()
  const atOne = await one.openBoard(ada, sprintId)
  const atOther = await other.openBoard(bob, sprintId)
  await waitForNames(atOne, 'ada', 'bob')
  atOther.close()
  await waitForNames(atOne, 'ada')
  // On a busy machine, the answers may arrive after the time for which one read waits.
  const read = () => other.live.readPresence(ada.organization_id, sprintId)
  await until(async () => (await read()).members.length > 0)
  t.deepEqual((await read()).members, presenceOn(atOne).members)
})

test('when the messages of a process stop, its members leave at the end of their leases, and renewals keep the others', async t => {
  const config: BusConfig = {kind: 'postgres', url}
  const limits = {presenceLeaseMs: 3_000, presenceRenewalMs: 300}
  const [one, other] = [await startProcess(config, limits), await startProcess(config, limits)]
  const silent = await startProcess(config, {...limits, presenceRenewalMs: 600_000})
  t.teardown(() => Promise.all([one.close(), other.close(), silent.close()]))
  const {ada, bob, cid} = await createOrganization(store.db, {ada: 'member', bob: 'member', cid: 'member'})
  const sprintId = newId()
  const watcher = await one.openBoard(ada, sprintId)
  await other.openBoard(bob, sprintId)
  await silent.openBoard(cid, sprintId)
  const hasLeft = (id: string) => watcher.received.some(({data}) => data?.left?.includes(id))
  await watcher.waitUntil(() => hasLeft(cid.user_id))
  t.true(namesOn(watcher).includes('bob'))
  t.false(hasLeft(bob.user_id))
})

async function keepsRoomForChanges(t: ExecutionContext, config: BusConfig): Promise<void> {
  const organizationId = newId()
  const seen = {members: 0, changes: [] as number[], gaps: 0}
  const ignore = {onAppended() {}, onPresence() {}}
  const listener: BusListener = {
    onAppended: (_, {records}) => seen.changes.push(records.length),
    onPresence: (_, {items}) => (seen.members += items.length),
    onGap: () => seen.gaps++,
  }
  const [bus, other] = [
    await startBus(config, {...ignore, onGap: () => seen.gaps++}, log),
    await startBus(config, listener, log),
  ]
  t.teardown(() => Promise.all([bus.close(), other.close()]))
  other.subscribe(organizationId)
  await until(() => seen.gaps >= (config.kind === 'redis' ? 3 : 2))

  const name = '李'.repeat(200)
  // [spec] PostgreSQL, NOTIFY: equal payloads of one transaction are delivered once. So the messages must differ.
  const announcePresence = () => {
    const items = Array.from({length: 100}, () => ['has', newId(), name, []] as const)
    return bus.announcePresence({organizationId, sprintId: newId(), items})
  }
  let accepted = 0
  while (announcePresence()) accepted += 100
  bus.announce(organizationId, {cursor: {epoch: 'a', seq: 1}, records: [record]})
  await until(() => seen.changes.length > 0)
  t.deepEqual(seen.changes, [1], 'the announcement contains the record')
  await until(() => seen.members === accepted)
  await until(announcePresence)
}

test('over Postgres, presence that waits for the bus does not displace the announcements of changes', async t => {
  await keepsRoomForChanges(t, {kind: 'postgres', url})
})

redisTest('over Redis, presence that waits for the bus is bounded', async t => {
  const server = await startRedis()
  t.teardown(() => server.stop())
  await keepsRoomForChanges(t, {kind: 'redis', url: server.url})
})
