import test from 'ava'
import {edgeScroll} from '../../../src/page/parts/edge-scroll.ts'

test('an area scrolls faster when the card is closer to its edge, and never in the middle', t => {
  const at = (position: number) => edgeScroll(position, 0, 400)
  t.deepEqual([at(200), at(56), at(344)], [0, 0, 0])
  t.true(at(50) < 0 && at(10) < at(50))
  t.true(at(350) > 0 && at(390) > at(350))
  t.is(at(-500), at(0))
  t.is(at(900), at(400))
})
