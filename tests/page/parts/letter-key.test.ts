import test from 'ava'
import {isLetterKey} from '../../../src/page/parts/letter-key.ts'

test('a letter is recognized by its key, and on the layouts of other scripts by its place', t => {
  t.true(isLetterKey({key: 'z', code: 'KeyZ'}, 'z'))
  t.true(isLetterKey({key: 'Z', code: 'KeyY'}, 'z'), 'on a German keyboard')
  t.true(isLetterKey({key: 'я', code: 'KeyZ'}, 'z'))
  t.false(isLetterKey({key: 'y', code: 'KeyZ'}, 'z'))
  t.false(isLetterKey({key: 'н', code: 'KeyY'}, 'z'))
})
