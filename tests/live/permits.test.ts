// Tests streams that need a permit from another process. Each stream waits until the response of that process arrives.
import test from 'ava'
import type {StreamOwner} from '../../src/live/stream-counts.ts'
import type {Store} from '../../src/store/connection.ts'
import {startLiveServer} from '../helpers/live-server.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {createOrganization} from '../helpers/organization.ts'
import {until} from '../helpers/until.ts'

let store: Store

test.before(async () => {
  store = await openNewStore()
})
test.after.always(() => store.close())

/** Starts a server that waits for permits. Each test decides which response arrives and when the response arrives. */
async function startWaitingServer() {
  const waiting: {resolve(isPermitted: boolean): void; reject(error: Error): void}[] = []
  const released: StreamOwner[] = []
  const permits = {
    acquire: () => new Promise<boolean>((resolve, reject) => waiting.push({resolve, reject})),
    release: ({organizationId, userId}: StreamOwner) => void released.push({organizationId, userId}),
  }
  const server = await startLiveServer(store.db, {permits})
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const owner = {organizationId: ada.organization_id, userId: ada.user_id}
  const stream = await server.open(owner)
  await until(() => waiting.length === 1)
  return {server, stream, owner, permit: waiting[0]!, released}
}

test('a stream opens when its permit arrives; when the stream ends, the permit is released once', async t => {
  const {server, stream, owner, permit, released} = await startWaitingServer()
  t.is(stream.head, '')
  permit.resolve(true)
  await stream.waitFor('stream.ready')
  stream.close()
  await until(() => released.length > 0)
  await server.close()
  t.deepEqual(released, [owner])
})

test('when the other process refuses the permit, the stream ends with the reason limit', async t => {
  const {server, stream, permit, released} = await startWaitingServer()
  permit.resolve(false)
  await stream.ended()
  t.deepEqual(reasonOf(stream.received), 'limit')
  await server.close()
  t.deepEqual(released, [])
})

test('when the other process does not respond, the stream ends with the reason store', async t => {
  const {server, stream, permit, released} = await startWaitingServer()
  permit.reject(new Error('The primary process did not respond in time.'))
  await stream.ended()
  t.is(stream.status, 200)
  t.deepEqual(reasonOf(stream.received), 'store')
  await server.close()
  t.deepEqual(released, [])
})

test('when a client disconnects while its stream waits for a permit, the server releases the permit after the permit has arrived', async t => {
  const {server, stream, owner, permit, released} = await startWaitingServer()
  stream.close()
  await until(async () => (await server.connections()) === 0)
  permit.resolve(true)
  await until(() => released.length > 0)
  t.is(server.live.stats().streams, 0)
  await server.close()
  t.deepEqual(released, [owner])
})

test('when a drain begins while a stream waits for a permit, the stream ends with the reason draining, and the permit is released', async t => {
  const {server, stream, owner, permit, released} = await startWaitingServer()
  await server.live.drain()
  permit.resolve(true)
  await stream.ended()
  t.deepEqual(reasonOf(stream.received), 'draining')
  await server.close()
  t.deepEqual(released, [owner])
})

function reasonOf(received: readonly {data?: {reason?: string}}[]): string | undefined {
  return received.at(-1)?.data?.reason
}
