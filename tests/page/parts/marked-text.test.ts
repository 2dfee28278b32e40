import test from 'ava'
import {splitAtHits} from '../../../src/page/parts/marked-text.tsx'

test('a text is split at the words that a search has found', t => {
  const hits = [
    {start: 0, end: 4},
    {start: 9, end: 13},
  ]
  t.deepEqual(splitAtHits('Fill the tank', hits), ['', 'Fill', ' the ', 'tank', ''])
  t.deepEqual(splitAtHits('Fill the tank', []), ['Fill the tank'])
})

test('ranges that overlap an earlier range, or end after the text, are ignored', t => {
  const hits = [
    {start: 0, end: 4},
    {start: 2, end: 6},
    {start: 5, end: 90},
  ]
  t.deepEqual(splitAtHits('Fill the tank', hits), ['', 'Fill', ' the tank'])
})
