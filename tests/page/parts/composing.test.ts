import test from 'ava'
import {isComposing} from '../../../src/page/parts/composing.ts'

test('a key belongs to a composition while it lasts, and in Safari also when it ends the composition', t => {
  const key = (isComposing: boolean, keyCode: number) => ({isComposing, keyCode})
  t.true(isComposing(key(true, 13)))
  t.true(isComposing(key(false, 229)))
  t.false(isComposing(key(false, 13)))
  t.true(isComposing({nativeEvent: key(true, 27)}), 'in an event of React')
  t.false(isComposing({nativeEvent: key(false, 27)}))
})
