import {setTimeout as delay} from 'node:timers/promises'
import {pino} from 'pino'
import type {BoardEvent} from '../../src/board/events.ts'
import {openStore} from '../../src/store/connection.ts'
import {appendEvents, type LogRecord, readPage} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {startPruning} from '../../src/store/pruning.ts'
import {Audit} from '../helpers/audit.ts'
import {startLiveServer} from '../helpers/live-server.ts'
import {createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import type {Stream} from '../helpers/stream.ts'

const day = 86_400_000
const oldEvents = 600
// The old events have 12 MB in total, so they do not fit into the socket buffers of a stalled reader.
const oldBytes = 20_000
// The old events expire one after another, at an interval of 5 milliseconds.
const expiry = 5

test('when events are pruned during a replay, each of 20 subscribers receives every event, or a reset with the reason “expired”', async t => {
  t.timeout(180_000)
  const store = await openStore({url: await createDatabase(), poolSize: 20})
  t.teardown(() => store.close())
  const {db} = store
  const {ada} = await createOrganization(db, {ada: 'member'})
  const id = ada.organization_id
  // With these small limits, few events stay in memory. Subscribers must read the other events from the log.
  const limits = {
    maxRingFrames: 20,
    pageLength: 16,
    maxWaitingBytes: 65_536,
    stallTimeoutMs: 120_000,
    pollIntervalMs: 200,
  }
  const server = await startLiveServer(db, {limits, heartbeatSeconds: 0.5})
  t.teardown(() => server.close())
  const log: LogRecord[] = []
  const commit = async (event: BoardEvent, createdAt = Date.now()) => {
    const appended = await db
      .transaction()
      .execute(trx => appendEvents(trx, id, new Date(createdAt).toISOString(), [{event}]))
    for (const record of appended.records) log[record.seq - 1] = record
    server.live.publish(id, appended)
  }

  // The old events expire one after another. The first event expires when the subscribers connect.
  const first = Date.now() - day + 2_000
  for (let n = 0; n < oldEvents; n++) await commit(renamed(oldBytes), first + n * expiry)
  for (let n = 0; n < 100; n++) await commit(renamed(10))

  const open = async () => {
    const stream = await server.open({organizationId: id, lastEventId: 'earliest'})
    t.teardown(() => stream.close())
    await stream.waitFor('stream.open')
    return stream
  }
  const several = () => Promise.all([open(), open(), open(), open(), open()])
  const [swift, fitful, stalling] = [await several(), await several(), await several()]
  for (const stream of stalling) stream.pause()
  let isBusy = true
  const changes = Promise.all(
    Array.from({length: 3}, async () => {
      for (; isBusy; await delay(5)) await commit(renamed(10))
    }),
  )
  const stopPruning = startPruning({
    db,
    eventRetentionDays: 1,
    batchSize: 20,
    intervalMs: 20,
    log: pino({level: 'silent'}),
  })
  t.teardown(stopPruning)
  const late: Stream[] = []
  while ((await readPage(db, id, 0, 1)).oldest <= oldEvents) {
    for (const stream of fitful) stream.resume()
    if (late.length < 5) late.push(await open())
    for (const stream of fitful) stream.pause()
    await delay(200)
  }
  while (late.length < 5) late.push(await open())
  const streams = [...swift, ...late, ...fitful, ...stalling]
  for (const stream of streams) stream.resume()
  isBusy = false
  await changes
  await stopPruning()

  const {oldest, head} = await readPage(db, id, 0, 1)
  t.is(oldest, oldEvents + 1)
  t.is(head, log.length)
  const audits = await Promise.all(
    streams.map(async stream => {
      await stream.waitUntil(() => stream.lastEventId!.endsWith(`-${head}`))
      const audit = new Audit({records: log, oldest}, () => true)
      for (const received of stream.received) audit.see(received)
      audit.finish()
      return audit
    }),
  )
  const resets = audits.map(audit => audit.resets)
  t.log(`received ${audits.map(({received}) => received)}; ${resets.flat().length} resets`)
  t.true(resets.every(reasons => reasons.every(reason => reason === 'expired')))
  t.true(
    resets.slice(15).every(reasons => reasons.length === 1),
    'every subscriber that stalled during the old events was reset',
  )
})

function renamed(length: number): BoardEvent {
  const id = newId()
  const member = {id, name: 'x'.repeat(length)}
  return {type: 'member.updated', timestamp: new Date().toISOString(), actor_user_id: id, member}
}
