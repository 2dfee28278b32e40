import test from 'ava'
import fc from 'fast-check'
import {generateKeyBetween} from 'fractional-indexing'
import {compareRanks, firstRank, textBetween} from '../../src/board/rank.ts'
import {newId} from '../../src/store/ids.ts'

test('the first ranks of ids are in the order of the ids, and the package accepts them', t => {
  const ids = Array.from({length: 5_000}, newId)
  const ranks = ids.map(firstRank)
  t.deepEqual(ranks.toSorted(), ranks)
  t.is(new Set(ranks).size, ranks.length)
  for (const rank of ranks) t.true(generateKeyBetween(rank, null) > rank)
  t.true(ranks.every(({length}) => length <= 14))
})

test('the first rank of an id contains the time and the sequence of the id', t => {
  t.is(firstRank('00000000-0000-7000-8000-000000000000'), 'g0000000')
  t.is(firstRank('00000000-003f-7000-8000-040000000000'), 'g0000011' + '000001')
  t.is(firstRank('ffffffff-ffff-7fff-bfff-ffffffffffff'), 'gzzzzzzz' + '4gfFC3')
})

test('tasks are compared by their ranks, as bytes, and then by their ids', t => {
  const tasks = [
    {id: '2', rank: 'a'},
    {id: '1', rank: 'a'},
    {id: '3', rank: 'Z'},
    {id: '4', rank: 'a0'},
  ]
  t.deepEqual(
    tasks.toSorted(compareRanks).map(({id}) => id),
    ['3', '1', '2', '4'],
  )
  t.is(compareRanks(tasks[0]!, tasks[0]!), 0)
})

test('textBetween returns a text that sorts between two ranks, and after or before one rank', t => {
  const rank = fc.array(fc.boolean(), {maxLength: 30}).map(turns => {
    let [low, high]: (string | null)[] = [firstRank(newId()), null]
    for (const isLower of turns) {
      const between = generateKeyBetween(low, high)
      if (isLower) high = between
      else low = between
    }
    return low!
  })
  const property = fc.property(rank, rank, (one, other) => {
    const [low, high] = [one, other].sort() as [string, string]
    const isBetween = low === high || (low < textBetween(low, high) && textBetween(low, high) < high)
    return isBetween && textBetween(undefined, low) < low && textBetween(high) > high
  })
  t.notThrows(() => fc.assert(property, {numRuns: 1_000}))
})
