import test from 'ava'
import fc from 'fast-check'
import {formatCursor, parseCursor} from '../../src/board/cursor.ts'

const epoch = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz234567'),
  minLength: 13,
  maxLength: 13,
})

test('every cursor is parsed back to itself', t => {
  fc.assert(
    fc.property(fc.record({epoch, seq: fc.maxSafeNat()}), cursor => {
      t.deepEqual(parseCursor(formatCursor(cursor)), cursor)
    }),
  )
})

test('a cursor before the first event is parsed', t => {
  t.deepEqual(parseCursor('abcdefghijkl2-0'), {epoch: 'abcdefghijkl2', seq: 0})
})

for (const [what, value] of Object.entries({
  'an empty string': '',
  'a bare number': '41',
  'an epoch without a seq': 'abcdefghijkl2',
  'an empty seq': 'abcdefghijkl2-',
  'an epoch that is too short': 'abcdefghijkl-41',
  'an epoch that is too long': 'abcdefghijkl22-41',
  'an epoch in upper case': 'ABCDEFGHIJKL2-41',
  'an epoch with a digit that base32 lacks': 'abcdefghijkl1-41',
  'a negative seq': 'abcdefghijkl2--1',
  'a seq with a leading zero': 'abcdefghijkl2-041',
  'a seq with a fraction': 'abcdefghijkl2-4.1',
  'a seq beyond the safe integers': 'abcdefghijkl2-9007199254740992',
  'white space around it': ' abcdefghijkl2-41 ',
  'a line break behind it': 'abcdefghijkl2-41\n',
})) {
  test(`${what} is no cursor`, t => {
    t.is(parseCursor(value), undefined)
  })
}
