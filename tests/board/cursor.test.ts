import test from 'ava'
import fc from 'fast-check'
import {formatCursor, parseCursor} from '../../src/board/cursor.ts'

const epoch = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz234567'),
  minLength: 13,
  maxLength: 13,
})

test('parsing a formatted cursor returns the original cursor', t => {
  fc.assert(
    fc.property(fc.record({epoch, seq: fc.maxSafeNat()}), cursor => {
      t.deepEqual(parseCursor(formatCursor(cursor)), cursor)
    }),
  )
})

test('a cursor before the first event is valid', t => {
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
  'an epoch with a digit that is not base32': 'abcdefghijkl1-41',
  'a negative seq': 'abcdefghijkl2--1',
  'a seq with a leading zero': 'abcdefghijkl2-041',
  'a seq with a fraction': 'abcdefghijkl2-4.1',
  'a seq beyond the safe integers': 'abcdefghijkl2-9007199254740992',
  'surrounding white space': ' abcdefghijkl2-41 ',
  'a trailing line break': 'abcdefghijkl2-41\n',
})) {
  test(`${what} is not a valid cursor`, t => {
    t.is(parseCursor(value), undefined)
  })
}
