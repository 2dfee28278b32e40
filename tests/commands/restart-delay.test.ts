import test from 'ava'
import {RestartDelay} from '../../src/commands/restart-delay.ts'

test('the first worker that ends is replaced immediately; when the replacements also end soon, the delay before each next start grows up to 30 s', t => {
  const delay = new RestartDelay()
  const delays = Array.from({length: 8}, () => delay.next(5_000))
  t.deepEqual(delays, [0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
})

test('when a worker ends after it has run for a minute, the worker is replaced immediately, and the next delays start again at 1 s', t => {
  const delay = new RestartDelay()
  delay.next(5_000)
  t.is(delay.next(5_000), 1_000)
  t.is(delay.next(60_000), 0)
  t.is(delay.next(5_000), 1_000)
})
