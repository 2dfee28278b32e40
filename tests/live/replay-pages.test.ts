import {setImmediate as nextTurn} from 'node:timers/promises'
import test from 'ava'
import type {Cursor} from '../../src/board/cursor.ts'
import {FrameEncoder} from '../../src/live/frames.ts'
import {ReadQueue} from '../../src/live/read-queue.ts'
import {ReplayPages} from '../../src/live/replay-pages.ts'
import type {Store} from '../../src/store/connection.ts'
import {appendEvents} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {countEventReads} from '../helpers/event-reads.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {createOrganization} from '../helpers/organization.ts'

let store: Store

test.before(async () => {
  store = await openNewStore()
})
test.after.always(() => store.close())

const events = 20

/** A log with 20 events. A page of this log has at most 10 events. */
async function createLog({maxPageBytes = 1_000_000, catchUp = async (_head: Cursor) => {}} = {}) {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const organizationId = ada.organization_id
  const timestamp = new Date().toISOString()
  const added = Array.from({length: events}, () => {
    const member = {id: newId(), name: 'Zoë'}
    return {event: {type: 'member.updated' as const, timestamp, actor_user_id: member.id, member}}
  })
  await store.db.transaction().execute(trx => appendEvents(trx, organizationId, timestamp, added))
  const {db, eventReads: count} = countEventReads(store.db)
  const pages = new ReplayPages({
    db,
    organizationId,
    queue: new ReadQueue(1, 2 ** 31 - 1),
    encoder: new FrameEncoder(),
    limits: {pageLength: 10, scanLength: 1_000, maxPageBytes},
    catchUp,
    waitForTurn: () => nextTurn(),
  })
  return {pages, count}
}

test('streams that wait for the same page share one read, and use the page one after another', async t => {
  const {pages, count} = await createLog()
  const steps: string[] = []
  const read = (name: string, after: number) =>
    pages.shared(after, async ({frames}) => {
      steps.push(`${name} starts`)
      await nextTurn()
      steps.push(`${name} ends`)
      return frames.map(({seq}) => seq)
    })
  const [first, second] = await Promise.all([read('first', 0), read('second', 7)])
  t.deepEqual(first, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  t.deepEqual(second, first)
  t.deepEqual(steps, ['first starts', 'first ends', 'second starts', 'second ends'])
  t.is(count(), 1)
})

test('a page is read only after all streams have used the previous page', async t => {
  const {pages, count} = await createLog()
  let hasUsed!: () => void
  const using = new Promise<void>(resolve => {
    hasUsed = resolve
  })
  const first = pages.shared(0, () => using)
  const second = pages.shared(10, async ({frames}) => frames[0]!.seq)
  const third = pages.filtered(anyEvent, 0, 1_000_000, async ({frames}) => frames[0]!.seq)
  while (count() === 0) await nextTurn()
  for (let turn = 0; turn < 20; turn++) await nextTurn()
  t.is(count(), 1)
  hasUsed()
  await first
  t.is(await second, 11)
  t.is(await third, 1)
  t.is(count(), 3)
})

test('when events are so large that a page does not reach the event after a cursor, another page is read from this cursor', async t => {
  const {pages, count} = await createLog({maxPageBytes: 1})
  const read = (after: number) => pages.shared(after, async ({frames}) => frames.map(({seq}) => seq))
  t.deepEqual(await read(0), [1])
  t.is(count(), 1)
  t.deepEqual(await read(4), [5])
  t.is(count(), 3)
  // `pages` has stored that the page after seq 0 ends early. The next read therefore begins directly after seq 5.
  t.deepEqual(await read(5), [6])
  t.is(count(), 4)
  t.deepEqual(await read(events), [])
})

test('when one stream fails to use a page, only this stream receives the error; when a read fails, every stream that waits for the page receives the error', async t => {
  const {pages} = await createLog()
  const failing = new Error('The stream failed.')
  const [used, failed] = await Promise.allSettled([
    pages.shared(0, async () => 'used'),
    pages.shared(0, () => Promise.reject(failing)),
  ])
  t.like(used, {status: 'fulfilled', value: 'used'})
  t.like(failed, {status: 'rejected', reason: failing})

  const lost = new ReplayPages({
    ...optionsOfMissingLog(),
    catchUp: async () => {},
    waitForTurn: () => nextTurn(),
  })
  const results = await Promise.allSettled([lost.shared(0, async () => {}), lost.shared(1, async () => {})])
  for (const {status} of results) t.is(status, 'rejected')
  t.is(await pages.shared(0, async () => 'used again'), 'used again')
})

test('before the streams use a page, the ring catches up once; when the ring cannot catch up, every stream receives the error', async t => {
  const error = new Error('The log could not be read.')
  const heads: number[] = []
  let isFailing = false
  const {pages} = await createLog({
    async catchUp({seq}) {
      heads.push(seq)
      if (isFailing) throw error
    },
  })
  const read = () => pages.shared(0, async () => 'used')
  t.deepEqual(await Promise.all([read(), read(), read()]), ['used', 'used', 'used'])
  t.deepEqual(heads, [events])
  isFailing = true
  for (const result of await Promise.allSettled([read(), read(), read()])) t.like(result, {reason: error})
  t.deepEqual(heads, [events, events])
})

test('at most 64 streams share a page, so that the replays of other organizations do not wait for long', async t => {
  const {pages, count} = await createLog()
  await Promise.all(Array.from({length: 130}, () => pages.shared(0, async () => {})))
  t.is(count(), 3)
})

test('when a page is read with a filter, the page ends with the event that fills the bytes that the stream can accept', async t => {
  const {pages} = await createLog()
  const read = (room: number) => pages.filtered(anyEvent, 0, room, async ({frames}) => frames.length)
  t.is(await read(1_000_000), 10)
  t.is(await read(0), 1)
})

const anyEvent = {
  topicTypes: ['member.updated'],
  recipient: null,
  types: null,
  project_id: null,
  sprint_id: null,
  story_id: null,
  task_id: null,
}

function optionsOfMissingLog() {
  return {
    db: store.db,
    organizationId: newId(),
    queue: new ReadQueue(1, 2 ** 31 - 1),
    encoder: new FrameEncoder(),
    limits: {pageLength: 10, scanLength: 1_000, maxPageBytes: 1_000},
  }
}
