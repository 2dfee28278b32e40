import {setTimeout as delay, setImmediate as nextTurn} from 'node:timers/promises'
import test from 'ava'
import {endStreams} from '../../src/live/end-streams.ts'
import {until} from '../helpers/until.ts'

function manyStreams(count: number) {
  const ended: number[] = []
  const streams = Array.from({length: count}, (_, index) => ({drain: () => ended.push(index)}))
  return {streams, ended}
}

test('the ends of the streams are spread evenly over the window', async t => {
  const {streams, ended} = manyStreams(10_000)
  let time = 0
  const done = endStreams(streams, stream => stream.drain(), {windowMs: 5_000, now: () => time})
  for (const [ms, count] of [
    [990, 2_000],
    [2_490, 5_000],
    [4_990, 10_000],
  ] as const) {
    time = ms
    await until(() => ended.length >= count)
    await delay(30) // several slices
    t.is(ended.length, count, `${ms} ms after the start`)
  }
  await done
  t.deepEqual(ended, [...ended.keys()], 'each stream ended once, in order')
})

test('when there are only 50 streams, all streams end long before the end of the window', async t => {
  const {streams, ended} = manyStreams(50)
  let time = 0
  const done = endStreams(streams, stream => stream.drain(), {windowMs: 5_000, now: () => time})
  await until(() => ended.length > 0)
  t.is(ended.length, 5)
  time = 90
  await done
  t.is(ended.length, 50)
})

test('other work runs while many streams end at once', async t => {
  const {streams, ended} = manyStreams(100)
  let time = 0
  // Each call of `now` moves the clock by one millisecond, so a slice of 5 ms ends at most 5 streams.
  const done = endStreams(streams, stream => stream.drain(), {windowMs: 0, now: () => time++})
  const counts: number[] = []
  while (ended.length < 100) {
    counts.push(ended.length)
    await nextTurn()
  }
  await done
  t.true(counts.length >= 20)
})

test('when there are no streams, endStreams resolves immediately', async t => {
  await t.notThrowsAsync(endStreams([], () => {}, {windowMs: 5_000, now: () => 0}))
})
