import test from 'ava'
import type {TaskLink} from '../../../src/client/client.ts'
import {linkView, newestLinks} from '../../../src/page/task/link-view.ts'

const link = (more: Partial<TaskLink>): TaskLink => ({
  kind: 'pull_request',
  url: 'https://github.com/rockets/moon/pull/12',
  title: 'Fill the tank',
  state: 'open',
  updated_at: '2026-03-02T10:00:00.000Z',
  ...more,
})

test('a pull request has its number and its state', t => {
  t.deepEqual(linkView(link({})), {
    name: '#12',
    title: 'Fill the tank',
    state: 'Open',
    color: 'green',
    href: 'https://github.com/rockets/moon/pull/12',
  })
  t.like(linkView(link({state: 'merged'})), {state: 'Merged', color: 'purple'})
  t.like(linkView(link({state: 'closed'})), {state: 'Closed', color: 'red'})
  t.like(linkView(link({state: 'queued' as 'open'})), {state: 'queued', color: 'gray'})
})

test('a commit has the first characters of its hash', t => {
  const url = 'https://github.com/rockets/moon/commit/0123456789abcdef0123456789abcdef01234567'
  t.like(linkView(link({kind: 'commit', url, state: null})), {name: '0123456', state: 'Commit', href: url})
})

test('only https addresses can be followed', t => {
  for (const url of ['http://github.com/rockets/moon/pull/12', 'javascript:alert(1)', 'https://', 'pull/12'])
    t.is(linkView(link({url})).href, undefined, url)
  t.is(linkView(link({url: 'https://git.example/changes/7'})).name, '')
})

test('the most recently updated link is first', t => {
  const older = link({url: 'https://github.com/rockets/moon/pull/1'})
  const newer = link({updated_at: '2026-03-03T10:00:00.000Z'})
  t.deepEqual(newestLinks([older, newer]), [newer, older])
})
