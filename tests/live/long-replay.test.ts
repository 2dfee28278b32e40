import test from 'ava'
import {parseCursor} from '../../src/board/cursor.ts'
import type {Store} from '../../src/store/connection.ts'
import {startLiveServer} from '../helpers/live-server.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {appendMemberEvents, createOrganization} from '../helpers/organization.ts'
import {watchStatements} from '../helpers/statements.ts'

let store: Store
test.before(async () => {
  store = await openNewStore()
})
test.after.always(() => store.close())

const events = 8_000
const pageLength = 128

test('a resume from the earliest event delivers a long log in order, and each statement reads at most one page', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const organizationId = ada.organization_id
  for (let count = 0; count < events; count += 1_000) {
    await appendMemberEvents(store.db, organizationId, 1_000)
  }
  const server = await startLiveServer(store.db, {limits: {pageLength, maxRingFrames: 500}})
  t.teardown(() => server.close())
  const ranges: {after: number; upTo: number}[] = []
  const stop = watchStatements(({text, values}) => {
    if (!/seq > \$\d+ and seq <= \$\d+/.test(text)) return
    const [after, upTo] = values.filter(value => typeof value === 'number')
    ranges.push({after: after!, upTo: upTo!})
  })
  t.teardown(stop)

  const stream = await server.open({organizationId, lastEventId: 'earliest'})
  t.teardown(() => stream.close())
  await stream.waitUntil(() => stream.events.length === events)
  t.deepEqual(
    stream.events.map(({id}) => parseCursor(id!)!.seq),
    Array.from({length: events}, (_, index) => index + 1),
  )
  t.true(ranges.length >= (events - 500) / pageLength, `${ranges.length} pages`)
  t.true(ranges.every(({after, upTo}) => upTo - after <= pageLength))
})
