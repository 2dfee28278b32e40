import test from 'ava'
import {type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes} from 'rate-limiter-flexible'
import {LimiterCounts, noRateLimits} from '../../src/limits/rate-counts.ts'
import {until} from '../helpers/until.ts'

const limits = {...noRateLimits.limits, changesPerUser: 1}

test('when the window of a rate limit has ended, the count starts at zero again', async t => {
  const counts = new LimiterCounts(limits, options => new RateLimiterMemory({...options, duration: 0.2}))
  const isExceeded = async () => (await counts.count('changesPerUser', 'ada'))!.isExceeded
  t.false(await isExceeded())
  await until(async () => !(await isExceeded()))
  t.pass()
})

for (const [msBeforeNext, resetMs] of [
  [-1, 1],
  [0, 1],
  [60_000, 60_000],
  [3_600_000, 60_000], // the clock was set back by an hour
] as const) {
  test(`when the limiter reports ${msBeforeNext} ms until the window ends, the use has a resetMs of ${resetMs}`, async t => {
    const result = new RateLimiterRes(0, msBeforeNext, 2, false)
    const limiter = (consume: () => Promise<RateLimiterRes>) =>
      new LimiterCounts(limits, () => ({consume}) as unknown as RateLimiterAbstract)
    t.is((await limiter(async () => result).count('changesPerUser', 'ada'))!.resetMs, resetMs)
    const exceeded = limiter(async () => Promise.reject(result))
    t.is((await exceeded.count('changesPerUser', 'ada'))!.resetMs, resetMs)
  })
}
