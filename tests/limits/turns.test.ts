import {setImmediate as nextTurn} from 'node:timers/promises'
import test from 'ava'
import {limitPerTurn, limitPerTurnAndGroup} from '../../src/limits/turns.ts'

test('in each turn of the event loop, at most a fixed number of requests proceed; requests proceed in the order of their arrival', async t => {
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

test('a new request proceeds after all waiting requests, or immediately when no request is waiting', async t => {
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

test('a group with many requests does not delay the requests of other groups', async t => {
  const turn = limitPerTurnAndGroup(2)
  const admitted: string[] = []
  const arrive = async (group: string, n: number) => {
    await turn(group)
    admitted.push(`${group}${n}`)
  }
  for (let n = 1; n <= 5; n++) void arrive('a', n)
  void arrive('b', 1)
  await Promise.resolve()
  t.deepEqual(admitted, ['a1', 'a2', 'b1'])
  await nextTurn()
  void arrive('b', 2)
  void arrive('a', 6)
  await Promise.resolve()
  t.deepEqual(admitted, ['a1', 'a2', 'b1', 'a3', 'a4', 'b2'])
  await nextTurn()
  await nextTurn()
  t.deepEqual(admitted.slice(6), ['a5', 'a6'])
  void arrive('a', 7)
  await Promise.resolve()
  t.is(admitted.at(-1), 'a7')
})
