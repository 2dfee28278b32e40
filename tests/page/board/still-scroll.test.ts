import test from 'ava'
import {placeAfter} from '../../../src/page/board/still-scroll.ts'

test('content that has moved is scrolled back', t => {
  t.deepEqual(placeAfter({scrollTop: 50, spaceAbove: 0}, 100), {scrollTop: 150, spaceAbove: 0})
  t.deepEqual(placeAfter({scrollTop: 50, spaceAbove: 0}, -20), {scrollTop: 30, spaceAbove: 0})
})

test('at the top, empty space takes the place of what has left', t => {
  t.deepEqual(placeAfter({scrollTop: 50, spaceAbove: 0}, -80), {scrollTop: 0, spaceAbove: 30})
  t.deepEqual(placeAfter({scrollTop: 0, spaceAbove: 30}, -10), {scrollTop: 0, spaceAbove: 40})
  t.deepEqual(placeAfter({scrollTop: 0, spaceAbove: 30}, 45), {scrollTop: 15, spaceAbove: 0})
})
