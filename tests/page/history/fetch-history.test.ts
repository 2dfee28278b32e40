import test from 'ava'
import type {ApiClient} from '../../../src/client/api-client.ts'
import {Problem} from '../../../src/client/client.ts'
import {fetchHistory} from '../../../src/page/history/fetch-history.ts'
import {aBoard, aTask} from '../../helpers/sample-board.ts'

const board = aBoard({Launch: [aTask({id: 'task-1'})]})
const changes = [
  {field: 'story_id', from: 'story-1', to: 'story-2'},
  {field: 'blocked_by_task_ids', added: ['task-1', 'task-2'], removed: []},
  {field: 'label_ids', added: ['label-1'], removed: []},
]

/** Only the first story exists. */
function fakeApi() {
  const calls: string[] = []
  const api = {
    async call(name: string, {params: {id}}: {params: {id: string}}) {
      calls.push(`${name.split('/')[1]} ${id}`)
      if (name.endsWith('/history')) return {items: [{seq: 1, type: 'task.updated', changes}], next: null}
      if (id === 'story-1') return {title: 'Reach orbit'}
      throw new Problem(name.includes('stories') ? 'story-not-found' : 'task-not-found', '', {status: 404})
    },
  } as unknown as ApiClient
  return {api, calls}
}

test('the titles of things that the board lacks are fetched once', async t => {
  const {api, calls} = fakeApi()
  const subject = {kind: 'task', id: 'task-9'} as const
  const {titles} = await fetchHistory(api, subject, board)
  t.deepEqual(Object.fromEntries(titles), {
    'story-1': 'Reach orbit',
    'story-2': null,
    'task-2': null,
    'label-1': null,
  })
  t.deepEqual(calls, ['tasks task-9', 'stories story-1', 'stories story-2', 'tasks task-2'])
  const again = await fetchHistory(api, subject, board, titles)
  t.is(again.titles.get('story-1'), 'Reach orbit')
  t.is(calls.length, 5)
})
