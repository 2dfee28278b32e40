// The examples are those of RFC 8785.
import test from 'ava'
import fc from 'fast-check'
import {canonicalJson} from '../../src/board/canonical-json.ts'

test('the value of section 3.2.2 is encoded as the bytes of section 3.2.4', t => {
  const value = JSON.parse(String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`)
  const bytes = `
    7b 22 6c 69 74 65 72 61 6c 73 22 3a 5b 6e 75 6c 6c 2c 74 72 75 65 2c 66 61 6c 73 65 5d 2c 22 6e 75 6d 62 65 72 73
    22 3a 5b 33 33 33 33 33 33 33 33 33 2e 33 33 33 33 33 33 33 2c 31 65 2b 33 30 2c 34 2e 35 2c 30 2e 30 30 32 2c 31
    65 2d 32 37 5d 2c 22 73 74 72 69 6e 67 22 3a 22 e2 82 ac 24 5c 75 30 30 30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c
    22 2f 22 7d`
  t.is(Buffer.from(canonicalJson(value)).toString('hex'), bytes.replaceAll(/\s/g, ''))
})

test('the names of section 3.2.3 are sorted by UTF-16 code units', t => {
  const value = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    1: 'One',
    '\ud83d\ude00': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    '\u00f6': 'Latin Small Letter O With Diaeresis',
  }
  const names = [
    'Carriage Return',
    'One',
    'Control',
    'Latin Small Letter O With Diaeresis',
    'Euro Sign',
    'Emoji: Grinning Face',
    'Hebrew Letter Dalet With Dagesh',
  ]
  t.deepEqual(
    [...canonicalJson(value).matchAll(/:"([^"]*)"/g)].map(([, name]) => name),
    names,
  )
})

test('names that are numbers are sorted as texts', t => {
  t.is(canonicalJson({9: 1, 10: 2, '-': 3}), '{"-":3,"10":2,"9":1}')
})

/** The bits of a number in hex, and its text. */
const numbers = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
] as const

test('the numbers of appendix B are encoded as in the appendix', t => {
  for (const [hex, text] of numbers) t.is(canonicalJson(Buffer.from(hex, 'hex').readDoubleBE()), text)
})

test('a value that is not JSON is rejected', t => {
  const others = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    undefined,
    1n,
    Symbol('s'),
    () => {},
    '\ud800',
    {'\udc00': 1},
  ]
  for (const value of others) t.throws(() => canonicalJson(value), {instanceOf: TypeError})
  t.throws(() => canonicalJson([undefined]), {instanceOf: TypeError})
})

test('a member with the value undefined is omitted', t => {
  t.is(canonicalJson({b: undefined, a: [{c: undefined}]}), '{"a":[{}]}')
})

test('the canonical text of every JSON value is JSON of the same value, and does not depend on the order of the members', t => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.infiniteStream(fc.nat()), (value, picks) => {
      const text = canonicalJson(value)
      t.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
      t.is(canonicalJson(shuffled(value, picks)), text)
    }),
  )
})

function shuffled(value: unknown, picks: Iterator<number>): unknown {
  if (Array.isArray(value)) return value.map(item => shuffled(item, picks))
  if (typeof value !== 'object' || value === null) return value
  const left = Object.entries(value)
  const members: [string, unknown][] = []
  while (left.length > 0) {
    const [[name, item]] = left.splice(picks.next().value % left.length, 1) as [[string, unknown]]
    members.push([name, shuffled(item, picks)])
  }
  return Object.fromEntries(members)
}
