import test from 'ava'
import {Problem} from '../../../src/board/problem.ts'
import {isNeighbourDeleted} from '../../../src/page/parts/refused-move.ts'

const notFound = new Problem('task-not-found', 'No.', {status: 404})

test('when the moved task still exists, its neighbour was deleted', async t => {
  t.true(await isNeighbourDeleted(notFound, 'task', async () => ({})))
  t.false(await isNeighbourDeleted(notFound, 'task', () => Promise.reject(notFound)))
})

test('a failed fetch of the moved task is no deletion of it', async t => {
  t.true(await isNeighbourDeleted(notFound, 'task', () => Promise.reject(new TypeError('fetch failed'))))
})

test('another refusal is no deletion, and fetches nothing', async t => {
  const refusal = new Problem('role-insufficient', 'No.', {status: 403})
  t.false(await isNeighbourDeleted(refusal, 'task', () => t.fail() as never))
})
