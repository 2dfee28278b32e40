import type {ExecutionContext} from 'ava'
import {connectRedis, createRedisClient} from '../../src/bus/redis-client.ts'
import {noRateLimits} from '../../src/limits/rate-counts.ts'
import {createRedisRateCounts} from '../../src/limits/redis-rate-counts.ts'
import {test} from '../helpers/redis.ts'
import {type RedisServer, startRedis} from '../helpers/redis-server.ts'
import {until} from '../helpers/until.ts'

const patientMs = 30_000 // on a busy machine, Redis may respond late
const limits = {...noRateLimits.limits, changesPerUser: 3}

async function connect(t: ExecutionContext, redis: RedisServer) {
  const client = createRedisClient(redis.url)
  t.teardown(connectRedis(client, () => {}))
  await until(() => client.isReady)
  return {client, counts: createRedisRateCounts(client, limits, patientMs)}
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
  const use = (await one.counts.count('changesPerUser', 'ada'))!
  t.true(use.isExceeded)
  t.true(use.resetMs > 0 && use.resetMs <= 60_000)
  t.is(one.counts.count('signInsPerAddress', '203.0.113.7'), undefined)
})

test('while Redis is down, each process counts alone, and no use is rejected', async t => {
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

test('when Redis does not respond, the use is counted in this process', async t => {
  const silent = {isReady: true, eval: () => new Promise<never>(() => {})}
  const counts = createRedisRateCounts(silent, limits, 5)
  t.is((await counts.count('changesPerUser', 'ada'))!.remaining, 2)
  t.is((await counts.count('changesPerUser', 'ada'))!.remaining, 1)
})
