import test from 'ava'
import fc from 'fast-check'
import {StreamCounts, type StreamOwner} from '../../src/live/stream-counts.ts'

const limits = {maxStreams: 6, maxStreamsPerOrganization: 4, maxStreamsPerUser: 2}
const owners: StreamOwner[] = ['a', 'b', 'c'].flatMap(organizationId =>
  ['1', '2', '3'].map(user => ({organizationId, userId: organizationId + user})),
)

/** A step opens a stream for the owner in `open`, or ends the stream at index `end` of the list of open streams. */
type Step = {open: StreamOwner} | {end: number}
const step: fc.Arbitrary<Step> = fc.oneof(
  {weight: 4, arbitrary: fc.record({open: fc.constantFrom(...owners)})},
  {weight: 1, arbitrary: fc.record({end: fc.nat(limits.maxStreams)})},
)

test('a stream may open only while its server, its organization and its user are below their limits', t => {
  const reached = {maxStreams: 0, maxStreamsPerOrganization: 0, maxStreamsPerUser: 0}
  fc.assert(
    fc.property(fc.array(step, {minLength: 20, maxLength: 60}), steps => {
      const counts = new StreamCounts(limits)
      const open: StreamOwner[] = []
      for (const one of steps) {
        if ('open' in one) {
          const full = {
            maxStreams: open.length,
            maxStreamsPerOrganization: countOf(open, one.open, 'organizationId'),
            maxStreamsPerUser: countOf(open, one.open, 'userId'),
          }
          const reasons = keys.filter(key => full[key] >= limits[key])
          for (const reason of reasons) reached[reason]++
          t.is(counts.acquire(one.open), reasons.length === 0)
          if (reasons.length === 0) open.push(one.open)
        } else {
          for (const owner of open.splice(one.end, 1)) counts.release(owner)
        }
        t.is(counts.total, open.length)
      }
    }),
  )
  for (const key of keys) t.true(reached[key] > 10, key)
})

const keys = ['maxStreams', 'maxStreamsPerOrganization', 'maxStreamsPerUser'] as const

function countOf(open: readonly StreamOwner[], owner: StreamOwner, key: keyof StreamOwner): number {
  return open.filter(other => other[key] === owner[key]).length
}
