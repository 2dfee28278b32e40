import type {ExecutionContext} from 'ava'
import {connectRedis, createRedisClient} from '../../src/bus/redis-client.ts'
import {noRateLimits} from '../../src/limits/rate-counts.ts'
import {RedisRateCounts} from '../../src/limits/redis-rate-counts.ts'
import {test} from '../helpers/redis.ts'
import {type RedisServer, startRedis} from '../helpers/redis-server.ts'
import {until} from '../helpers/until.ts'

const patientMs = 30_000 // on a busy machine, Redis may respond late
const limits = {...noRateLimits.limits, changesPerUser: 3}

async function connect(t: ExecutionContext, redis: RedisServer) {
  const client = await createRedisClient(redis.url)
  t.teardown(connectRedis(client, () => {}))
  await until(() => client.isReady)
  return {client, counts: new RedisRateCounts(client, limits, {timeoutMs: patientMs})}
}

test('processes with the same Redis share their counts, and the window ends after a minute', async t => {
  const redis = await startRedis()
  t.teardown(() => redis.stop())
  const [one, other] = [await connect(t, redis), await connect(t, redis)]
  const exceeded: boolean[] = []
  for (let round = 0; round < 2; round++) {
    for (const {counts} of [one, other])
      exceeded.push((await counts.count('changesPerUser', 'ada'))!.isExceeded)
  }
  t.deepEqual(exceeded, [false, false, false, true])
  const further = (number: number) => one.counts.count('changesPerUser', 'bob', {number, areDone: false})
  t.is((await further(2))!.remaining, 1)
  t.like(await further(2), {isExceeded: true, remaining: 1}, 'rejected further uses do not count')
  t.is((await other.counts.count('changesPerUser', 'bob'))!.remaining, 0)
  const use = (await one.counts.count('changesPerUser', 'ada'))!
  t.true(use.isExceeded)
  t.true(use.resetMs > 0 && use.resetMs <= 60_000)
  t.is(one.counts.count('signInsPerAddress', '203.0.113.7'), undefined)
})

test('when a limit is exceeded, further uses cause no commands to Redis', async t => {
  let commands = 0
  const client = {isReady: true, eval: async () => [++commands, 60_000] as never}
  const counts = new RedisRateCounts(client, limits, {timeoutMs: patientMs})
  for (let count = 0; count < 10; count++) await counts.count('changesPerUser', 'ada')
  t.is(commands, 4)
  t.true((await counts.count('changesPerUser', 'ada'))!.isExceeded)
})

test('a use between the rejection of further uses and their return locks the key for a second only', async t => {
  let used = 2
  const client = {
    isReady: true,
    eval: async (_: unknown, options?: {arguments?: unknown[]}) => {
      used += Number(options!.arguments![0])
      return [used, 60_000] as never
    },
  }
  const counts = new RedisRateCounts(client, limits, {timeoutMs: patientMs})
  const rejected = counts.count('changesPerUser', 'ada', {number: 2, areDone: false})
  const between = counts.count('changesPerUser', 'ada')
  t.true((await rejected)!.isExceeded)
  t.like(await between, {isExceeded: true, resetMs: 60_000})
  t.is(used, 3)
  used = 2
  await until(async () => !(await counts.count('changesPerUser', 'ada'))!.isExceeded, 100)
  t.is(used, 3)
})

test('while Redis is down, each process counts alone, and counting does not fail', async t => {
  const redis = await startRedis()
  t.teardown(() => redis.stop())
  const {client, counts} = await connect(t, redis)
  t.is((await counts.count('changesPerUser', 'ada'))!.remaining, 2)
  await redis.stop()
  await until(() => !client.isReady)
  t.is((await counts.count('changesPerUser', 'ada'))!.remaining, 2)
  t.is((await counts.count('changesPerUser', 'ada'))!.remaining, 1)
  await redis.start()
  await until(() => client.isReady)
  t.is((await counts.count('changesPerUser', 'ada'))!.remaining, 2)
})

test('when Redis does not respond, the process counts each use once in its own memory, and reports the failure', async t => {
  const failEval: ((error: Error) => void)[] = []
  const silent = {
    isReady: true,
    eval: () => new Promise<never>((_, reject) => failEval.push(reject)),
  }
  const failures: string[] = []
  const onFailed = ({message}: Error) => failures.push(message)
  const counts = new RedisRateCounts(silent, limits, {timeoutMs: 5, onFailed})
  t.is((await counts.count('changesPerUser', 'ada'))!.remaining, 2)
  // After some seconds, node-redis replaces the silent connection. Then the command on the old connection fails.
  for (const fail of failEval) fail(new Error('Socket timeout'))
  t.is((await counts.count('changesPerUser', 'ada'))!.remaining, 1)
  t.deepEqual(failures, Array(2).fill('Redis has not responded within 5 ms'))
})

test('when Redis has not responded in time, further uses are counted without Redis until Redis responds', async t => {
  let commands = 0
  const respond: ((use: unknown) => void)[] = []
  const slow = {
    isReady: true,
    eval: () => {
      commands++
      return new Promise<never>(resolve => respond.push(resolve as (use: unknown) => void))
    },
  }
  const counts = new RedisRateCounts(slow, limits, {timeoutMs: 5})
  const count = () => counts.count('changesPerUser', 'ada')!
  t.is((await count()).remaining, 2)
  for (const remaining of [1, 0]) t.is((await count()).remaining, remaining)
  t.is(commands, 1)
  t.is(counts.count('signInsPerAddress', '203.0.113.7'), undefined)
  respond[0]!([1, 60_000])
  await until(() => {
    void count()
    return commands > 1
  })
})
