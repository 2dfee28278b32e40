import {setTimeout as delay} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import {backoff} from '../../src/client/backoff.ts'
import {type Watchdog, watch as watchSilence} from '../../src/client/watchdog.ts'
import {until} from '../helpers/until.ts'

const realNow = Date.now

/** The wall clock goes on by so much while no timer runs, as when a machine sleeps. */
function sleep(milliseconds: number): void {
  const before = Date.now
  Date.now = () => before() + milliseconds
}

function start(t: ExecutionContext, limit: number) {
  const watch = {silences: 0, dog: undefined as unknown as Watchdog}
  watch.dog = watchSilence(() => watch.silences++)
  watch.dog.expect(limit)
  t.teardown(() => {
    watch.dog.stop()
    Date.now = realNow
  })
  return watch
}

// Serial: the clock is everybody's.
test.serial('silence beyond the limit is noticed once', async t => {
  const watch = start(t, 400)
  await until(() => watch.silences > 0)
  await delay(600)
  t.is(watch.silences, 1)
})

test.serial('what is heard in time keeps it quiet', async t => {
  const watch = start(t, 60_000)
  sleep(59_000)
  watch.dog.hear()
  sleep(20_000)
  await delay(1_200)
  t.is(watch.silences, 0)
})

test.serial('a machine that slept for longer than the limit is noticed at the next tick', async t => {
  const watch = start(t, 60_000)
  sleep(3_600_000)
  await until(() => watch.silences === 1)
  t.pass()
})

test.serial('after a sleep, or a suspicion, half the limit must do until something is heard', async t => {
  const slept = start(t, 60_000)
  sleep(40_000)
  await until(() => slept.silences === 1)

  const suspected = start(t, 60_000)
  suspected.dog.suspect()
  t.is(suspected.silences, 0)
  suspected.dog.hear()
  sleep(4_000) // less than what looks like a sleep
  suspected.dog.suspect()
  t.is(suspected.silences, 0)
  sleep(30_000)
  suspected.dog.suspect()
  t.is(suspected.silences, 1)
})

test.serial('a clock that is set back does not blind it for ever', async t => {
  const watch = start(t, 60_000)
  sleep(-3_600_000)
  await until(() => watch.silences === 1)
  t.pass()
})

test.serial('a stopped one is quiet', async t => {
  const watch = start(t, 400)
  watch.dog.stop()
  watch.dog.suspect()
  await delay(1_000)
  t.is(watch.silences, 0)
})

test('backoff is full jitter below 1 s, 2 s, 4 s … 30 s, and never nothing', t => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 1_000].map(
    failures => Math.floor(backoff(failures, 1) / 1_000) * 1_000,
  )
  t.deepEqual(longest, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  for (let failures = 1; failures < 50; failures++) {
    t.true(backoff(failures, 0) > 0)
    const waits = Array.from({length: 200}, () => backoff(failures))
    t.true(Math.max(...waits) < 30_100)
    t.true(new Set(waits).size > 100, 'clients do not come back together')
  }
})
