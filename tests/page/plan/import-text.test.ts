import test from 'ava'
import {Problem} from '../../../src/client/client.ts'
import {
  countsText,
  importFailure,
  importLabel,
  mediaTypeOf,
  sizeText,
} from '../../../src/page/plan/import-text.ts'

const counts = (given: Partial<Parameters<typeof countsText>[0]>) => ({
  sprints: 0,
  labels: 0,
  stories: 0,
  tasks: 0,
  checklist_items: 0,
  comments: 0,
  ...given,
})

test('counts become a list that begins with the tasks', t => {
  t.is(countsText(counts({})), '')
  t.is(countsText(counts({tasks: 1})), '1 task')
  const all = {sprints: 2, labels: 1, stories: 24, tasks: 1312, checklist_items: 1, comments: 3}
  t.is(countsText(all), '1,312 tasks, 24 stories, 2 sprints, 1 label, 1 checklist item and 3 comments')
})

test('the button names what the import creates, or else what it updates', t => {
  const label = (created: Parameters<typeof counts>[0], updated: Parameters<typeof counts>[0] = {}) =>
    importLabel({created: counts(created), updated: counts(updated)})
  t.is(label({tasks: 312, stories: 24}, {tasks: 4}), 'Import 312 tasks')
  t.is(label({stories: 2, labels: 1}), 'Import 2 stories and 1 label')
  t.is(label({}, {tasks: 4}), 'Update 4 tasks')
  t.is(label({}), undefined)
})

test('each failure has a sentence with a remedy', t => {
  const problem = (code: string, detail = '') => new Problem(code as 'invalid-file', detail, {status: 400})
  t.is(
    importFailure(problem('invalid-file', 'The file cannot be imported: its format is unknown.'), true),
    'The file cannot be imported: its format is unknown.',
  )
  t.regex(importFailure(problem('body-too-large'), true), /too large/)
  const another = 'Another import of your organization is running. Try again.'
  t.is(importFailure(problem('overloaded', another), false), another)
  t.is(importFailure(new TypeError('failed'), true), 'The server did not respond. Try again.')
  t.regex(importFailure(new TypeError('failed'), false), /The import may still finish/)
  t.regex(importFailure(problem('unexpected-response'), false), /The import may still finish/)
})

test('the media type follows the first character, also after a byte order mark', t => {
  t.is(mediaTypeOf('\ufeff\n [{"id": 1}]'), 'application/json')
  t.is(mediaTypeOf('{}'), 'application/json')
  t.is(mediaTypeOf('title,story\n'), 'text/csv')
  t.is(mediaTypeOf(''), 'text/csv')
})

test('a size has KB below 1,000 KB, and MB above', t => {
  t.is(sizeText(1), '1 KB')
  t.is(sizeText(14 * 1024), '14 KB')
  t.is(sizeText(2.34 * 1024 * 1024), '2.3 MB')
})
