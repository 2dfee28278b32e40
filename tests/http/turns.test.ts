import {setImmediate as nextTurn} from 'node:timers/promises'
import test from 'ava'
import {limitPerTurn} from '../../src/http/turns.ts'

test('of many simultaneous requests, a limited number proceeds in each turn, in the order of arrival', async t => {
  const turn = limitPerTurn(3)
  const admitted: number[] = []
  const arrive = async (n: number) => {
    await turn()
    admitted.push(n)
  }
  for (let n = 1; n <= 8; n++) void arrive(n)
  await Promise.resolve()
  for (const expected of [
    [1, 2, 3],
    [1, 2, 3, 4, 5, 6],
    [1, 2, 3, 4, 5, 6, 7, 8],
    [1, 2, 3, 4, 5, 6, 7, 8],
  ]) {
    t.deepEqual(admitted, expected)
    await nextTurn()
  }
})

test('a request that arrives while others wait is queued behind them; once the queue is empty, the next proceeds at once', async t => {
  const turn = limitPerTurn(1)
  const admitted: string[] = []
  const arrive = async (name: string) => {
    await turn()
    admitted.push(name)
  }
  void arrive('first')
  void arrive('second')
  await nextTurn()
  await arrive('third')
  t.deepEqual(admitted, ['first', 'second', 'third'])
  await nextTurn()
  await nextTurn()
  void arrive('fourth')
  await Promise.resolve()
  t.deepEqual(admitted, ['first', 'second', 'third', 'fourth'])
})
