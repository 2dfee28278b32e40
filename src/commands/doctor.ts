/** `boardcast doctor`: checks whether the database, the bus and the key set of this configuration work. */
import {randomUUID} from 'node:crypto'
import {setTimeout as delay} from 'node:timers/promises'
import type {JSONWebKeySet} from 'jose'
import pg from 'pg'
import type {BusConfig} from '../bus/start-bus.ts'
import type {Config, StoreConfig} from '../config.ts'
import {readKeySet} from '../identity/key-set.ts'
import {createLimiter} from '../limits/redis-rate-counts.ts'
import {openStore} from '../store/connection.ts'
import {explainConnectionError, isPoolerConflict} from '../store/errors.ts'
import {pendingMigrations, requireMigrated} from '../store/migrate.ts'
import {check, type Finding} from './findings.ts'

const timeoutMs = 5_000 // the maximum time to connect, and the maximum time to get a response

/** Runs all checks. Never throws. If a check fails, the finding has `isOk` false. */
export async function diagnose(config: Config): Promise<Finding[]> {
  const {store, redisUrl} = config
  const findings = await (store.kind === 'postgres' ? checkPostgres(store, config) : checkEmbedded(store))
  if (redisUrl) findings.push(await checkRedis(redisUrl))
  if (!config.demo && config.auth.kind === 'jwks') findings.push(await checkKeySet(config.auth.url))
  return findings
}

type PostgresConfig = Extract<StoreConfig, {kind: 'postgres'}>

async function checkPostgres(
  {url, poolSize}: PostgresConfig,
  {bus, workers, migrate}: Config,
): Promise<Finding[]> {
  const connectionString = url
  const clients = [0, 1].map(
    () => new pg.Client({connectionString, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs}),
  )
  const [first, second] = clients as [pg.Client, pg.Client]
  // The error is ignored, because the query in progress also rejects.
  for (const client of clients) client.on('error', () => {})
  const open = await check('database', async () => {
    try {
      await Promise.all(clients.map(client => client.connect()))
    } catch (error) {
      throw new Error(explainConnectionError(error) ?? 'The database cannot be reached.', {cause: error})
    }
    return describeServer(first)
  })
  try {
    if (!open.isOk) return [open]
    return [
      open,
      await check('connections', () => checkConnections(first, workers * (poolSize + 1))),
      await check('clock', () => checkClock(first)),
      await check('prepared statements', () => checkPreparedStatements(first, second)),
      await check('notifications', () => checkNotifications(first, second, bus)),
      await check('schema', () => checkSchema(url, migrate)),
    ]
  } finally {
    await Promise.allSettled(clients.map(client => client.end()))
  }
}

async function describeServer(client: pg.Client): Promise<string> {
  const {rows} = await client.query(
    `select current_setting('server_version') as version, pg_is_in_recovery() as is_standby`,
  )
  const [{version, is_standby}] = rows
  if (is_standby)
    throw new Error('The database is a standby. Set DATABASE_URL to the address of the primary.')
  return `PostgreSQL ${version}`
}

/**
 * `needed` is the number of connections that this server needs. This number includes one connection of the bus for each
 * worker.
 */
async function checkConnections(client: pg.Client, needed: number): Promise<string> {
  const {rows} = await client.query(`
    select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as available,
      (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used`)
  const [{available, used}] = rows
  const text = `this server uses up to ${needed}; Postgres accepts ${available}, and ${used} are in use`
  if (needed > available)
    throw new Error(`${text}. Reduce POOL_SIZE or WORKERS, or increase max_connections of Postgres.`)
  return text
}

const maxClockDifferenceMs = 5_000

async function checkClock(client: pg.Client): Promise<string> {
  const before = Date.now()
  const {rows} = await client.query(`select extract(epoch from clock_timestamp())::float8 * 1000 as now`)
  const after = Date.now()
  const now: number = rows[0].now
  const differenceMs = Math.round(Math.max(before - now, now - after, 0))
  const text = `the clocks of this machine and of the database differ by ${differenceMs} ms`
  if (differenceMs > maxClockDifferenceMs)
    throw new Error(`${text}. Synchronize both clocks, for example with NTP.`)
  return text
}

/**
 * Checks whether `first` can use its prepared statement in two transactions. A transaction pooler may use a different
 * connection to Postgres for each transaction of a client.
 */
async function checkPreparedStatements(first: pg.Client, second: pg.Client): Promise<string> {
  const statement = {name: 'boardcast_doctor', text: 'select $1::int', values: [1]}
  await first.query(statement)
  await second.query('begin') // a pooler gives `second` the connection that `first` has used
  try {
    await second.query('select 1')
    await first.query(statement)
  } catch (error) {
    if (!isPoolerConflict(error)) throw error
    return 'are lost in the pooler, so the server does not use them; PgBouncer 1.21 or newer keeps them (max_prepared_statements)'
  } finally {
    await second.query('rollback')
  }
  return 'are kept between transactions'
}

async function checkNotifications(first: pg.Client, second: pg.Client, bus: BusConfig): Promise<string> {
  const channel = `boardcast_doctor_${randomUUID().replaceAll('-', '')}`
  const received = new Promise<boolean>(resolve => first.once('notification', () => resolve(true)))
  await first.query(`listen ${channel}`)
  await second.query('select pg_notify($1, $2)', [channel, ''])
  const hasArrived = await Promise.race([received, delay(timeoutMs, false, {ref: false})])
  await first.query(`unlisten ${channel}`)
  if (hasArrived) return 'arrive'
  if (bus.kind !== 'postgres') return `do not arrive; they are not needed, because BUS is ${bus.kind}`
  throw new Error(
    'Notifications do not arrive, because DATABASE_URL leads through a transaction pooler. Without them, events of ' +
      'other processes arrive up to 2 s late. Set REDIS_URL, or connect to Postgres directly.',
  )
}

async function checkSchema(url: string, mode: Config['migrate']): Promise<string> {
  const store = await openStore({url, poolSize: 1})
  try {
    if (mode === 'never') await requireMigrated(store.db)
    const pending = await pendingMigrations(store.db)
    return pending.length === 0 ? 'is up to date' : `${pending.join(', ')} will be applied at the next start`
  } finally {
    await store.close()
  }
}

async function checkEmbedded({dataDir}: Extract<StoreConfig, {kind: 'embedded'}>): Promise<Finding[]> {
  const finding = await check('database', async () => {
    const store = await openStore({dataDir})
    await store.close()
    return `embedded, in ${dataDir}`
  })
  return [finding]
}

async function checkRedis(url: string): Promise<Finding> {
  return check('redis', async () => {
    const {createClient} = await import('redis')
    const client = createClient({
      url,
      socket: {connectTimeout: timeoutMs, socketTimeout: timeoutMs, reconnectStrategy: false},
    })
    client.on('error', () => {}) // ignores the error, because `connect` or `ping` also rejects
    try {
      await client.connect()
      await client.ping()
      await countOnce(client)
      return 'responds'
    } finally {
      client.destroy()
    }
  })
}

/**
 * Increments a counter with the command EVAL. The rate limits need this command, but an access list of Redis may forbid
 * the command.
 */
async function countOnce(client: Parameters<typeof createLimiter>[0]): Promise<void> {
  const options = {points: 1, duration: 1, keyPrefix: 'boardcast:doctor'}
  await createLimiter(client, options)
    .consume(randomUUID())
    .catch((error: Error) => {
      throw new Error(`The rate limits cannot count in Redis (command EVAL): ${error.message}`)
    })
}

async function checkKeySet(url: string): Promise<Finding> {
  return check('key set', async () => {
    const response = await fetch(url, {signal: AbortSignal.timeout(timeoutMs), redirect: 'manual'})
    const {keys} = JSON.parse(await readKeySet(response)) as JSONWebKeySet
    return `${keys.length} ${keys.length === 1 ? 'key' : 'keys'}`
  })
}
