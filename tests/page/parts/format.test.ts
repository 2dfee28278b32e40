import test from 'ava'
import {count, initials, listNames, localDay, timeAgo, timeLeft} from '../../../src/page/parts/format.ts'

test('initials are the first letters of the first and the last name, in any script', t => {
  t.is(initials('Ada Lovelace'), 'AL')
  t.is(initials('grace'), 'G')
  t.is(initials('  Barbara Jane Liskov '), 'BL')
  t.is(initials('𝒳enia 王'), '𝒳王')
})

test('a count is followed by the singular or the plural of the noun', t => {
  t.is(count(1, 'task'), '1 task')
  t.is(count(0, 'story', 'stories'), '0 stories')
})

test('a long list of names is shortened to the first two names and the number of other names', t => {
  t.is(listNames([]), '')
  t.is(listNames(['Ada']), 'Ada')
  t.is(listNames(['Ada', 'Bob']), 'Ada and Bob')
  t.is(listNames(['Ada', 'Bob', 'Eve', 'Zoë']), 'Ada, Bob and 2 more')
})

test('a sprint shows the number of days until its start or its end', t => {
  const today = '2026-03-10'
  t.is(timeLeft('2026-03-12', '2026-03-20', today), 'starts in 2 days')
  t.is(timeLeft('2026-03-01', '2026-03-20', today), '10 days left')
  t.is(timeLeft('2026-03-01', '2026-03-10', today), 'ends today')
  t.is(timeLeft(null, '2026-03-09', today), 'ended 1 day ago')
  t.is(timeLeft('2026-03-01', null, today), '')
})

test('the calendar day is that of the time zone, until midnight', t => {
  t.is(localDay(new Date(2026, 2, 9, 23, 59)), '2026-03-09')
  t.is(localDay(new Date(2026, 2, 10)), '2026-03-10')
})

test('a past time is shown in minutes, hours or days; a future time is shown as “just now”', t => {
  const now = Date.parse('2026-03-10T12:00:00Z')
  t.is(timeAgo('2026-03-10T11:59:40Z', now), 'just now')
  t.is(timeAgo('2026-03-10T12:00:40Z', now), 'just now')
  t.is(timeAgo('2026-03-10T11:55:00Z', now), '5 min. ago')
  t.is(timeAgo('2026-03-10T09:00:00Z', now), '3 hr. ago')
  t.is(timeAgo('2026-03-08T12:00:00Z', now), '2 days ago')
})
