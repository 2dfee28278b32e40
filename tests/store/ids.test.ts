import test from 'ava'
import {validate, version} from 'uuid'
import {newId} from '../../src/store/ids.ts'

test('10,000 consecutive ids are version 7 UUIDs in strictly ascending order', t => {
  const ids = Array.from({length: 10_000}, () => newId())
  t.true(ids.every(id => validate(id) && version(id) === 7))
  t.true(ids.every((id, index) => index === 0 || ids[index - 1]! < id))
})
