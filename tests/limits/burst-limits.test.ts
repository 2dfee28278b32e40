import test from 'ava'
import {BurstLimits} from '../../src/limits/burst-limits.ts'
import {LimiterCounts, noRateLimits, type RateLimits} from '../../src/limits/rate-counts.ts'

const unused = noRateLimits.limits

function limitBursts(limits: Partial<RateLimits>) {
  let now = 0
  const counts = new BurstLimits(new LimiterCounts({...unused, ...limits}), () => now)
  /** Sends changes at even intervals within a second. Returns how many changes were accepted. */
  const second = async (changes: number, name: 'changesPerUser' | 'changesPerOrganization') => {
    let accepted = 0
    for (let count = 0; count < changes; count++) {
      now += 1_000 / changes
      if (!(await counts.count(name, 'key'))!.isExceeded) accepted++
    }
    return accepted
  }
  return {counts, second}
}

test('when a client sends 1,000 changes per second and the limit is 3,000 per minute, 350 changes are accepted in the first second, and 50 changes in each later second', async t => {
  const {second} = limitBursts({changesPerOrganization: 3_000})
  const accepted: number[] = []
  for (let count = 0; count < 5; count++) accepted.push(await second(1_000, 'changesPerOrganization'))
  t.true(Math.abs(accepted[0]! - 350) <= 1, `${accepted}`)
  for (const next of accepted.slice(1)) t.true(Math.abs(next - 50) <= 1, `${accepted}`)
})

test('with the default limits, a member can send 100 changes at once, and then 20 changes per second', async t => {
  const {second} = limitBursts({changesPerUser: 1_200, changesPerOrganization: 3_000})
  t.is(await second(100, 'changesPerUser'), 100)
  for (let count = 0; count < 10; count++) t.is(await second(20, 'changesPerUser'), 20)
})

test('a change that exceeds the limit of bursts is not counted for the limit per minute', async t => {
  const {counts, second} = limitBursts({changesPerUser: 1_200})
  t.is(await second(1, 'changesPerUser'), 1)
  for (let count = 0; count < 199; count++) await counts.count('changesPerUser', 'key')
  const refused = (await counts.count('changesPerUser', 'key'))!
  t.like(refused, {isExceeded: true, remaining: 0, burst: {isExceeded: true, limit: 200}})
  t.true(refused.resetMs > 0 && refused.resetMs <= 50)
  await second(1, 'changesPerUser')
  const next = (await counts.count('changesPerUser', 'key'))!
  t.is(next.remaining, 1_200 - 202)
})

test('when the limit is at most 60 changes per minute, all changes of a minute can be sent at once', async t => {
  const {counts} = limitBursts({changesPerUser: 60})
  for (let count = 0; count < 60; count++) t.false((await counts.count('changesPerUser', 'key'))!.isExceeded)
  const refused = (await counts.count('changesPerUser', 'key'))!
  t.true(refused.isExceeded)
  t.is(refused.burst, undefined)
})

test('further uses of one request count for the limit per minute, and not for the limit of bursts', async t => {
  const {counts} = limitBursts({changesPerUser: 1_200})
  t.is((await counts.count('changesPerUser', 'key', {number: 900, areDone: false}))!.remaining, 300)
  t.like(await counts.count('changesPerUser', 'key'), {
    isExceeded: false,
    remaining: 299,
    burst: {remaining: 199},
  })
  t.true((await counts.count('changesPerUser', 'key', {number: 300, areDone: true}))!.isExceeded)
})

test('no limit of bursts applies to deliveries, because GitHub does not repeat a refused delivery', async t => {
  const counts = new BurstLimits(new LimiterCounts({...unused, deliveriesPerOrganization: 3_000}))
  for (let count = 0; count < 2_000; count++) {
    t.false((await counts.count('deliveriesPerOrganization', 'key'))!.isExceeded)
  }
})
