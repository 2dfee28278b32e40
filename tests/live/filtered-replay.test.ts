// Tests replays of a long log. The stream selects few events of the log, so the database filters the events.
import test from 'ava'
import fc from 'fast-check'
import {formatCursor} from '../../src/board/cursor.ts'
import {eventTypes, topics} from '../../src/board/events.ts'
import {filterOf, matches, type Selection} from '../../src/live/selection.ts'
import type {Store} from '../../src/store/connection.ts'
import {readHead, readPage} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {readSelected} from '../../src/store/selected-events.ts'
import {countEventReads} from '../helpers/event-reads.ts'
import {startLiveServer} from '../helpers/live-server.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {createOrganization} from '../helpers/organization.ts'

let store: Store

test.before(async () => {
  store = await openNewStore()
})
test.after.always(() => store.close())

const ids = Array.from({length: 4}, () => newId())
const id = fc.constantFrom(...ids)
const someIds = fc.option(fc.uniqueArray(id, {minLength: 1, maxLength: 2}), {nil: undefined})
const selections: fc.Arbitrary<Selection> = fc.record({
  topics: fc.uniqueArray(fc.constantFrom(...topics), {minLength: 1}),
  types: fc.option(fc.uniqueArray(fc.constantFrom(...eventTypes), {minLength: 1, maxLength: 9}), {
    nil: undefined,
  }),
  project_id: someIds,
  sprint_id: someIds,
  story_id: someIds,
  task_id: someIds,
  user_id: id,
})
const nullable = fc.option(id)
const events = fc.array(
  fc.record({
    type: fc.constantFrom(...eventTypes),
    project_id: nullable,
    sprint_id: nullable,
    left_sprint_id: nullable,
    left_story_id: nullable,
    story_id: nullable,
    task_id: nullable,
    recipients: fc.option(fc.uniqueArray(id, {minLength: 1})),
  }),
  {minLength: 300, maxLength: 300},
)

/** Creates an organization whose log contains the given events. Returns the id of the organization. */
async function createLog(rows: readonly object[]): Promise<string> {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const organization_id = ada.organization_id
  const created_at = new Date().toISOString()
  const values = rows.map((row, index) => ({organization_id, seq: index + 1, data: '{}', created_at, ...row}))
  for (let start = 0; start < values.length; start += 500) {
    const batch = values.slice(start, start + 500)
    await store.db
      .insertInto('events')
      .values(batch as never)
      .execute()
  }
  await store.db
    .updateTable('event_streams')
    .set({head: rows.length})
    .where('organization_id', '=', organization_id)
    .execute()
  return organization_id
}

test('the pages of a filtered replay contain exactly the events that live delivery would select', async t => {
  const [rows] = fc.sample(events, 1)
  const organizationId = await createLog(rows!)
  const {records} = await readPage(store.db, organizationId, 0, rows!.length)
  let narrow = 0
  await fc.assert(
    fc.asyncProperty(selections, async selection => {
      const filter = filterOf(selection)
      if (!filter) return
      narrow++
      const selected: number[] = []
      for (let after = 0; after < records.length; ) {
        const range = {after, upTo: after + 100, limit: 7, maxBytes: 1_000}
        const page = await readSelected(store.db, organizationId, filter, range)
        selected.push(...page.records.map(({seq}) => seq))
        t.true(page.upTo > after)
        after = page.upTo
      }
      const wanted = records.filter(record => matches(selection, record)).map(({seq}) => seq)
      t.deepEqual(selected, wanted)
    }),
    {numRuns: 60},
  )
  t.true(narrow > 20)
})

test('a replay of a long log needs few statements when its filter matches few events', async t => {
  const [project_id, task_id, other] = [newId(), newId(), newId()]
  const place = {
    project_id,
    sprint_id: null,
    left_sprint_id: null,
    left_story_id: null,
    story_id: other,
    recipients: null,
  }
  const data = JSON.stringify({type: 'task.started'})
  const rows = Array.from({length: 6_000}, (_, index) => ({
    ...place,
    task_id: index % 1_000 === 500 ? task_id : other,
    type: 'task.started',
    data,
  }))
  const organizationId = await createLog(rows)
  const {db, eventReads} = countEventReads(store.db)
  const limits = {pollIntervalMs: 2 ** 31 - 1, scanLength: 2_000, maxRingFrames: 10}
  const server = await startLiveServer(db, {limits})
  t.teardown(() => server.close())
  const selection = {topics: ['tasks' as const], task_id: [task_id]}
  const stream = await server.open({organizationId, selection, lastEventId: 'earliest'})
  const ready = await stream.waitFor('stream.ready')
  t.is(ready.data.replayed, 6)
  t.is(ready.id, formatCursor(await readHead(store.db, organizationId)))
  t.deepEqual(
    stream.events.map(({id}) => Number(id!.split('-')[1])),
    [501, 1501, 2501, 3501, 4501, 5501],
  )
  t.true(eventReads() <= 5, `${eventReads()} statements`)
  stream.close()
})
