import test, {type ExecutionContext} from 'ava'
import {Problem, type ProblemCode} from '../../src/board/problem.ts'
import {backoffMs, isAway} from '../../src/client/backoff.ts'
import {watch as watchSilence} from '../../src/client/watchdog.ts'

/** Starts a watchdog with a clock that only the test moves. */
function start(t: ExecutionContext, limitMs: number) {
  let time = 1_000_000
  let silences = 0
  const watchdog = watchSilence(
    () => silences++,
    () => time,
  )
  watchdog.start(limitMs)
  t.teardown(watchdog.stop)
  return {
    ...watchdog,
    silences: () => silences,
    /** Moves the clock forward. The timer ticks once per second. */
    wait(milliseconds: number) {
      for (let waited = 0; waited < milliseconds; waited += 1_000) {
        time += Math.min(1_000, milliseconds - waited)
        watchdog.tick()
      }
    },
    /** Simulates a machine that sleeps: the clock advances without ticks, and then the timer ticks once. */
    sleep(milliseconds: number) {
      time += milliseconds
      watchdog.tick()
    },
  }
}

test('a silence that is longer than the limit is reported only one time', t => {
  const watchdog = start(t, 60_000)
  watchdog.wait(59_999)
  t.is(watchdog.silences(), 0)
  watchdog.wait(1)
  t.is(watchdog.silences(), 1)
  watchdog.wait(120_000)
  t.is(watchdog.silences(), 1)
})

test('a watchdog that receives a message in time reports no silence', t => {
  const watchdog = start(t, 60_000)
  watchdog.wait(59_000)
  watchdog.feed()
  watchdog.wait(59_000)
  t.is(watchdog.silences(), 0)
})

test('when a machine sleeps for longer than the limit, the silence is reported at the next tick', t => {
  const watchdog = start(t, 60_000)
  watchdog.sleep(3_600_000)
  t.is(watchdog.silences(), 1)
})

test('after a sleep, the limit is halved', t => {
  const watchdog = start(t, 60_000)
  watchdog.sleep(29_000)
  t.is(watchdog.silences(), 0)
  watchdog.wait(1_000)
  t.is(watchdog.silences(), 1)
})

test('after suspect() is called, the limit is halved until the next message', t => {
  const watchdog = start(t, 60_000)
  watchdog.suspect()
  watchdog.feed()
  watchdog.wait(40_000)
  t.is(watchdog.silences(), 0)
  watchdog.suspect()
  t.is(watchdog.silences(), 1)
})

test('the watchdog reports silence when the clock is set back', t => {
  const watchdog = start(t, 60_000)
  watchdog.sleep(-3_600_000)
  t.is(watchdog.silences(), 1)
})

test('a stopped watchdog reports no silence', t => {
  const watchdog = start(t, 60_000)
  watchdog.stop()
  watchdog.suspect()
  watchdog.wait(120_000)
  t.is(watchdog.silences(), 0)
})

test('a random jitter is added to the limit', t => {
  const limits = Array.from({length: 20}, () => {
    const watchdog = start(t, 0)
    watchdog.start(1_000, 60_000)
    let seconds = 0
    for (; watchdog.silences() === 0; seconds++) watchdog.wait(1_000)
    return seconds
  })
  t.true(Math.min(...limits) >= 1 && Math.max(...limits) <= 61)
  t.true(new Set(limits).size > 3, 'the clients reconnect at different times')
})

test('the backoff is a minimum delay plus a random delay; the limit of the random delay grows from 1 s to 30 s', t => {
  const jitter = [1, 2, 3, 4, 5, 6, 7, 1_000].map(failures => backoffMs(failures)[1])
  t.deepEqual(jitter, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  for (let failures = 1; failures < 50; failures++) t.true(backoffMs(failures)[0] > 0)
})

test('while a page is visible, it tries at least every two seconds for the first half minute; then the delays grow', t => {
  const jitter = [1, 2, 3, 30, 31, 32, 33, 34, 35, 1_000].map(failures => backoffMs(failures, true)[1])
  t.deepEqual(jitter, [1_000, 2_000, 2_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
})

test('a page tries often when no response arrives or a proxy responds, and not when the server refuses', t => {
  const problem = (code: string, status: number) => new Problem(code as ProblemCode, '', {status})
  t.true(isAway(new TypeError('fetch failed')))
  t.true(isAway(problem('unexpected-response', 502)))
  t.false(isAway(problem('unexpected-response', 404)))
  t.false(isAway(problem('store-unavailable', 503)))
  t.false(isAway(problem('rate-limited', 429)))
})
