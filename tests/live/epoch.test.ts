import test from 'ava'
import type {Store} from '../../src/store/connection.ts'
import {appendEvents} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {startLiveServer} from '../helpers/live-server.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {createOrganization} from '../helpers/organization.ts'

let store: Store

test.before(async () => {
  store = await openNewStore()
})
test.after.always(() => store.close())

test('a new epoch resets the open streams, and the streams continue in the new epoch', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const server = await startLiveServer(store.db, {limits: {pollIntervalMs: 25}})
  t.teardown(() => server.close())
  const commit = async () => {
    const timestamp = new Date().toISOString()
    const member = {id: newId(), name: 'Zoë'}
    const event = {type: 'member.updated' as const, timestamp, actor_user_id: member.id, member}
    const appended = await store.db
      .transaction()
      .execute(trx => appendEvents(trx, ada.organization_id, timestamp, [{event}]))
    server.live.publish(ada.organization_id, appended)
    return appended.cursor
  }

  const stream = await server.open({organizationId: ada.organization_id})
  await stream.waitFor('stream.ready')
  await commit()
  await stream.waitFor('member.updated')

  const epoch = 'aaaaaaaaaaaaa'
  await store.db
    .updateTable('event_streams')
    .set({epoch})
    .where('organization_id', '=', ada.organization_id)
    .execute()
  const reset = await stream.waitFor('stream.reset')
  t.is(reset.data.reason, 'epoch')
  t.is(reset.id, `${epoch}-1`)

  await commit()
  const next = await stream.waitFor(({id, data}) => data?.type === 'member.updated' && id === `${epoch}-2`)
  t.is(next.data.member.name, 'Zoë')
  t.is(stream.events.length, 2)
  stream.close()
})
