import test from 'ava'
import type {Group} from '../../../src/page/board/board-view.ts'
import {estimatedHeight, firstGroups} from '../../../src/page/board/near-groups.ts'

test('the estimated height of a group grows with its rows of cards', t => {
  t.is(estimatedHeight(4, 1_000), estimatedHeight(1, 1_000))
  t.true(estimatedHeight(5, 1_000) > estimatedHeight(4, 1_000))
  t.true(estimatedHeight(2, 100) > estimatedHeight(1, 100)) // one card is always beside no other
})

test('the first groups fill the window', t => {
  const groups = ['a', 'b', 'c', 'd'].map(id => ({story: {id}, cards: Array(10)})) as Group[]
  const height = estimatedHeight(10, 1_000)
  t.deepEqual([...firstGroups(groups, 1_000, height)], ['a'])
  t.deepEqual([...firstGroups(groups, 1_000, height + 1)], ['a', 'b'])
  t.deepEqual([...firstGroups([], 1_000, height)], [])
})
