// Tests how many events a process reads and keeps in memory when the process serves many organizations.
import test from 'ava'
import {formatCursor} from '../../src/board/cursor.ts'
import type {LiveLimits} from '../../src/live/limits.ts'
import type {Store} from '../../src/store/connection.ts'
import {appendEvents} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {countEventReads} from '../helpers/event-reads.ts'
import {startLiveServer} from '../helpers/live-server.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {createOrganization} from '../helpers/organization.ts'

const never = 2 ** 31 - 1 // milliseconds

let store: Store

test.before(async () => {
  store = await openNewStore()
})
test.after.always(() => store.close())

/** Creates an organization whose log contains the given number of events. */
async function createLog(events: number) {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const organizationId = ada.organization_id
  const cursor = events > 0 ? await commit(organizationId, events) : undefined
  const cursorAt = (seq: number) => formatCursor({epoch: cursor!.epoch, seq})
  return {organizationId, cursorAt}
}

async function commit(organizationId: string, count: number) {
  const timestamp = new Date().toISOString()
  const events = Array.from({length: count}, () => {
    const member = {id: newId(), name: 'Zoë'}
    return {event: {type: 'member.updated' as const, timestamp, actor_user_id: member.id, member}}
  })
  const appended = await store.db
    .transaction()
    .execute(trx => appendEvents(trx, organizationId, timestamp, events))
  return appended.cursor
}

async function startServer(limits: Partial<LiveLimits> = {}) {
  const counted = countEventReads(store.db)
  const server = await startLiveServer(counted.db, {limits: {pollIntervalMs: never, ...limits}})
  return {...server, eventReads: counted.eventReads}
}

test('when streams start without a cursor or at the head, no events are read', async t => {
  const server = await startServer()
  t.teardown(() => server.close())
  const logs = await Promise.all(Array.from({length: 20}, () => createLog(5)))
  const streams = await Promise.all(
    logs.map(({organizationId, cursorAt}, index) =>
      server.open({organizationId, ...(index % 2 && {lastEventId: cursorAt(5)})}),
    ),
  )
  await Promise.all(streams.map(stream => stream.waitFor('stream.ready')))
  t.is(server.eventReads(), 0)
  t.is(server.live.stats().ringBytes, 0)
  for (const stream of streams) stream.close()
})

test('when several subscribers resume near the head, the events that the subscribers missed are read only once', async t => {
  const server = await startServer()
  t.teardown(() => server.close())
  const {organizationId, cursorAt} = await createLog(40)
  const open = (lastEventId: string) => server.open({organizationId, lastEventId})
  const first = await open(cursorAt(10))
  t.is((await first.waitFor('stream.ready')).data.replayed, 30)
  const before = server.eventReads()
  const others = await Promise.all([10, 12, 25, 39].map(seq => open(cursorAt(seq))))
  const ready = await Promise.all(others.map(stream => stream.waitFor('stream.ready')))
  t.deepEqual(
    ready.map(({data}) => data.replayed),
    [30, 28, 15, 1],
  )
  t.is(server.eventReads(), before)
  for (const stream of [first, ...others]) stream.close()
})

test('the events in memory stay within the budget of the process, and every stream receives the events that it missed', async t => {
  const maxTotalRingBytes = 60_000
  const server = await startServer({maxTotalRingBytes})
  t.teardown(() => server.close())
  const logs = await Promise.all(Array.from({length: 12}, () => createLog(30)))
  for (const round of [1, 2]) {
    const streams = await Promise.all(
      logs.map(({organizationId, cursorAt}) =>
        server.open({organizationId, lastEventId: cursorAt(5 * round)}),
      ),
    )
    for (const stream of streams) {
      t.is((await stream.waitFor('stream.ready')).data.replayed, 30 - 5 * round)
      t.true(server.live.stats().ringBytes <= maxTotalRingBytes)
    }
    t.true(server.live.stats().ringBytes > 0)
    for (const stream of streams) stream.close()
  }
})

test('a live stream receives every event even when the ring of the organization (its events in memory) is evicted', async t => {
  const server = await startServer({maxTotalRingBytes: 1})
  t.teardown(() => server.close())
  const {organizationId} = await createLog(0)
  const stream = await server.open({organizationId})
  await stream.waitFor('stream.ready')
  for (let round = 1; round <= 3; round++) {
    const timestamp = new Date().toISOString()
    const member = {id: newId(), name: `Zoë ${round}`}
    const event = {type: 'member.updated' as const, timestamp, actor_user_id: member.id, member}
    const appended = await store.db
      .transaction()
      .execute(trx => appendEvents(trx, organizationId, timestamp, [{event}]))
    server.live.publish(organizationId, appended)
    await stream.waitFor(({id}) => id === formatCursor(appended.cursor))
  }
  t.is(stream.events.length, 3)
  t.is(server.live.stats().ringBytes, 0)
  stream.close()
})

test('when the missed events do not fit into memory, a stream that resumes reads each of these events at most twice', async t => {
  const server = await startServer({maxRingBytes: 300, pageLength: 10})
  t.teardown(() => server.close())
  const {organizationId, cursorAt} = await createLog(100)
  const stream = await server.open({organizationId, lastEventId: cursorAt(0)})
  t.is((await stream.waitFor('stream.ready')).data.replayed, 100)
  // One statement tries to read all events, and ten statements read ten events each.
  t.is(server.eventReads(), 11)
  stream.close()
})
