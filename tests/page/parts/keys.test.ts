import test from 'ava'
import {keyName} from '../../../src/page/parts/keys.ts'

test('a letter is recognized by its key, and on the layouts of other scripts by its place', t => {
  t.is(keyName({key: 'z', code: 'KeyZ'}), 'z')
  t.is(keyName({key: 'Z', code: 'KeyY'}), 'z', 'on a German keyboard')
  t.is(keyName({key: 'q', code: 'KeyA'}), 'q', 'on a French keyboard')
  t.is(keyName({key: 'я', code: 'KeyZ'}), 'z')
  t.is(keyName({key: 'Й', code: 'KeyQ'}), 'q')
  t.is(keyName({key: 'ö', code: 'Semicolon'}), 'ö')
})

test('other keys have their own names', t => {
  t.is(keyName({key: 'Enter', code: 'Enter'}), 'Enter')
  t.is(keyName({key: '?', code: 'Slash'}), '?')
  t.is(keyName({key: ' ', code: 'Space'}), ' ')
})
