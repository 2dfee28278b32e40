import test from 'ava'
import {keysIn, type TaskLink, withLinks} from '../../src/board/task-links.ts'

const link = (number: number, fields: Partial<TaskLink> = {}): TaskLink => ({
  kind: 'pull_request',
  url: `https://github.example/${number}`,
  title: 'Fill',
  state: 'open',
  updated_at: `2026-01-01T10:00:${String(number).padStart(2, '0')}.000Z`,
  ...fields,
})

test('keys are found in titles and branches, but not within longer words', t => {
  t.deepEqual(keysIn('WEB-1, web-2: (A1-30)', 'feature/web-1-login', null), ['WEB-1', 'WEB-2', 'A1-30'])
  t.deepEqual(keysIn('XWEB1234567-1 é WEB-0 WEB-01 WEB-1x W-1 1AB-2'), [])
  t.is(keysIn(Array.from({length: 30}, (_, index) => `WEB-${index + 1}`).join()).length, 20)
})

test('a link is replaced only by a later state, and the least recently updated links are removed', t => {
  const known = [link(1), link(2)]
  t.is(withLinks(known, [link(1), link(2, {state: null})]), known)
  t.is(withLinks(known, [link(1, {updated_at: '2025-01-01T10:00:00.000Z', state: 'merged'})]), known)
  t.deepEqual(withLinks(known, [link(1, {state: 'closed'})]), [link(1, {state: 'closed'}), link(2)])
  const full = Array.from({length: 20}, (_, index) => link(index + 10))
  t.deepEqual(withLinks(full, [link(40)]), [...full.slice(1), link(40)])
  t.is(withLinks(full, [link(1)]), full)
})
