import test from 'ava'
import {ago, count, daysLeft, initials, listed, shortened} from '../../src/page/words.ts'

test('initials are of the first and the last name, whatever the script', t => {
  t.is(initials('Ada Lovelace'), 'AL')
  t.is(initials('grace'), 'G')
  t.is(initials('  Barbara Jane Liskov '), 'BL')
  t.is(initials('𝒳enia 王'), '𝒳王')
})

test('numbers and names are told as people tell them', t => {
  t.is(count(1, 'task'), '1 task')
  t.is(count(0, 'story', 'stories'), '0 stories')
  t.is(listed([]), '')
  t.is(listed(['Ada']), 'Ada')
  t.is(listed(['Ada', 'Bob']), 'Ada and Bob')
  t.is(listed(['Ada', 'Bob', 'Eve', 'Zoë']), 'Ada, Bob and 2 more')
})

test('what is too long ends in an ellipsis, and no character is cut in two', t => {
  t.is(shortened('short', 5), 'short')
  t.is(shortened('longer text', 8), 'longer…')
  t.is(shortened('👩🏽👩🏽', 4), '👩…')
})

test('a sprint says how far it is', t => {
  const now = new Date(2026, 2, 10, 23, 59)
  t.is(daysLeft('2026-03-12', '2026-03-20', now), 'starts in 2 days')
  t.is(daysLeft('2026-03-01', '2026-03-20', now), '10 days left')
  t.is(daysLeft('2026-03-01', '2026-03-10', now), 'last day')
  t.is(daysLeft(null, '2026-03-09', now), 'ended 1 day ago')
  t.is(daysLeft('2026-03-01', null, now), '')
})

test('the past is told in its own size, and a slow clock makes no future', t => {
  const now = Date.parse('2026-03-10T12:00:00Z')
  t.is(ago('2026-03-10T11:59:40Z', now), 'just now')
  t.is(ago('2026-03-10T12:00:40Z', now), 'just now')
  t.is(ago('2026-03-10T11:55:00Z', now), '5 min. ago')
  t.is(ago('2026-03-10T09:00:00Z', now), '3 hr. ago')
  t.is(ago('2026-03-08T12:00:00Z', now), '2 days ago')
})
