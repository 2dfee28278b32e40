import test from 'ava'
import type {DashboardStory} from '../../../src/client/client.ts'
import {heldRows} from '../../../src/page/home/held-rows.ts'

const story = (id: string, title = id) => ({id, title}) as DashboardStory

test('a list that is held keeps its order, shows new texts, keeps the places of what has left, and appends new rows', t => {
  const shown = ['a', 'b', 'c'].map(id => ({story: story(id), isGone: false}))
  t.deepEqual(heldRows(shown, [story('c', 'new title'), story('d'), story('a')]), [
    {story: story('a'), isGone: false},
    {story: story('b'), isGone: true},
    {story: story('c', 'new title'), isGone: false},
    {story: story('d'), isGone: false},
  ])
})
