import test from 'ava'
import {createSelectedCards, rangeIn, selectByClick} from '../../../src/page/board/selected-cards.ts'

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

test('while cards are selected, a touch selects a card, also when the click does not name its pointer', t => {
  const selection = createSelectedCards()
  const click = (id: string, pressType: string, detail = 1) => {
    let isStopped = false
    const target = {closest: () => ({dataset: {task: id}}), matches: () => false} as unknown as EventTarget
    const stopPropagation = () => {
      isStopped = true
    }
    const keys = {shiftKey: false, ctrlKey: false, metaKey: false}
    selectByClick(
      {target, detail, ...keys, preventDefault() {}, stopPropagation},
      pressType,
      selection,
      lists,
    )
    return isStopped
  }
  t.false(click('a', 'touch'), 'no card is selected')
  selection.toggle('a')
  t.true(click('b', 'touch'))
  t.false(click('c', 'mouse'))
  t.false(click('c', 'touch', 0), 'the keyboard opens the card')
  t.deepEqual([...selection.ids.get()], ['a', 'b'])
})
