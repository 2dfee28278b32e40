import {setImmediate as turn} from 'node:timers/promises'
import test from 'ava'
import {limitAtOnce} from '../../src/http/at-once.ts'

test('the number of functions that run at the same time never exceeds the limit, and the functions start in the order of the calls', async t => {
  const inTurn = limitAtOnce(3)
  const started: number[] = []
  let running = 0
  let most = 0
  const work = (number: number) => async () => {
    started.push(number)
    running++
    most = Math.max(most, running)
    for (let count = 0; count < number % 4; count++) await turn()
    running--
    return number
  }
  const numbers = Array.from({length: 20}, (_, index) => index)
  t.deepEqual(await Promise.all(numbers.map(number => inTurn(work(number)))), numbers)
  t.deepEqual(started, numbers)
  t.is(most, 3)
})

test('when one function fails, the next function runs', async t => {
  const inTurn = limitAtOnce(1)
  const failed = inTurn(() => Promise.reject(new Error('No')))
  const next = inTurn(async () => 'next')
  await t.throwsAsync(failed, {message: 'No'})
  t.is(await next, 'next')
  t.is(await inTurn(async () => 'last'), 'last')
})
