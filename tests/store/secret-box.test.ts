import test from 'ava'
import {createSecretBox} from '../../src/store/secret-box.ts'

const key = 'a key that nobody can guess, of 40 bytes'
const box = createSecretBox(key)

test('what was sealed opens with the same key and place, also in another process', t => {
  for (const secret of ['sixteen letters.', 'ünïcödé 🚀', 'x'.repeat(1_000), '']) {
    t.is(createSecretBox(key).open(box.seal(secret, 'here'), 'here'), secret)
  }
})

test('a secret is sealed anew each time, and nothing of it can be read', t => {
  const sealed = [box.seal('sixteen letters.', 'here'), box.seal('sixteen letters.', 'here')] as const
  t.false(sealed[0].equals(sealed[1]))
  for (const each of sealed) t.false(each.includes('sixteen'))
})

test('another key, another place, or one bit that is altered opens nothing', t => {
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
