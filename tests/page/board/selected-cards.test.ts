import test from 'ava'
import {createSelectedCards, rangeIn} from '../../../src/page/board/selected-cards.ts'

const lists = [
  ['a', 'b', 'c', 'd'],
  ['e', 'f'],
]

test('a range goes from the last selected card to this one, in both directions', t => {
  t.deepEqual(rangeIn(lists, 'a', 'c'), ['a', 'b', 'c'])
  t.deepEqual(rangeIn(lists, 'd', 'b'), ['b', 'c', 'd'])
})

test('a range does not go into another list', t => {
  t.deepEqual(rangeIn(lists, 'a', 'f'), ['f'])
  t.deepEqual(rangeIn(lists, 'gone', 'b'), ['b'])
})

test('a card is selected and deselected, and a range is added to the selection', t => {
  const selection = createSelectedCards()
  const ids = () => [...selection.ids.get()].sort()
  selection.toggle('e')
  selection.toggle('b')
  selection.extendTo('d', lists)
  t.deepEqual(ids(), ['b', 'c', 'd', 'e'])
  selection.toggle('c')
  t.deepEqual(ids(), ['b', 'd', 'e'])
  selection.set([])
  t.deepEqual(ids(), [])
  selection.extendTo('a', lists)
  t.deepEqual(ids(), ['a'], 'a range does not begin at a card that is no longer selected')
})
