import test from 'ava'
import fc from 'fast-check'
import type {PresenceItem} from '../../src/board/presence-message.ts'
import {
  type Announcement,
  decodeEnvelope,
  encodeAnnouncement,
  encodePresence,
  newSender,
  packEnvelopes,
  senderPrefix,
} from '../../src/bus/payload.ts'

const uuid = fc.uuid()
const id = fc.option(uuid)
const announcements: fc.Arbitrary<Announcement> = fc
  .record({
    organizationId: uuid,
    epoch: fc.string({
      minLength: 13,
      maxLength: 13,
      unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz234567'),
    }),
    first: fc.integer({min: 1, max: 2 ** 40}),
    records: fc.array(
      fc.record({
        type: fc.constantFrom('task.created' as const, 'member.updated' as const),
        project_id: id,
        sprint_id: id,
        left_sprint_id: id,
        left_story_id: id,
        story_id: id,
        task_id: id,
        recipients: fc.option(fc.array(uuid, {minLength: 1, maxLength: 3})),
        data: fc.string({unit: 'grapheme-ascii', maxLength: 300}),
      }),
      {maxLength: 5},
    ),
    trace: fc.option(fc.constant(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`)),
  })
  .map(({organizationId, epoch, first, records, trace}) => ({
    organizationId,
    ...(trace && records.length > 0 && {trace}),
    appended: {
      cursor: {epoch, seq: first + records.length - 1},
      records: records.map((record, index) => ({...record, seq: first + index})),
    },
  }))

test('decoding the envelopes returns the packed announcements, unchanged and in order', t => {
  const property = fc.property(fc.array(announcements), all => {
    const sender = newSender()
    const encoded = all.map(announcement => encodeAnnouncement(announcement, 100_000))
    const envelopes = packEnvelopes(sender, encoded, 7_000)
    for (const envelope of envelopes) t.true(envelope.startsWith(senderPrefix(sender)))
    const decoded = envelopes.map(decodeEnvelope)
    t.deepEqual(
      decoded.flatMap(envelope => envelope.announcements),
      all,
    )
    t.true(decoded.every(envelope => envelope.sender === sender))
  })
  t.notThrows(() => fc.assert(property, {numRuns: 200}))
})

test('when an announcement would exceed the limit, its encoded form contains only the head of the log', t => {
  const property = fc.property(
    announcements,
    fc.integer({min: 100, max: 1_000}),
    (announcement, maxBytes) => {
      const encoded = encodeAnnouncement(announcement, maxBytes)
      const [decoded] = decodeEnvelope(packEnvelopes('sender', [encoded], maxBytes)[0]!).announcements
      t.true(encoded.length <= maxBytes)
      if (!decoded || !('appended' in decoded)) return t.fail()
      t.deepEqual(decoded.appended.cursor, announcement.appended.cursor)
      const isWhole = encodeAnnouncement(announcement, 1_000_000).length <= maxBytes
      t.deepEqual(decoded.appended.records, isWhole ? announcement.appended.records : [])
    },
  )
  t.notThrows(() => fc.assert(property, {numRuns: 200}))
})

test('no envelope is longer than the limit', t => {
  const property = fc.property(
    fc.array(fc.string({unit: 'grapheme-ascii', minLength: 1, maxLength: 80})),
    texts => {
      const encoded = texts.map(text => JSON.stringify(text))
      for (const envelope of packEnvelopes('sender', encoded, 200)) t.true(envelope.length <= 200)
    },
  )
  t.notThrows(() => fc.assert(property))
})

const presenceItem: fc.Arbitrary<PresenceItem> = fc.oneof(
  fc.tuple(
    fc.constant('has' as const),
    uuid,
    fc.option(fc.string({unit: 'binary', minLength: 1, maxLength: 200})),
    fc.array(uuid, {maxLength: 8}),
  ),
  fc.tuple(fc.constant('left' as const), uuid),
  fc.tuple(fc.constant('tab' as const), uuid, fc.string({unit: 'grapheme-ascii', maxLength: 36})),
  fc.constant(['query'] as const),
)

test('a message about presence is split into lines of ASCII below the limit, and decoding them returns all items in order', t => {
  const property = fc.property(uuid, uuid, fc.array(presenceItem), (organizationId, sprintId, items) => {
    const lines = encodePresence({organizationId, sprintId, items}, 2_000)
    for (const line of lines) t.true(line.length <= 2_000 && /^[ -~]*$/.test(line))
    const decoded = packEnvelopes('sender', lines, 7_999).flatMap(text => decodeEnvelope(text).announcements)
    t.deepEqual(
      decoded.flatMap(message => ('items' in message ? message.items : [])),
      items,
    )
    for (const message of decoded) t.like(message, {organizationId, sprintId})
  })
  t.notThrows(() => fc.assert(property, {numRuns: 200}))
})

test('a trace that is no traceparent is ignored, and the records of the announcement are kept', t => {
  const record = ['task.started', null, null, null, null, null, null, '{}']
  for (const trace of [7, null, {}, '', 'new', `00-${'g'.repeat(32)}-${'b'.repeat(16)}-01`]) {
    const {announcements} = decodeEnvelope(JSON.stringify(['other', ['org', 'epoch', 4, [...record, trace]]]))
    t.is(announcements.length, 1)
    t.false('trace' in announcements[0]!, `${trace}`)
    t.like(announcements[0], {appended: {records: [{left_story_id: null}]}})
    t.like(announcements[0], {organizationId: 'org', appended: {cursor: {epoch: 'epoch', seq: 4}}})
  }
})
