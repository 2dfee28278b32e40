import test from 'ava'
import type {BoardEvent, HistoryItem} from '../../../src/client/client.ts'
import {
  addsToHistory,
  type HistoryList,
  namedIdsIn,
  withNewest,
  withOlder,
} from '../../../src/page/history/history-list.ts'

const item = (seq: number, changes: HistoryItem['changes'] = []): HistoryItem => ({
  seq,
  type: 'task.updated',
  timestamp: '2026-03-02T10:00:00.000Z',
  actor_user_id: null,
  changes,
})
const list = (seqs: number[], next: number | null, titles: [string, string | null][] = []): HistoryList => ({
  items: seqs.map(seq => item(seq)),
  next,
  titles: new Map(titles),
})
const seqsOf = ({items}: HistoryList) => items.map(({seq}) => seq)

test('older items stay when the first page is fetched again', t => {
  const known = list([8, 6, 4, 2], 2, [['story', 'Old name']])
  const newer = withNewest(known, list([9, 8, 6], 6, [['story', 'New name']]))
  t.deepEqual(seqsOf(newer), [9, 8, 6, 4, 2])
  t.is(newer.next, 2)
  t.is(newer.titles.get('story'), 'New name')
  t.deepEqual(seqsOf(withNewest(known, list([12, 11, 8], 8))), [12, 11, 8, 6, 4, 2])
})

test('when the items between the first page and the known items are not loaded, only the page stays', t => {
  const page = list([12, 11, 10], 10)
  t.is(withNewest(list([8, 6], null), page), page)
  t.is(withNewest(undefined, page), page)
  t.is(withNewest(list([], null), page), page)
  const all = list([9, 8], null)
  t.is(withNewest(list([8, 6], 6), all), all)
})

test('the next page follows the known items, and is dropped when they have changed meanwhile', t => {
  const known = list([8, 6], 6)
  const more = withOlder(known, 6, list([4, 2], null))
  t.deepEqual(seqsOf(more), [8, 6, 4, 2])
  t.is(more.next, null)
  t.is(withOlder(known, 7, list([4, 2], null)), known)
})

test('the ids in the changes are found once', t => {
  const changes = [
    {field: 'story_id', from: 'a', to: 'b'},
    {field: 'sprint_id', from: null, to: 's'},
    {field: 'label_ids', added: ['l'], removed: ['m', 'l']},
    {field: 'blocked_by_task_ids', added: ['t'], removed: []},
    {field: 'title', from: 'x', to: 'y'},
  ]
  t.deepEqual(namedIdsIn([item(2, changes), item(1, changes)]), {
    stories: ['a', 'b'],
    sprints: ['s'],
    tasks: ['t'],
    labels: ['l', 'm'],
  })
})

test('the sprint to which the stories of a closed sprint moved is named', t => {
  const summary = {to_sprint_id: 'next'} as NonNullable<HistoryItem['summary']>
  t.deepEqual(namedIdsIn([{...item(1), summary}]).sprints, ['next'])
})

test('only events that add an item concern a history', t => {
  const event = (type: string, task_id?: string) => ({type, ...(task_id && {task_id})}) as BoardEvent
  const ofTask = {kind: 'task', id: 'task'} as const
  const ofSprint = {kind: 'sprint', id: 'sprint'} as const
  t.true(addsToHistory(ofTask, event('status_changed', 'task')))
  t.true(addsToHistory(ofTask, event('task.questions.changed', 'task')))
  t.false(addsToHistory(ofTask, event('task.ranked', 'task')))
  t.false(addsToHistory(ofTask, event('status_changed', 'other')))
  t.false(addsToHistory(ofTask, event('story.moved')))
  for (const type of ['sprint.updated', 'sprint.status.changed', 'story.moved', 'task.deleted'])
    t.true(addsToHistory(ofSprint, event(type)), type)
  for (const type of ['story.updated', 'task.updated', 'status_changed'])
    t.false(addsToHistory(ofSprint, event(type)), type)
})
