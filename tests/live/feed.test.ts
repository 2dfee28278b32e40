// Tests events that the bus delivers or loses. Polling is disabled, so no poll finds new events.
import {once} from 'node:events'
import {createServer, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {setTimeout as delay} from 'node:timers/promises'
import test from 'ava'
import type {BoardEvent} from '../../src/board/events.ts'
import type {Store} from '../../src/store/connection.ts'
import {type Appended, appendEvents} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {startLiveServer} from '../helpers/live-server.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {createOrganization} from '../helpers/organization.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

const never = 2 ** 31 - 1 // milliseconds

let store: Store

test.before(async () => {
  store = await openNewStore()
})
test.after.always(() => store.close())

test('a change is delivered completely, even when the change has more events than a feed can store for reordering', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const server = await startLiveServer(store.db, {limits: {pollIntervalMs: never}})
  t.teardown(() => server.close())
  const stream = await server.open({organizationId: ada.organization_id})
  t.teardown(() => stream.close())
  await stream.waitFor('stream.ready')
  server.live.publish(ada.organization_id, await commit(ada.organization_id, 1_500))
  await stream.waitFor(({id}) => id?.endsWith('-1500') === true)
  t.is(stream.events.length, 1_500)
})

test('a change that is published directly after a large change is delivered after the large change', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const server = await startLiveServer(store.db, {limits: {pollIntervalMs: never}})
  t.teardown(() => server.close())
  const stream = await server.open({organizationId: ada.organization_id})
  t.teardown(() => stream.close())
  await stream.waitFor('stream.ready')
  const [large, small] = [await commit(ada.organization_id, 500), await commit(ada.organization_id)]
  server.live.publish(ada.organization_id, large)
  server.live.publish(ada.organization_id, small)
  await stream.waitFor(({id}) => id?.endsWith('-501') === true)
  t.deepEqual(
    stream.events.map(({id}) => Number(id!.split('-')[1])),
    Array.from({length: 501}, (_, index) => index + 1),
  )
})

test('when the bus loses an event, the event is read from the log, even while newer events arrive', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const limits = {pollIntervalMs: never, reorderHoldMs: 1_000}
  const server = await startLiveServer(store.db, {limits})
  t.teardown(() => server.close())
  const stream = await server.open({organizationId: ada.organization_id})
  t.teardown(() => stream.close())
  await stream.waitFor('stream.ready')
  // This change is not published, as if the bus had lost the message of another process.
  await commit(ada.organization_id)
  let published = 1
  for (; stream.events.length === 0 && published < 400; published++) {
    server.live.publish(ada.organization_id, await commit(ada.organization_id))
    await delay(50)
  }
  t.true(published < 400, 'the lost event arrived while newer events were being published')
  await stream.waitFor(({id}) => id?.endsWith(`-${published}`) === true)
  t.is(stream.events.length, published)
})

test('when a reader stops reading during a large change, the server stores only a limited number of bytes for that reader', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {organization_id: organizationId, user_id: userId} = ada
  const {live, close} = await startLiveServer(store.db, {limits: {pollIntervalMs: never}})
  t.teardown(close)
  const opened: ServerResponse[] = []
  const server = createServer((_, res) => {
    live.open({organizationId, userId, selection: {topics: ['tasks']}, framing: 'event'}, res)
    opened.push(res)
  })
  t.teardown(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stream = await Stream.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  t.teardown(() => stream.close())
  await stream.waitFor('stream.ready')

  stream.pause()
  // The events have 18 MB in total, so they do not fit into the socket buffers of the server and the reader.
  const change = await commit(organizationId, 900, 20_000)
  live.publish(organizationId, change)
  await until(() => live.stats().timesBehind >= 1)
  t.true(opened[0]!.writableLength > 0)
  t.true(opened[0]!.writableLength < 2 * 256 * 1024 + 30_000, `${opened[0]!.writableLength} bytes wait`)
  stream.resume()
  await stream.waitFor(({id}) => id?.endsWith('-900') === true)
  t.deepEqual(
    stream.events.map(({data}) => JSON.stringify(data)),
    change.records.map(({data}) => JSON.stringify(JSON.parse(data))),
  )
})

async function commit(organizationId: string, count = 1, length = 3): Promise<Appended> {
  const timestamp = new Date().toISOString()
  const events = Array.from({length: count}, (): {event: BoardEvent} => {
    const member = {id: newId(), name: 'z'.repeat(length)}
    return {event: {type: 'member.updated', timestamp, actor_user_id: member.id, member}}
  })
  return store.db.transaction().execute(trx => appendEvents(trx, organizationId, timestamp, events))
}
