import test from 'ava'
import {menuPlace} from '../../../src/page/parts/menu-place.ts'

const window = {width: 1_000, height: 800}
const anchorAt = (left: number, top: number, width = 20) => ({
  left,
  top,
  right: left + width,
  bottom: top + 20,
})

test('a menu is below its anchor, or above when there is no room below', t => {
  const menu = {width: 200, height: 300}
  t.like(menuPlace(anchorAt(100, 100), menu, window), {left: 100, top: 124})
  t.like(menuPlace(anchorAt(100, 700), menu, window), {left: 100, top: 396})
  t.like(menuPlace(anchorAt(950, 100), menu, window), {left: 792, top: 124})
})

test('a menu that is too high is beside its anchor, so that all items are visible', t => {
  const menu = {width: 200, height: 600}
  t.like(menuPlace(anchorAt(100, 400), menu, window), {left: 124, top: 192})
  t.like(menuPlace(anchorAt(900, 400), menu, window), {left: 696, top: 192})
})

test('a menu that fits nowhere scrolls, and does not cover its anchor', t => {
  const menu = {width: 900, height: 600}
  t.like(menuPlace(anchorAt(100, 300), menu, window), {top: 324, maxHeight: 468})
  t.like(menuPlace(anchorAt(100, 500), menu, window), {top: 8, maxHeight: 488})
})
