import {setImmediate as turn} from 'node:timers/promises'
import test from 'ava'
import {AnswerCache} from '../../src/identity/answer-cache.ts'

const forever = {maxEntries: 100, maxAge: Number.POSITIVE_INFINITY}

test('of many who ask at once one puts the question, and all have its answer', async t => {
  const cache = new AnswerCache<object>(forever)
  const {ask, asked} = counting(async () => ({}))
  const answers = await Promise.all(Array.from({length: 1000}, () => cache.get('a', ask)))
  t.is(asked(), 1)
  t.is(new Set(answers).size, 1)
})

test('keys have answers of their own', async t => {
  const cache = new AnswerCache<string>(forever)
  t.is(await cache.get('a', async () => 'A'), 'A')
  t.is(await cache.get('b', async () => 'B'), 'B')
  t.is(await cache.get('a', async () => 'another'), 'A')
})

test('a failure reaches all who await it and is not kept', async t => {
  const cache = new AnswerCache<string>(forever)
  const failing = counting(async () => {
    await turn()
    throw new Error('down')
  })
  const answers = await Promise.allSettled([cache.get('a', failing.ask), cache.get('a', failing.ask)])
  t.deepEqual(
    answers.map(({status}) => status),
    ['rejected', 'rejected'],
  )
  t.is(failing.asked(), 1)
  t.is(await cache.get('a', async () => 'up'), 'up')
})

test('an answer is good for its time from the asking, not from the answer', async t => {
  const cache = new AnswerCache<number>({maxEntries: 100, maxAge: 50})
  const {ask, asked} = counting(async () => {
    await elapse(60)
    return 1
  })
  await cache.get('a', ask)
  await cache.get('a', ask)
  t.is(asked(), 2)
})

test('an answer that ends by itself is asked for anew', async t => {
  const cache = new AnswerCache<{end: number}>({...forever, endOf: ({end}) => end})
  const {ask, asked} = counting(async () => ({end: Date.now() + 30}))
  await cache.get('a', ask)
  await cache.get('a', ask)
  t.is(asked(), 1)
  await elapse(40)
  await cache.get('a', ask)
  t.is(asked(), 2)
})

test('beyond its limit the answer asked for first goes first', async t => {
  const cache = new AnswerCache<string>({...forever, maxEntries: 2})
  for (const key of ['a', 'b', 'c']) await cache.get(key, async () => key)
  const {ask, asked} = counting(async () => 'new')
  t.is(await cache.get('b', ask), 'b')
  t.is(await cache.get('c', ask), 'c')
  t.is(asked(), 0)
  t.is(await cache.get('a', ask), 'new')
})

test('a stale answer is renewed once by all who find it stale at once', async t => {
  const cache = new AnswerCache<string>(forever)
  await cache.get('a', async () => 'old')
  const {ask, asked} = counting(async () => 'new')
  const answers = await Promise.all(Array.from({length: 100}, () => cache.renew('a', 'old', ask)))
  t.deepEqual([...new Set(answers)], ['new'])
  t.is(asked(), 1)
  t.is(await cache.renew('a', 'old', ask), 'new', 'who comes late has what another renewed')
  t.is(asked(), 1)
})

function counting<T>(answer: () => Promise<T>) {
  let count = 0
  const ask = () => {
    count++
    return answer()
  }
  return {ask, asked: () => count}
}

/** Resolves when Date.now() has gone on by this many milliseconds; timers alone may be a little early. */
async function elapse(milliseconds: number): Promise<void> {
  const end = Date.now() + milliseconds
  while (Date.now() < end) await turn()
}
