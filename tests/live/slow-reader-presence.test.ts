import test from 'ava'
import type {Caller} from '../../src/board/member.ts'
import type {Store} from '../../src/store/connection.ts'
import {appendEvents} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import type {LiveServer} from '../helpers/live-server.ts'
import {startLiveServer} from '../helpers/live-server.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {createOrganization} from '../helpers/organization.ts'
import {namesOn, waitForNames} from '../helpers/presence.ts'
import {until} from '../helpers/until.ts'

const limits = {presenceIntervalMs: 50, presenceGraceMs: 50, pollIntervalMs: 2 ** 31 - 1}
const count = 900

let store: Store
let server: LiveServer

test.before(async () => {
  store = await openNewStore()
  server = await startLiveServer(store.db, {limits})
})
test.after.always(async () => {
  await server?.close()
  await store?.close()
})

/** Commits events of 18 MB in total. The events do not fit into the socket buffers of the server and the reader. */
async function commitLargeChange(organizationId: string) {
  const timestamp = new Date().toISOString()
  const events = Array.from({length: count}, () => {
    const member = {id: newId(), name: 'z'.repeat(20_000)}
    return {event: {type: 'member.updated' as const, timestamp, actor_user_id: member.id, member}}
  })
  return store.db.transaction().execute(trx => appendEvents(trx, organizationId, timestamp, events))
}

test('a reader that was too slow receives the presence again when it is live again, behind the events that it has missed', async t => {
  const {ada, bob, cid} = await createOrganization(store.db, {ada: 'member', bob: 'member', cid: 'member'})
  const {organization_id: organizationId} = ada
  const selection = {topics: ['tasks'] as const, sprint_id: [newId()], presence: true}
  const open = ({user_id: userId, name: userName}: Caller) =>
    server.open({organizationId, userId, userName, selection})
  const slow = await open(ada)
  const watcher = await open(cid)
  const leaving = await open(bob)
  await waitForNames(slow, 'ada', 'bob', 'cid')
  await waitForNames(watcher, 'ada', 'bob', 'cid')

  slow.pause()
  server.live.publish(organizationId, await commitLargeChange(organizationId))
  await until(() => server.live.stats().behind === 1)
  leaving.close()
  await waitForNames(watcher, 'ada', 'cid')
  const known = slow.received.length
  slow.resume()
  await slow.waitUntil(() => slow.events.length === count)
  await waitForNames(slow, 'ada', 'cid')

  const types = slow.received.slice(known).map(({data}) => data.type)
  t.true(types.lastIndexOf('presence.state') > types.lastIndexOf('member.updated'))
  t.is(types.filter(type => type === 'presence.state').length, 1)
  t.false(types.includes('presence.changed'), 'the state contains the missed changes')
  await open(bob)
  await waitForNames(slow, 'ada', 'bob', 'cid')
  t.deepEqual(namesOn(slow), namesOn(watcher))
})
