import {setTimeout as delay} from 'node:timers/promises'
import test from 'ava'
import type {Store} from '../../src/store/connection.ts'
import {appendEvents} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {startLiveServer} from '../helpers/live-server.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {createOrganization} from '../helpers/organization.ts'
import {until} from '../helpers/until.ts'

const pollIntervalMs = 2 ** 31 - 1
const shortStallMs = 300
const longStallMs = 60_000 // This time is longer than the pause of the reader in the test, even on a busy machine.

let store: Store

test.before(async () => {
  store = await openNewStore()
})
test.after.always(() => store.close())

/** Commits events of 18 MB in total. The events do not fit into the socket buffers of the server and the reader. */
async function commitLargeChange(organizationId: string) {
  const timestamp = new Date().toISOString()
  const events = Array.from({length: 900}, () => {
    const member = {id: newId(), name: 'z'.repeat(20_000)}
    return {event: {type: 'member.updated' as const, timestamp, actor_user_id: member.id, member}}
  })
  return store.db.transaction().execute(trx => appendEvents(trx, organizationId, timestamp, events))
}

async function openStream(stallTimeoutMs: number) {
  const server = await startLiveServer(store.db, {limits: {pollIntervalMs, stallTimeoutMs}})
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const stream = await server.open({organizationId: ada.organization_id})
  await stream.waitFor('stream.ready')
  const publishLargeChange = async () => {
    server.live.publish(ada.organization_id, await commitLargeChange(ada.organization_id))
  }
  return {server, stream, publishLargeChange}
}

test('a reader that accepts no data is disconnected, even when the reader sends an empty line from time to time', async t => {
  const {server, stream, publishLargeChange} = await openStream(shortStallMs)
  t.teardown(() => server.close())
  stream.pause()
  // An HTTP parser ignores empty lines before a request. If the reader sent other bytes, the server would
  // close the connection because of an invalid request.
  const sending = setInterval(() => stream.send('\r\n'), shortStallMs / 10)
  t.teardown(() => clearInterval(sending))
  await publishLargeChange()
  await until(() => server.live.stats().cut === 1)
  t.is(server.live.stats().streams, 0)
})

test('when a slow reader reads again, the server does not disconnect the reader; when the reader disconnects, its stream is removed', async t => {
  const {server, stream, publishLargeChange} = await openStream(longStallMs)
  t.teardown(() => server.close())
  stream.pause()
  await publishLargeChange()
  await until(() => server.live.stats().behind === 1)
  stream.resume()
  await stream.waitUntil(() => stream.events.length === 900)
  stream.close()
  await until(() => server.live.stats().streams === 0)
  t.is(server.live.stats().cut, 0)
})

test('when many clients read nothing, the bytes that wait for all streams stay near the limit; the streams continue when their clients read', async t => {
  const limits = {pollIntervalMs, stallTimeoutMs: longStallMs, maxTotalWaitingBytes: 1024 * 1024}
  const server = await startLiveServer(store.db, {limits})
  t.teardown(() => server.close())
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const organizationId = ada.organization_id
  await commitLargeChange(organizationId)
  const streams = await Promise.all(
    Array.from({length: 20}, async () => {
      const stream = await server.open({organizationId, lastEventId: 'earliest'})
      stream.pause()
      return stream
    }),
  )
  const {stats} = server.live
  await until(() => stats().waitingBytes > limits.maxTotalWaitingBytes / 4)
  let highest = 0
  for (let sample = 0; sample < 50; sample++) {
    highest = Math.max(highest, stats().waitingBytes)
    await delay(10)
  }
  // Even when the limit is reached, 16 KiB and one more event of 20 KB may wait for each stream.
  t.true(highest < limits.maxTotalWaitingBytes + streams.length * 36 * 1024, `${highest} bytes wait`)
  const [reader] = streams
  reader!.resume()
  await reader!.waitUntil(() => reader!.events.length === 900)
  for (const stream of streams) stream.close()
  await until(() => stats().streams === 0 && stats().waitingBytes === 0)
})
