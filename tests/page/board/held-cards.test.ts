import test from 'ava'
import {type Card, columnsOf} from '../../../src/page/board/board-view.ts'
import {noFilter} from '../../../src/page/board/filter.ts'
import {heldSlots, type Slot} from '../../../src/page/board/held-cards.ts'
import {aBoard, aTask} from '../../helpers/sample-board.ts'

const cards = (...ids: string[]): Card[] =>
  columnsOf(aBoard({Launch: ids.map(id => aTask({id}))}), noFilter)[0]!.cards
const shown = (slots: readonly Slot[]) =>
  slots.map(({task, leftTo}) => (leftTo === undefined ? task.id : `(${task.id}: ${leftTo})`))
const taken = () => 'owned' as const

test('the place of a card that leaves a held list stays empty, so the cards below do not move', t => {
  const held = heldSlots(cards('A', 'B', 'C'), cards('B', 'C'), taken)
  t.deepEqual(shown(held), ['(A: owned)', 'B', 'C'])
  t.deepEqual(shown(heldSlots(held, cards('C'), taken)), ['(A: owned)', '(B: owned)', 'C'])
})

test('a card that returns gets its old place again', t => {
  const held = heldSlots(cards('A', 'B'), cards('B'), taken)
  t.deepEqual(shown(heldSlots(held, cards('A', 'B'), taken)), ['A', 'B'])
})

test('the place of a deleted task is marked too', t => {
  const held = heldSlots(cards('A', 'B'), cards('B'), () => undefined)
  t.deepEqual(shown(held), ['(A: null)', 'B'])
})

test('new cards are appended to a held list, and a changed order is not applied', t => {
  t.deepEqual(shown(heldSlots(cards('B', 'C'), cards('A', 'B', 'C'), taken)), ['B', 'C', 'A'])
  t.deepEqual(shown(heldSlots(cards('A', 'B').toReversed(), cards('A', 'B'), taken)), ['B', 'A'])
})

test('a held list shows the current content of its cards', t => {
  const [before] = cards('A')
  const after = {...before!, task: {...before!.task, title: 'New title'}}
  t.is(heldSlots([before!], [after], taken)[0]!.task.title, 'New title')
})

test('a card that the viewer drops into a held list gets its usual place', t => {
  const drop = (before: Card[], after: Card[], id: string) => shown(heldSlots(before, after, taken, id))
  t.deepEqual(drop(cards('A', 'C'), cards('A', 'B', 'C'), 'B'), ['A', 'B', 'C'])
  t.deepEqual(drop(cards('B'), cards('A', 'B'), 'A'), ['A', 'B'])
  t.deepEqual(drop(cards('A', 'B'), cards('A', 'B'), 'A'), ['A', 'B'])
  t.deepEqual(drop(cards('A'), cards('A'), 'B'), ['A'])
  const [a, b, c] = cards('A', 'B', 'C') as [Card, Card, Card]
  t.deepEqual(drop([a, b, c], [a, c, b], 'C'), ['A', 'C', 'B'], 'a move within the list')
  t.deepEqual(drop([a, b, c], [c, b, a], 'C'), ['C', 'A', 'B'], 'only the moved card gets its usual place')
})
