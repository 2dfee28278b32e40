import test from 'ava'
import {createSecretBox} from '../../src/store/secret-box.ts'

const key = 'an unguessable key of thirty-nine bytes'
const box = createSecretBox(key)

test('a sealed secret can be opened with the same key and context', t => {
  for (const secret of ['sixteen letters.', 'ünïcödé 🚀', 'x'.repeat(1_000), '']) {
    t.is(createSecretBox(key).open(box.seal(secret, 'here'), 'here'), secret)
  }
})

test('sealing a secret twice returns two different results, and the results do not contain the secret', t => {
  const sealed = [box.seal('sixteen letters.', 'here'), box.seal('sixteen letters.', 'here')] as const
  t.false(sealed[0].equals(sealed[1]))
  for (const each of sealed) t.false(each.includes('sixteen'))
})

test('opening a secret throws when the key, the context or one bit is different', t => {
  const sealed = box.seal('sixteen letters.', 'here')
  t.throws(() => createSecretBox(key.replace('a', 'b')).open(sealed, 'here'))
  t.throws(() => box.open(sealed, 'there'))
  for (let byte = 0; byte < sealed.length; byte++) {
    const altered = Buffer.from(sealed)
    altered[byte]! ^= 1
    t.throws(() => box.open(altered, 'here'))
  }
  for (const length of [0, 11, 12, 27]) t.throws(() => box.open(sealed.subarray(0, length), 'here'))
})
