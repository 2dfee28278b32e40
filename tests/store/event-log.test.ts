import ava from 'ava'
import type {BoardEvent} from '../../src/board/events.ts'
import type {Caller} from '../../src/board/member.ts'
import {type Database, openStore, type Store} from '../../src/store/connection.ts'
import {
  type Appended,
  appendEvents,
  createEventStream,
  type NewEvent,
  pruneEvents,
  readHead,
  readHeads,
  readPage,
  readTail,
} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {migrate} from '../../src/store/migrate.ts'
import {openEmbeddedStore} from '../helpers/data-folder.ts'
import {createOrganization} from '../helpers/organization.ts'
import {createDatabase, test as testOnPostgres} from '../helpers/postgres.ts'

const at = '2026-01-31T08:15:00.000Z'

testLog('the embedded store', ava, openEmbeddedStore)
testLog('Postgres', testOnPostgres, async () => openStore({url: await createDatabase()}))

// The tests are serial, because the embedded store has only one connection.
function testLog(name: string, {serial: test}: typeof testOnPostgres, open: () => Promise<Store>): void {
  let opening: Promise<Store> | undefined
  /** Returns the store and a new organization with an empty log. */
  const start = async () => {
    opening ??= open()
    const {db} = await opening
    const {ada} = await createOrganization(db, {ada: 'member'})
    return {db, ada, id: ada.organization_id}
  }
  ava.after.always(async () => (await opening)?.close())

  test(`${name}: appended events get the seqs 1, 2, 3 … of their organization, and the cursor of the last event is returned`, async t => {
    const {db, ada, id} = await start()
    const {epoch, seq} = await readHead(db, id)
    t.is(seq, 0)
    t.regex(epoch, /^[a-z2-7]{13}$/)
    const first = await append(db, ada, 3)
    const second = await append(db, ada, 1)
    t.deepEqual(seqsOf([...first.records, ...second.records]), [1, 2, 3, 4])
    t.deepEqual(
      [first.cursor, second.cursor],
      [
        {epoch, seq: 3},
        {epoch, seq: 4},
      ],
    )
    t.deepEqual(await readHead(db, id), {epoch, seq: 4})
  })

  test(`${name}: appending no events returns the cursor of the head`, async t => {
    const {db, ada} = await start()
    const {cursor} = await append(db, ada, 2)
    t.deepEqual(await append(db, ada, 0), {records: [], cursor})
  })

  test(`${name}: a record that is read equals the record that was appended, including the fields that selections use`, async t => {
    const {db, ada, id} = await start()
    const [project_id, sprint_id, story_id, task_id] = [newId(), newId(), newId(), newId()]
    const facts = {
      timestamp: at,
      actor_user_id: ada.user_id,
      project_id,
      sprint_id,
      story_id,
      task_id,
      version: 2,
    }
    const event: BoardEvent = {type: 'task.started', ...facts}
    const recipients = [newId(), newId()]
    const {records} = await appendAll(db, ada, [{event, recipients}])
    t.deepEqual(records, [
      {
        seq: 1,
        type: 'task.started',
        project_id,
        sprint_id,
        left_sprint_id: null,
        left_story_id: null,
        story_id,
        task_id,
        recipients,
        data: JSON.stringify(event),
      },
    ])
    t.deepEqual((await readPage(db, id, 0, 1)).records, records)
  })

  test(`${name}: the sprint that a story was moved from is stored in its own column`, async t => {
    const {db, ada} = await start()
    const moved = {...memberUpdated(ada, 'Ada'), sprint_id: newId(), from_sprint_id: newId()}
    const {records} = await appendAll(db, ada, [{event: moved}])
    t.like(records[0], {sprint_id: moved.sprint_id, left_sprint_id: moved.from_sprint_id})
  })

  test(`${name}: the data of a record is the event as one line of ASCII JSON, no matter which characters the event contains`, async t => {
    const {db, ada, id} = await start()
    const event = memberUpdated(ada, '\u0001\t\n"\\/,{}\u007f\u0085é€\u2028\u2029\ufeff𝄞👩‍🚀')
    await appendAll(db, ada, [{event}])
    const [record] = (await readPage(db, id, 0, 1)).records
    t.regex(record!.data, /^[\x20-\x7e]+$/)
    t.deepEqual(JSON.parse(record!.data), event)
  })

  test(`${name}: each organization has its own seqs`, async t => {
    const [{db, ada}, {ada: eve}] = [await start(), await start()]
    await append(db, ada, 2)
    await append(db, eve, 5)
    const heads = await readHeads(db, [ada.organization_id, eve.organization_id, newId()])
    t.deepEqual(
      new Map([...heads].map(([id, {seq}]) => [id, seq])),
      new Map([
        [ada.organization_id, 2],
        [eve.organization_id, 5],
      ]),
    )
  })

  test(`${name}: appending to or reading a log that does not exist fails`, async t => {
    const {db, ada} = await start()
    const stranger = {...ada, organization_id: newId()}
    await t.throwsAsync(append(db, stranger, 1), {code: '23502'})
    await t.throwsAsync(readPage(db, stranger.organization_id, 0, 10), {message: /has no event stream/})
  })

  test(`${name}: creating the log of an organization again leaves the existing log unchanged`, async t => {
    const {db, ada, id} = await start()
    const {cursor} = await append(db, ada, 2)
    await db.transaction().execute(trx => createEventStream(trx, id))
    t.deepEqual(await readHead(db, id), cursor)
  })

  test(`${name}: a page contains the events of the requested range, and the oldest and newest seq of the log`, async t => {
    const {db, ada, id} = await start()
    const {cursor} = await append(db, ada, 5)
    const bounds = {epoch: cursor.epoch, head: 5, oldest: 1}
    for (const [after, upTo, seqs] of [
      [0, 5, [1, 2, 3, 4, 5]],
      [0, 2, [1, 2]],
      [2, 4, [3, 4]],
      [3, 100, [4, 5]],
      [5, 100, []],
      [9, 100, []],
    ] as const) {
      const {records, ...rest} = await readPage(db, id, after, upTo)
      t.deepEqual(seqsOf(records), [...seqs])
      t.deepEqual(rest, {...bounds, upTo: Math.min(upTo, 5)})
    }
  })

  test(`${name}: with a maximum number of bytes, a page ends after the event with which the page reaches this number`, async t => {
    const {db, ada, id} = await start()
    const {records} = await append(db, ada, 6)
    const bytes = records[0]!.data.length
    const page = async (after: number, upTo: number, maxBytes: number) => {
      const read = await readPage(db, id, after, upTo, maxBytes)
      return {seqs: seqsOf(read.records), upTo: read.upTo}
    }
    t.deepEqual(await page(0, 100, 1_000_000), {seqs: [1, 2, 3, 4, 5, 6], upTo: 6})
    t.deepEqual(await page(2, 4, 1_000_000), {seqs: [3, 4], upTo: 4})
    t.deepEqual(await page(0, 100, 3 * bytes), {seqs: [1, 2, 3], upTo: 3})
    t.deepEqual(await page(0, 100, 3 * bytes + 1), {seqs: [1, 2, 3, 4], upTo: 4})
    t.deepEqual(await page(3, 100, 1), {seqs: [4], upTo: 4})
    t.deepEqual(await page(6, 100, 1), {seqs: [], upTo: 6})
    await pruneEvents(db, id, 3)
    t.deepEqual(await page(0, 2, 1), {seqs: [], upTo: 2})
    t.deepEqual(await page(0, 100, 2 * bytes), {seqs: [4, 5], upTo: 5})
  })

  test(`${name}: a page of an empty log contains the head of the log and no records`, async t => {
    const {db, id} = await start()
    const {epoch} = await readHead(db, id)
    const empty = {epoch, head: 0, oldest: 1, records: [], upTo: 0}
    t.deepEqual(await readPage(db, id, 0, 10), empty)
    t.deepEqual(await readTail(db, id, 10, 1_000_000), empty)
  })

  test(`${name}: reading a page throws when an event is missing`, async t => {
    const {db, ada, id} = await start()
    await append(db, ada, 5)
    await db.deleteFrom('events').where('organization_id', '=', id).where('seq', '=', 3).execute()
    await t.throwsAsync(readPage(db, id, 0, 5), {message: /are missing/})
    await t.throwsAsync(readTail(db, id, 10, 1_000_000), {message: /are missing/})
  })

  test(`${name}: the tail contains the newest events within the limits of count and size`, async t => {
    const {db, ada, id} = await start()
    const {records} = await append(db, ada, 6)
    const bytes = records[0]!.data.length
    const tail = async (limit: number, maxBytes: number) =>
      seqsOf((await readTail(db, id, limit, maxBytes)).records)
    t.deepEqual(await tail(10, 1_000_000), [1, 2, 3, 4, 5, 6])
    t.deepEqual(await tail(2, 1_000_000), [5, 6])
    t.deepEqual(await tail(10, 3 * bytes), [4, 5, 6])
    t.deepEqual(await tail(10, 3 * bytes - 1), [5, 6])
    t.deepEqual(await tail(10, 0), [])
    t.deepEqual((await readTail(db, id, 2, 1_000_000)).records, records.slice(4))
  })

  test(`${name}: pruning deletes the oldest events once, and pages report the oldest remaining event`, async t => {
    const {db, ada, id} = await start()
    await append(db, ada, 6)
    t.is(await pruneEvents(db, id, 2), 2)
    t.is(await pruneEvents(db, id, 2), 0)
    t.is(await pruneEvents(db, id, 1), 0)
    const page = await readPage(db, id, 0, 4)
    t.is(page.oldest, 3)
    t.deepEqual(seqsOf(page.records), [3, 4])
  })

  test(`${name}: a log that was pruned completely continues with the next seq`, async t => {
    const {db, ada, id} = await start()
    await append(db, ada, 3)
    t.is(await pruneEvents(db, id, 100), 3)
    t.like(await readPage(db, id, 0, 10), {head: 3, oldest: 4, records: []})
    const {records} = await append(db, ada, 1)
    t.deepEqual(seqsOf(records), [4])
    t.deepEqual((await readPage(db, id, 3, 10)).records, records)
  })

  test(`${name}: pruning an empty log deletes nothing`, async t => {
    const {db, id} = await start()
    t.is(await pruneEvents(db, id, 0), 0)
    t.is(await pruneEvents(db, id, 5), 0)
    t.like(await readPage(db, id, 0, 10), {head: 0, oldest: 1})
  })
}

testOnPostgres('during concurrent appends and pruning, no event is missing from a page', async t => {
  const store = await openStore({url: await createDatabase()})
  t.teardown(() => store.close())
  const {db} = store
  await migrate(db)
  const {ada} = await createOrganization(db, {ada: 'member'})
  const id = ada.organization_id

  let isAppending = true
  const keepAppending = async () => {
    for (let round = 0; round < 60; round++) await append(db, ada, 3)
    isAppending = false
  }
  const keepPruning = async () => {
    while (isAppending) await pruneEvents(db, id, (await readHead(db, id)).seq - 20)
  }
  const keepReading = async () => {
    while (isAppending) {
      const {seq: head} = await readHead(db, id)
      const after = Math.max(0, head - 30)
      const {records, oldest} = await readPage(db, id, after, head)
      const first = Math.max(after + 1, oldest)
      const seqs = Array.from({length: head - first + 1}, (_, index) => first + index)
      t.deepEqual(seqsOf(records), seqs)
    }
  }
  await Promise.all([keepAppending(), keepPruning(), keepReading()])
  t.true((await readPage(db, id, 0, 1)).oldest > 100)
})

async function append(db: Database, by: Caller, count: number): Promise<Appended> {
  const events = Array.from({length: count}, () => ({event: memberUpdated(by, by.name)}))
  return appendAll(db, by, events)
}

async function appendAll(db: Database, by: Caller, events: readonly NewEvent[]): Promise<Appended> {
  return db.transaction().execute(trx => appendEvents(trx, by.organization_id, at, events))
}

function memberUpdated(by: Caller, name: string): BoardEvent {
  return {type: 'member.updated', timestamp: at, actor_user_id: by.user_id, member: {id: by.user_id, name}}
}

function seqsOf(records: readonly {seq: number}[]): number[] {
  return records.map(({seq}) => seq)
}
