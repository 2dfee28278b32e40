import test from 'ava'
import {excerptOf, hitsIn, wordsOf} from '../../src/board/search.ts'

test('hits are whole words in any case, and words that begin with the last word', t => {
  const found = (text: string, query: string) =>
    hitsIn(text, wordsOf(query)).map(({start, end}) => text.slice(start, end))
  t.deepEqual(found('A fuel_valve, Valves; FUEL! refuel fuels', 'fuel valv'), [
    'fuel',
    'valv',
    'Valv',
    'FUEL',
  ])
  t.deepEqual(found('fuel fuels', 'valve fuel'), ['fuel', 'fuel'])
  t.deepEqual(found('a b ab A', 'a'), ['a', 'A'], 'a word of one character finds no longer words')
  t.deepEqual(found('ÜBER überall, u\u0308ber x\u0301 x', 'über x'), ['ÜBER', 'x'])
  t.deepEqual(found('valve valves', 'valves valve'), ['valve', 'valves'])
  t.deepEqual(found('nothing', 'valve'), [])
})

test('an excerpt begins a little before the first hit, or at the begin of a text without a hit', t => {
  const long = 'before '.repeat(1_000)
  const {excerpt, excerpt_hits} = excerptOf(`${long}valve after`, ['valve'])
  t.is(excerpt, `${'before '.repeat(8)}valve after`)
  t.deepEqual(excerpt_hits, [{start: 56, end: 61}])
  t.deepEqual(excerptOf('Nothing is here', ['valve']), {excerpt: 'Nothing is here', excerpt_hits: []})
})
