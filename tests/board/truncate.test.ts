import test from 'ava'
import {truncate} from '../../src/board/truncate.ts'

test('a text that is not longer than the limit is returned unchanged', t => {
  t.is(truncate('tank', 4), 'tank')
  t.is(truncate('', 0), '')
})

test('a text that is longer than the limit is cut at the limit', t => {
  t.is(truncate('tanks', 4), 'tank')
})

test('a surrogate pair that crosses the limit is removed completely', t => {
  t.is(truncate('abc🚀', 4), 'abc')
  t.is(truncate('ab🚀c', 4), 'ab🚀')
})
