// Tests a log that loses its last events while streams are open.
// In a failover to a standby that does not have the last events, the log loses these events.
import test from 'ava'
import {formatCursor} from '../../src/board/cursor.ts'
import type {Store} from '../../src/store/connection.ts'
import {type Appended, appendEvents, readHead} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {startLiveServer} from '../helpers/live-server.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {appendMemberEvents, createOrganization} from '../helpers/organization.ts'

const never = 2 ** 31 - 1 // milliseconds

let store: Store

test.before(async () => {
  store = await openNewStore()
})
test.after.always(() => store.close())

/** In one transaction, deletes the last events and appends new events, so that no poll reads the shorter log. */
async function loseEvents(organizationId: string, lost: number, appended = 0): Promise<void> {
  const timestamp = new Date().toISOString()
  const events = Array.from({length: appended}, () => {
    const member = {id: newId(), name: 'Ada'}
    return {event: {type: 'member.updated' as const, timestamp, actor_user_id: member.id, member}}
  })
  await store.db.transaction().execute(async trx => {
    const {seq} = await readHead(trx, organizationId)
    const head = seq - lost
    await trx
      .deleteFrom('events')
      .where('organization_id', '=', organizationId)
      .where('seq', '>', head)
      .execute()
    await trx.updateTable('event_streams').set({head}).where('organization_id', '=', organizationId).execute()
    await appendEvents(trx, organizationId, timestamp, events)
  })
}

/** Changes the stored identity of the database, as if the database had been restored from a backup. */
async function restoreDatabase(organizationId: string): Promise<void> {
  await store.db
    .updateTable('event_streams')
    .set({database_identity: 'a cluster that no longer exists'})
    .where('organization_id', '=', organizationId)
    .execute()
}

/** Starts a server and opens a live stream. Resolves when the stream has received five events. */
async function openStream(pollIntervalMs: number) {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const organizationId = ada.organization_id
  const server = await startLiveServer(store.db, {limits: {pollIntervalMs}})
  const stream = await server.open({organizationId})
  await stream.waitFor('stream.ready')
  const {cursor} = await publish(server, organizationId, 5)
  await stream.waitFor(({id}) => id === formatCursor(cursor))
  return {organizationId, server, stream, epoch: cursor.epoch}
}

async function publish(
  {live}: Pick<Awaited<ReturnType<typeof startLiveServer>>, 'live'>,
  organizationId: string,
  count: number,
): Promise<Appended> {
  const appended = await appendMemberEvents(store.db, organizationId, count)
  live.publish(organizationId, appended)
  return appended
}

test('when the last events are lost, the streams of all processes are reset to the same new epoch and continue', async t => {
  const {organizationId, server, stream, epoch} = await openStream(25)
  t.teardown(() => server.close())
  const other = await startLiveServer(store.db, {limits: {pollIntervalMs: 25}})
  t.teardown(() => other.close())
  const otherStream = await other.open({organizationId})
  await otherStream.waitFor('stream.ready')

  await loseEvents(organizationId, 2)
  const resets = await Promise.all([stream, otherStream].map(one => one.waitFor('stream.reset')))
  const {epoch: newEpoch} = await readHead(store.db, organizationId)
  t.not(newEpoch, epoch)
  for (const {id, data} of resets) {
    t.is(data.reason, 'epoch')
    t.is(id, `${newEpoch}-3`)
  }

  const {cursor} = await publish(server, organizationId, 1)
  for (const one of [stream, otherStream]) await one.waitFor(({id}) => id === formatCursor(cursor))
  t.is(stream.events.length, 6)
  t.is(stream.received.filter(({data}) => data?.type === 'stream.reset').length, 1)
})

test('when the last events are lost and more events are appended before the next poll, the streams are reset', async t => {
  const {organizationId, server, stream, epoch} = await openStream(25)
  t.teardown(() => server.close())
  await loseEvents(organizationId, 2, 4)
  const {id, data} = await stream.waitFor('stream.reset')
  const head = await readHead(store.db, organizationId)
  t.is(data.reason, 'epoch')
  t.is(id, formatCursor({...head, seq: 7}))
  t.not(head.epoch, epoch)
})

test('when a published change has a seq that a lost event already had, the streams are reset immediately, without a poll', async t => {
  const {organizationId, server, stream} = await openStream(never)
  t.teardown(() => server.close())
  await loseEvents(organizationId, 2)
  await publish(server, organizationId, 1)
  t.is((await stream.waitFor('stream.reset')).data.reason, 'epoch')
})

test('a change that is published twice causes no reset', async t => {
  const {organizationId, server, stream, epoch} = await openStream(25)
  t.teardown(() => server.close())
  const appended = await publish(server, organizationId, 3)
  server.live.publish(organizationId, appended)
  const {cursor} = await publish(server, organizationId, 1)
  await stream.waitFor(({id}) => id === formatCursor(cursor))
  t.is((await readHead(store.db, organizationId)).epoch, epoch)
  t.is(stream.events.length, 9)
})

test('after a restore or failover, open streams are reset although the head did not go back', async t => {
  const {organizationId, server, stream, epoch} = await openStream(25)
  t.teardown(() => server.close())
  await restoreDatabase(organizationId)
  const {id, data} = await stream.waitFor('stream.reset')
  const head = await readHead(store.db, organizationId)
  t.is(data.reason, 'epoch')
  t.is(id, formatCursor({...head, seq: 5}))
  t.not(head.epoch, epoch)
})

test('after a restore or failover that no process noticed, a stream that resumes is reset', async t => {
  const {organizationId, server, epoch} = await openStream(never)
  await server.close()
  await restoreDatabase(organizationId)
  const later = await startLiveServer(store.db, {limits: {pollIntervalMs: never}})
  t.teardown(() => later.close())
  const resumed = await later.open({organizationId, lastEventId: `${epoch}-3`})
  t.is((await resumed.waitFor('stream.reset')).data.reason, 'epoch')

  const {epoch: newEpoch} = await readHead(store.db, organizationId)
  const again = await later.open({organizationId, lastEventId: `${newEpoch}-3`})
  t.is((await again.waitFor('stream.ready')).data.replayed, 2)
})
