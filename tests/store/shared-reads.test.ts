import {setImmediate as nextTurn} from 'node:timers/promises'
import test from 'ava'
import {SharedReads} from '../../src/store/shared-reads.ts'

test('fifty concurrent calls cause only two reads', async t => {
  const {reads, start, end} = controlledReads()
  const results = Array.from({length: 50}, () => start('board'))
  await end(0)
  await end(1)
  t.deepEqual(await Promise.all(results), ['read 1', ...Array(49).fill('read 2')])
  t.is(reads(), 2)
})

test('a call that arrives while a read is running gets the result of the next read', async t => {
  const {start, end} = controlledReads()
  const first = start('board')
  const second = start('board')
  await end(0)
  t.is(await first, 'read 1')
  const third = start('board') // At this time, read 2 is running.
  await end(1)
  t.is(await second, 'read 2')
  await end(2)
  t.is(await third, 'read 3')
})

test('a call that arrives when no read is running starts a read immediately', async t => {
  const {reads, start, end} = controlledReads()
  const first = start('board')
  await end(0)
  await first
  void start('board')
  t.is(reads(), 2)
})

test('reads with different keys do not wait for each other', t => {
  const {reads, start} = controlledReads()
  for (const key of ['one', 'two', 'three']) void start(key)
  t.is(reads(), 3)
})

test('a failed read rejects only the calls that share this read', async t => {
  const {start, end, fail} = controlledReads()
  const first = start('board')
  const second = start('board')
  const third = start('board')
  const failures = [second, third].map(call => t.throwsAsync(call, {message: 'failed'}))
  await end(0)
  t.is(await first, 'read 1')
  await fail(1)
  await Promise.all(failures)
  const fourth = start('board')
  await end(2)
  t.is(await fourth, 'read 3')
})

test('when a read does not end, the next read is delayed only for a limited time', async t => {
  const {reads, start, end} = controlledReads(1)
  const hanging = start('board')
  const next = start('board')
  await end(1)
  t.is(await next, 'read 2')
  await end(0) // The first read ends after its time limit.
  t.is(await hanging, 'read 1')
  void start('board')
  t.is(reads(), 3)
})

/**
 * Creates reads that end when the test calls `end` or `fail`. The reads are numbered from 1, and the result of a read
 * is the number of the read.
 */
function controlledReads(maxDelayMs = 60_000) {
  const shared = new SharedReads<string>({maxDelayMs})
  const running: {resolve(result: string): void; reject(error: Error): void}[] = []
  const started = async (index: number) => {
    while (!running[index]) await nextTurn()
    return running[index]
  }
  return {
    reads: () => running.length,
    start: (key: string) =>
      shared.read(key, () => new Promise((resolve, reject) => running.push({resolve, reject}))),
    end: async (index: number) => (await started(index)).resolve(`read ${index + 1}`),
    fail: async (index: number) => (await started(index)).reject(new Error('failed')),
  }
}
