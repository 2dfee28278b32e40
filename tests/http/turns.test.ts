import {setImmediate as nextTurn} from 'node:timers/promises'
import test from 'ava'
import {inTurns} from '../../src/http/turns.ts'

test('of those who come at once so many go on in each turn, in the order they came', async t => {
  const turn = inTurns(3)
  const gone: number[] = []
  const come = async (n: number) => {
    await turn()
    gone.push(n)
  }
  for (let n = 1; n <= 8; n++) void come(n)
  await Promise.resolve()
  for (const expected of [
    [1, 2, 3],
    [1, 2, 3, 4, 5, 6],
    [1, 2, 3, 4, 5, 6, 7, 8],
    [1, 2, 3, 4, 5, 6, 7, 8],
  ]) {
    t.deepEqual(gone, expected)
    await nextTurn()
  }
})

test('who comes while others wait goes behind them, and whoever comes later finds room again', async t => {
  const turn = inTurns(1)
  const gone: string[] = []
  const come = async (name: string) => {
    await turn()
    gone.push(name)
  }
  void come('first')
  void come('second')
  await nextTurn()
  await come('third')
  t.deepEqual(gone, ['first', 'second', 'third'])
  await nextTurn()
  await nextTurn()
  void come('fourth')
  await Promise.resolve()
  t.deepEqual(gone, ['first', 'second', 'third', 'fourth'])
})
