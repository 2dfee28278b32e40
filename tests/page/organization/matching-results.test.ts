import test from 'ava'
import type {SearchResult} from '../../../src/client/client.ts'
import {matchingResults} from '../../../src/page/organization/matching-results.ts'

test('while a member types on, only the results that contain all words stay', t => {
  const results = [
    {key: 'MOON-1', title: 'Fill the tank', excerpt: ''},
    {key: null, title: 'Launch', excerpt: 'Tanks are full.'},
  ] as SearchResult[]
  t.is(matchingResults(results, 'tan').length, 2)
  t.deepEqual(matchingResults(results, 'tank  FILL'), [results[0]!])
  t.deepEqual(matchingResults(results, 'moon-1'), [results[0]!])
  t.deepEqual(matchingResults(results, 'engine'), [])
})
