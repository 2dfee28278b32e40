import test from 'ava'
import fc from 'fast-check'
import {partsOf, rowHeights, visibleRows} from '../../../src/page/board/card-window.ts'

test('a row is visible when a part of it is between the top and the bottom', t => {
  const heights = [100, 50, 200, 100]
  t.deepEqual(visibleRows(heights, 0, 120), {first: 0, end: 2})
  t.deepEqual(visibleRows(heights, 100, 150), {first: 1, end: 2})
  t.deepEqual(visibleRows(heights, 149, 151), {first: 1, end: 3})
  t.deepEqual(visibleRows(heights, -300, -10), {first: 0, end: 0})
  t.deepEqual(visibleRows(heights, 450, 900), {first: 4, end: 4})
})

test('the rows that are not rendered are replaced with gaps of the same height, and pinned rows are rendered', t => {
  const heights = [10, 20, 30, 40, 50, 60, 70]
  t.deepEqual(partsOf(heights, {first: 2, end: 4}, [6]), [
    {kind: 'gap', first: 0, height: 30},
    {kind: 'rows', first: 2, end: 4},
    {kind: 'gap', first: 4, height: 110},
    {kind: 'rows', first: 6, end: 7},
  ])
  t.deepEqual(partsOf(heights, {first: 0, end: 7}, [3]), [{kind: 'rows', first: 0, end: 7}])
  t.deepEqual(partsOf([], {first: 0, end: 4}, []), [])
})

test('rendered rows and gaps together are as high as the list, in order and without overlap', t => {
  const lists = fc.record({
    heights: fc.array(fc.integer({min: 1, max: 300}), {maxLength: 80}),
    top: fc.integer({min: -2_000, max: 20_000}),
    height: fc.integer({min: 0, max: 2_000}),
    pinned: fc.array(fc.nat(90), {maxLength: 3}),
  })
  fc.assert(
    fc.property(lists, ({heights, top, height, pinned}) => {
      const visible = visibleRows(heights, top, top + height)
      let next = 0
      for (const part of partsOf(heights, visible, pinned)) {
        t.is(part.first, next)
        if (part.kind === 'rows') next = part.end
        else for (let left = part.height; left > 0; next++) left -= heights[next]!
      }
      t.is(next, heights.length)
    }),
  )
  t.pass()
})

test('a row is as high as its highest card, and a row without a measured card has the estimated height', t => {
  const measured = new Map([
    ['a', 90],
    ['b', 120],
    ['d', 70],
  ])
  t.deepEqual(rowHeights(['a', 'b', 'c', 'd', 'e'], 2, measured, 100), [120, 70, 100])
  t.deepEqual(rowHeights(['a', 'e'], 1, measured, 100), [90, 100])
  t.deepEqual(rowHeights([], 3, measured, 100), [])
})
