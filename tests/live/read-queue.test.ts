import {setImmediate as nextTurn} from 'node:timers/promises'
import test from 'ava'
import {ReadQueue} from '../../src/live/read-queue.ts'

const never = 2 ** 31 - 1 // milliseconds

/** Creates reads with names. A read ends when the test calls `finish` with the name of the read. */
function controlledReads() {
  const started: string[] = []
  const finish = new Map<string, () => void>()
  const read = (name: string) => () =>
    new Promise<string>(resolve => {
      started.push(name)
      finish.set(name, () => resolve(name))
    })
  return {started, finish: (name: string) => finish.get(name)!(), read}
}

test('the number of concurrent reads stays within the limit, and organizations take turns', async t => {
  const queue = new ReadQueue(2, never)
  const {started, finish, read} = controlledReads()
  const results = ['a1', 'b1', 'a2', 'a3', 'b2', 'c1'].map(name => queue.run(name[0]!, read(name)))
  await nextTurn()
  t.deepEqual(started, ['a1', 'b1'])
  for (const name of ['a1', 'b1', 'a2', 'c1', 'b2', 'a3']) {
    finish(name)
    await nextTurn()
  }
  t.deepEqual(started, ['a1', 'b1', 'a2', 'b2', 'c1', 'a3'])
  t.deepEqual(await Promise.all(results), ['a1', 'b1', 'a2', 'a3', 'b2', 'c1'])
})

test('when three reads may run at the same time, one organization runs at most two reads', async t => {
  const queue = new ReadQueue(3, never)
  const {started, finish, read} = controlledReads()
  const results = ['a1', 'a2', 'a3', 'b1', 'b2'].map(name => queue.run(name[0]!, read(name)))
  await nextTurn()
  t.deepEqual(started, ['a1', 'a2', 'b1'])
  for (const name of ['b1', 'b2', 'a1', 'a2', 'a3']) {
    finish(name)
    await nextTurn()
  }
  t.deepEqual(started, ['a1', 'a2', 'b1', 'b2', 'a3'])
  await Promise.all(results)
})

test('the next read starts when the result of the previous read has been used', async t => {
  const queue = new ReadQueue(1, never)
  const {started, finish, read} = controlledReads()
  let hasUsed!: () => void
  const used = new Promise<void>(resolve => {
    hasUsed = resolve
  })
  const first = queue.run('a', read('a1'), async name => {
    await used
    return `${name} was used`
  })
  const second = queue.run('b', read('b1'))
  await nextTurn()
  finish('a1')
  await nextTurn()
  t.deepEqual(started, ['a1'])
  hasUsed()
  t.is(await first, 'a1 was used')
  await nextTurn()
  finish('b1')
  t.is(await second, 'b1')
})

test('when a read times out, the queue abandons the read and retries the read once', async t => {
  const queue = new ReadQueue(1, 5)
  let attempts = 0
  const read = () => (++attempts === 1 ? new Promise<string>(() => {}) : Promise.resolve('read'))
  t.is(await queue.run('a', read), 'read')
  t.is(attempts, 2)
})

test('a read that never ends is rejected with store-unavailable, and the next read runs', async t => {
  const queue = new ReadQueue(1, 5)
  const lost = queue.run('a', () => new Promise(() => {}))
  const next = queue.run('a', async () => 'read')
  await t.throwsAsync(lost, {code: 'store-unavailable'})
  t.is(await next, 'read')
})

test('a read that fails is not retried, and the next read runs', async t => {
  const queue = new ReadQueue(1, never)
  let attempts = 0
  const failing = queue.run('a', async () => {
    attempts++
    throw new Error('broken')
  })
  const next = queue.run('b', async () => 'read')
  await t.throwsAsync(failing, {message: 'broken'})
  t.is(await next, 'read')
  t.is(attempts, 1)
})
