import {buffer} from 'node:stream/consumers'
import test from 'ava'
import fc from 'fast-check'
import {encodeInPieces} from '../../src/http/json-pieces.ts'
import {countTurns} from '../helpers/turns.ts'

test('the joined pieces of a value are equal to the JSON of the value', async t => {
  const property = fc.asyncProperty(fc.object({maxDepth: 4, withBoxedValues: false}), async value => {
    const pieces = await encodeInPieces(value)
    const bytes = await buffer(pieces.stream())
    t.is(bytes.toString(), JSON.stringify(value))
    t.is(bytes.length, pieces.length)
  })
  await t.notThrowsAsync(fc.assert(property, {numRuns: 300}))
})

test('a long list is encoded in several pieces, and every stream sends all pieces', async t => {
  const items = Array.from({length: 20_000}, (_, n) => ({n, title: '日本'}))
  const value = {stories: [{id: 1, tasks: items}], cursor: 'a-1'}
  const pieces = await encodeInPieces(value)
  let count = 0
  for await (const piece of pieces.stream()) {
    count++
    t.true(piece.length < 200_000)
  }
  t.true(count > 5)
  t.deepEqual(JSON.parse((await buffer(pieces.stream())).toString()), value)
})

test('a long list is encoded over several turns of the event loop', async t => {
  const items = Array.from({length: 20_000}, () => ({title: 'x'.repeat(100)}))
  t.true((await countTurns(() => encodeInPieces({items}))) > 10)
})
