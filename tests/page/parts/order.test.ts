import test from 'ava'
import {
  gapAt,
  indexAfter,
  indexOfMove,
  neighbourAt,
  placeText,
  withIndex,
} from '../../../src/page/parts/order.ts'

const boxes = [
  {id: 'A', top: 100, bottom: 140},
  {id: 'B', top: 148, bottom: 188},
]
const ids = ['A', 'B', 'C', 'D']

test('the place at a height is above the first element whose middle is below this height', t => {
  t.deepEqual(gapAt(boxes, 90), {beforeId: 'A', y: 96})
  t.deepEqual(gapAt(boxes, 119), {beforeId: 'A', y: 96})
  t.deepEqual(gapAt(boxes, 121), {beforeId: 'B', y: 144})
  t.deepEqual(gapAt(boxes, 150), {beforeId: 'B', y: 144})
  t.deepEqual(gapAt(boxes, 170), {beforeId: null, y: 192})
  t.deepEqual(gapAt(boxes, 900), {beforeId: null, y: 192})
  t.is(gapAt([], 100), undefined)
})

test('a thing that is dropped above another element gets the index of this element', t => {
  t.is(indexAfter(ids, 'D', 'B'), 1)
  t.is(indexAfter(ids, 'A', 'C'), 1)
  t.is(indexAfter(ids, 'A', null), 3)
  t.is(indexAfter(ids, 'X', 'A'), 0, 'the thing comes from another list')
  t.is(indexAfter(ids, 'X', null), 4)
  t.is(indexAfter([], 'X', null), 0)
})

test('a thing that is dropped above itself or above the next element keeps its index', t => {
  t.is(indexAfter(ids, 'B', 'B'), 1)
  t.is(indexAfter(ids, 'B', 'C'), 1)
})

test('a thing that is dropped above an element that has left the list comes last', t => {
  t.is(indexAfter(ids, 'A', 'gone'), 3)
})

test('a move by the keyboard stops at the edges of the list', t => {
  t.deepEqual(
    (['up', 'down', 'top', 'bottom'] as const).map(move => indexOfMove(ids, 'B', move)),
    [0, 2, 0, 3],
  )
  t.is(indexOfMove(ids, 'A', 'up'), 0)
  t.is(indexOfMove(ids, 'D', 'down'), 3)
})

test('a thing that moves up comes before the element that it passes last, and a thing that moves down after it', t => {
  t.deepEqual(neighbourAt(ids, 'D', 1), {beforeId: 'B'})
  t.deepEqual(neighbourAt(ids, 'D', 0), {beforeId: 'A'})
  t.deepEqual(neighbourAt(ids, 'A', 2), {afterId: 'C'})
  t.deepEqual(neighbourAt(ids, 'A', 3), {afterId: 'D'})
})

test('a thing from another list comes after the element above it, or before the first element', t => {
  t.deepEqual(neighbourAt(ids, 'X', 2), {afterId: 'B'})
  t.deepEqual(neighbourAt(ids, 'X', 4), {afterId: 'D'})
  t.deepEqual(neighbourAt(ids, 'X', 0), {beforeId: 'A'})
})

test('a move has no neighbour when the index stays the same, and when the list has no other element', t => {
  t.is(neighbourAt(ids, 'B', 1), undefined)
  t.is(neighbourAt([], 'X', 0), undefined)
  t.is(neighbourAt(['X'], 'X', 0), undefined)
})

test('the order after a move contains every id once', t => {
  t.deepEqual(withIndex(ids, 'D', 0), ['D', 'A', 'B', 'C'])
  t.deepEqual(withIndex(ids, 'A', 2), ['B', 'C', 'A', 'D'])
})

test('a screen reader says the place and the number of elements', t => {
  t.is(placeText('Fill the tank', 2, 12), 'Fill the tank: 3 of 12')
})
