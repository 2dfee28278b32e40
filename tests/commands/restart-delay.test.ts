import test from 'ava'
import {RestartDelay} from '../../src/commands/restart-delay.ts'

test('the first end is followed by an immediate start, and later quick ends by delays that grow to 30 s', t => {
  const delay = new RestartDelay()
  const delays = Array.from({length: 8}, () => delay.next(5_000))
  t.deepEqual(delays, [0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
})

test('after a worker has run for a minute, its end is again followed by an immediate start', t => {
  const delay = new RestartDelay()
  delay.next(5_000)
  t.is(delay.next(5_000), 1_000)
  t.is(delay.next(60_000), 0)
  t.is(delay.next(5_000), 1_000)
})
