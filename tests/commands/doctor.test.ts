import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import ava from 'ava'
import {connectRedis, createRedisClient} from '../../src/bus/redis-client.ts'
import {diagnose} from '../../src/commands/doctor.ts'
import {type Finding, formatFindings} from '../../src/commands/findings.ts'
import {readConfig} from '../../src/config.ts'
import {createDataFolder} from '../helpers/data-folder.ts'
import {startPgBouncer, test as testOnPgBouncer} from '../helpers/pgbouncer.ts'
import {createDatabase, createEmptyDatabase, test as testOnPostgres} from '../helpers/postgres.ts'
import {test as testOnRedis} from '../helpers/redis.ts'
import {startRedis} from '../helpers/redis-server.ts'
import {until} from '../helpers/until.ts'

const AUTH_JWT_SECRET = 's'.repeat(32)

function failed(findings: readonly Finding[]): string[] {
  return findings.filter(({isOk}) => !isOk).map(({subject}) => subject)
}

ava('the embedded database is checked', async t => {
  const config = readConfig({DATA_DIR: await createDataFolder(t)})
  const findings = await diagnose(config)
  t.deepEqual(failed(findings), [])
  t.regex(formatFindings(findings), /^ok {4}database {2}embedded, in /)
})

ava('when the database cannot be reached, no other check of the database runs', async t => {
  const findings = await diagnose(readConfig({DATABASE_URL: 'postgres://127.0.0.1:1/x', AUTH_JWT_SECRET}))
  t.like(findings, {length: 1, 0: {subject: 'database', isOk: false}})
  t.regex(findings[0]!.text, /ECONNREFUSED/)
})

testOnPostgres('a database without problems passes all checks', async t => {
  const findings = await diagnose(readConfig({DATABASE_URL: await createDatabase(), AUTH_JWT_SECRET}))
  t.deepEqual(failed(findings), [])
  t.deepEqual(
    findings.map(({subject}) => subject),
    ['database', 'connections', 'clock', 'prepared statements', 'notifications', 'schema'],
  )
})

testOnPostgres('migrations that are not applied are reported, and the check does not apply them', async t => {
  const config = readConfig({DATABASE_URL: await createEmptyDatabase(), AUTH_JWT_SECRET})
  for (const _ of [1, 2]) {
    const schema = (await diagnose(config)).find(({subject}) => subject === 'schema')
    t.true(schema!.isOk)
    t.regex(schema!.text, /^0001_organizations\.sql, .* will be applied at the next start$/)
  }
})

testOnPostgres('a pool that is larger than the connection limit of Postgres fails the check', async t => {
  const POOL_SIZE = '1000'
  const findings = await diagnose(
    readConfig({DATABASE_URL: await createDatabase(), AUTH_JWT_SECRET, POOL_SIZE}),
  )
  t.deepEqual(failed(findings), ['connections'])
})

testOnPostgres('Redis and the key set are checked when they are configured', async t => {
  const findings = await diagnose(
    readConfig({
      DATABASE_URL: await createDatabase(),
      REDIS_URL: 'redis://127.0.0.1:1',
      AUTH_JWKS_URL: await startKeySet(t, {keys: []}),
    }),
  )
  t.deepEqual(failed(findings), ['redis', 'key set'])
})

testOnPgBouncer('through a transaction pooler, the check of the notifications fails', async t => {
  const url = await startPgBouncer(t, await createDatabase(), 'transaction')
  const findings = await diagnose(readConfig({DATABASE_URL: url, AUTH_JWT_SECRET}))
  t.deepEqual(failed(findings), ['notifications'])
  t.regex(
    findings.find(({subject}) => subject === 'notifications')!.text,
    /transaction pooler.*Set REDIS_URL/,
  )
})

testOnPgBouncer('through a session pooler, all checks pass', async t => {
  const url = await startPgBouncer(t, await createDatabase(), 'session')
  t.deepEqual(failed(await diagnose(readConfig({DATABASE_URL: url, AUTH_JWT_SECRET}))), [])
})

async function startKeySet(t: {teardown(close: () => void): void}, body: unknown): Promise<string> {
  const server = createServer((_, res) => res.end(JSON.stringify(body))).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await new Promise(resolve => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
}

testOnRedis(
  'the check of Redis fails when the command EVAL is forbidden, because the rate limits need it',
  async t => {
    const redis = await startRedis()
    t.teardown(() => redis.stop())
    const client = await createRedisClient(redis.url)
    t.teardown(connectRedis(client, () => {}))
    await until(() => client.isReady)
    const DATA_DIR = await createDataFolder(t)
    const config = readConfig({DATA_DIR, REDIS_URL: redis.url, AUTH_JWT_SECRET})
    t.deepEqual(failed(await diagnose(config)), [])
    await client.sendCommand(['ACL', 'SETUSER', 'default', '-eval'])
    const finding = (await diagnose(config)).find(({subject}) => subject === 'redis')!
    t.false(finding.isOk)
    t.regex(finding.text, /command EVAL.*no permissions/i)
  },
)
