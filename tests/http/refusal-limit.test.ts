import test from 'ava'
import type {Context} from 'koa'
import {Problem} from '../../src/board/problem.ts'
import {RefusalLimit} from '../../src/http/refusal-limit.ts'
import {LimiterCounts, noRateLimits} from '../../src/limits/rate-counts.ts'

const refuse = async () => {
  throw new Problem('invalid-token', 'This is not a signed JWT.')
}

test('when an address has reached the limit of refused credentials, the next refused credential gets the problem rate-limited; a minute later, a refused credential gets the problem invalid-token again', async t => {
  let now = 1_000
  const limit = new RefusalLimit({
    rates: new LimiterCounts({...noRateLimits.limits, refusalsPerAddress: 1}),
    name: 'refusalsPerAddress',
    keyOf: () => '203.0.113.7',
    monotonicNow: () => now,
  })
  const ctx = {set() {}} as unknown as Context
  const attempt = () => limit.watch(ctx, refuse)
  await t.throwsAsync(attempt, {code: 'invalid-token'})
  await t.throwsAsync(attempt, {code: 'rate-limited'})
  t.throws(() => limit.requireAllowed(ctx), {code: 'rate-limited'})
  now += 60_001
  limit.requireAllowed(ctx)
  await t.throwsAsync(attempt, {code: 'invalid-token'})
})
