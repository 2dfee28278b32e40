import {generateKeyPairSync} from 'node:crypto'
import test from 'ava'
import {ConfigError, readConfig, readQuotas, readStoreConfig} from '../src/config.ts'

const secret = 'a test secret with at least 32 characters'
const pem = generateKeyPairSync('ed25519').publicKey.export({type: 'spki', format: 'pem'}).toString()

const defaultQuotas = {
  MAX_PROJECTS: 1_000,
  MAX_SPRINTS_PER_PROJECT: 1_000,
  MAX_STORIES_PER_PROJECT: 5_000,
  MAX_LABELS_PER_PROJECT: 200,
  MAX_TASKS_PER_STORY: 1_000,
  MAX_TASKS_PER_SPRINT: 2_000,
  MAX_COMMENTS_PER_TASK: 1_000,
  MAX_API_KEYS: 100,
  MAX_BYTES_PER_ORG: 1_073_741_824,
  MAX_DESCRIPTION_BYTES: 30_000,
  MAX_FILTER_VALUES: 200,
}

test('without settings, the server is a demo on loopback with the documented defaults', t => {
  t.deepEqual(readConfig({}), {
    demo: true,
    workers: 1,
    bus: {kind: 'none'},
    migrate: 'auto',
    store: {kind: 'embedded', dataDir: './data'},
    corsOrigins: [],
    host: '127.0.0.1',
    port: 8080,
    heartbeatSeconds: 15,
    drainSeconds: 5,
    drainDelaySeconds: 0,
    eventRetentionDays: 7,
    maxStreams: 100_000,
    maxStreamsPerOrganization: 50_000,
    maxStreamsPerUser: 100,
    rateLimits: {
      changesPerUser: 1_200,
      changesPerOrganization: 3_000,
      deliveriesPerOrganization: 3_000,
      streamOpensPerUser: 600,
      presenceUpdatesPerUser: 300,
      refusalsPerAddress: 300,
      refusedDeliveriesPerProject: 300,
      signInsPerAddress: 120,
    },
    maxConnectionsPerAddress: 0,
    trustProxy: 0,
    queryTokens: true,
    quotas: defaultQuotas,
    traces: false,
    logLevel: 'info',
  })
})

test('when a database and a key are set, the server listens on all interfaces and has the documented defaults', t => {
  t.deepEqual(readConfig({DATABASE_URL: 'postgres://u:p@db/boards', AUTH_JWT_SECRET: secret}), {
    demo: false,
    workers: 1,
    bus: {kind: 'postgres', url: 'postgres://u:p@db/boards'},
    migrate: 'auto',
    store: {kind: 'postgres', url: 'postgres://u:p@db/boards', poolSize: 10},
    auth: {kind: 'secret', secret},
    defaultRole: 'viewer',
    corsOrigins: [],
    host: '0.0.0.0',
    port: 8080,
    heartbeatSeconds: 15,
    drainSeconds: 5,
    drainDelaySeconds: 0,
    eventRetentionDays: 7,
    maxStreams: 100_000,
    maxStreamsPerOrganization: 50_000,
    maxStreamsPerUser: 100,
    rateLimits: {
      changesPerUser: 1_200,
      changesPerOrganization: 3_000,
      deliveriesPerOrganization: 3_000,
      streamOpensPerUser: 600,
      presenceUpdatesPerUser: 300,
      refusalsPerAddress: 300,
      refusedDeliveriesPerProject: 300,
      signInsPerAddress: 120,
    },
    maxConnectionsPerAddress: 0,
    trustProxy: 0,
    queryTokens: true,
    quotas: defaultQuotas,
    traces: false,
    logLevel: 'info',
  })
})

test('every setting is read', t => {
  const quotas = Object.fromEntries(Object.keys(defaultQuotas).map((name, index) => [name, index + 1]))
  const config = readConfig({
    HOST: '::',
    PORT: '0',
    WORKERS: '64',
    DATABASE_URL: 'postgresql:///boards?host=/run/postgresql',
    POOL_SIZE: '3',
    MIGRATE: 'never',
    BUS: 'redis',
    REDIS_URL: 'rediss://cache.example:6380',
    AUTH_JWKS_URL: 'https://issuer.example/.well-known/jwks.json',
    AUTH_ISSUER: 'https://issuer.example',
    AUTH_AUDIENCE: 'boards',
    AUTH_ORG_CLAIM: 'app_metadata.tenant',
    AUTH_DEFAULT_ROLE: 'member',
    CORS_ORIGINS: 'https://a.example, http://localhost:5173',
    HEARTBEAT_SECONDS: '300',
    CHECKPOINT_INTERVAL_MS: '500',
    DRAIN_SECONDS: '30',
    DRAIN_DELAY_SECONDS: '10',
    EVENT_RETENTION_DAYS: '30',
    MAX_STREAMS: '3',
    MAX_STREAMS_PER_ORG: '2',
    MAX_STREAMS_PER_USER: '1',
    MAX_CHANGES_PER_MINUTE_PER_USER: '0',
    MAX_CHANGES_PER_MINUTE_PER_ORG: '6',
    MAX_STREAM_OPENS_PER_MINUTE: '5',
    MAX_REFUSALS_PER_MINUTE: '4',
    MAX_SIGN_INS_PER_MINUTE: '3',
    MAX_CONNECTIONS_PER_ADDRESS: '2',
    TLS_CERT_FILE: '/run/tls/cert.pem',
    TLS_KEY_FILE: '/run/tls/key.pem',
    TRUST_PROXY: '1',
    QUERY_TOKENS: 'off',
    ...Object.fromEntries(Object.entries(quotas).map(([name, limit]) => [name, String(limit)])),
    SECRETS_KEY: secret,
    LOG_LEVEL: 'silent',
  })
  t.deepEqual(config, {
    demo: false,
    workers: 64,
    bus: {kind: 'redis', url: 'rediss://cache.example:6380'},
    migrate: 'never',
    redisUrl: 'rediss://cache.example:6380',
    tls: {certFile: '/run/tls/cert.pem', keyFile: '/run/tls/key.pem'},
    store: {kind: 'postgres', url: 'postgresql:///boards?host=/run/postgresql', poolSize: 3},
    auth: {kind: 'jwks', url: 'https://issuer.example/.well-known/jwks.json'},
    issuer: 'https://issuer.example',
    audience: 'boards',
    orgClaim: 'app_metadata.tenant',
    defaultRole: 'member',
    corsOrigins: ['https://a.example', 'http://localhost:5173'],
    host: '::',
    port: 0,
    heartbeatSeconds: 300,
    checkpointIntervalMs: 500,
    drainSeconds: 30,
    drainDelaySeconds: 10,
    eventRetentionDays: 30,
    maxStreams: 3,
    maxStreamsPerOrganization: 2,
    maxStreamsPerUser: 1,
    rateLimits: {
      changesPerUser: 0,
      changesPerOrganization: 6,
      deliveriesPerOrganization: 6,
      streamOpensPerUser: 5,
      presenceUpdatesPerUser: 300,
      refusalsPerAddress: 4,
      refusedDeliveriesPerProject: 4,
      signInsPerAddress: 3,
    },
    maxConnectionsPerAddress: 2,
    trustProxy: 1,
    queryTokens: false,
    quotas,
    secretsKey: secret,
    traces: false,
    logLevel: 'silent',
  })
})

test('the quotas can be read without other settings, and faults in the quotas are reported', t => {
  t.deepEqual(readQuotas({MAX_API_KEYS: '7', PORT: 'x'}), {...readConfig({}).quotas, MAX_API_KEYS: 7})
  const {faults} = t.throws(() => readQuotas({MAX_API_KEYS: '0', MAX_PROJECTS: '1.5'}), {
    instanceOf: ConfigError,
  })
  t.deepEqual(faults.map(({variable}) => variable).sort(), ['MAX_API_KEYS', 'MAX_PROJECTS'])
})

test('a variable with an empty value is treated as unset', t => {
  const empty = {HOST: '', PORT: '', DATABASE_URL: '', DATA_DIR: '', AUTH_JWT_SECRET: '', AUTH_ISSUER: ''}
  t.deepEqual(readConfig({...empty, CORS_ORIGINS: '', LOG_LEVEL: ''}), readConfig({}))
})

test('the line breaks of a public key may be written as \\n', t => {
  for (const AUTH_JWT_PUBLIC_KEY of [pem, pem.replaceAll('\n', '\\n')]) {
    const config = readConfig({AUTH_JWT_PUBLIC_KEY})
    t.deepEqual(!config.demo && config.auth, {kind: 'public-key', pem})
  }
})

test('when a key is set without DATABASE_URL, the server uses the embedded store and verifies tokens with that key', t => {
  const config = readConfig({AUTH_JWT_SECRET: secret, DATA_DIR: '/srv/boards'})
  t.false(config.demo)
  t.deepEqual(config.store, {kind: 'embedded', dataDir: '/srv/boards'})
})

test('the settings are frozen', t => {
  const config = readConfig({AUTH_JWT_SECRET: secret, CORS_ORIGINS: 'https://a.example'})
  const parts = [config, config.quotas, config.store, config.corsOrigins, !config.demo && config.auth]
  t.deepEqual(
    parts.map(part => Object.isFrozen(part)),
    [true, true, true, true, true],
  )
})

test('one error lists the faults of all settings, and names the variable of each fault', t => {
  const error = t.throws(
    () =>
      readConfig({
        DATABASE_URL: 'mysql://db/boards',
        POOL_SIZE: '0',
        PORT: '65536',
        AUTH_JWKS_URL: 'issuer.example',
        AUTH_JWT_PUBLIC_KEY: 'a key',
        AUTH_JWT_SECRET: 'short',
        AUTH_DEFAULT_ROLE: 'boss',
        CORS_ORIGINS: 'https://a.example/',
        HEARTBEAT_SECONDS: '301',
        EVENT_RETENTION_DAYS: '0',
        MAX_STREAMS: '1e3',
        MAX_STREAMS_PER_ORG: '-1',
        MAX_STREAMS_PER_USER: ' 1',
        LOG_LEVEL: 'loud',
        WORKERS: '65',
      }),
    {instanceOf: ConfigError, code: 'invalid-config'},
  )
  t.deepEqual(error.faults.map(({variable}) => variable).sort(), [
    'AUTH_DEFAULT_ROLE',
    'AUTH_JWKS_URL',
    'AUTH_JWKS_URL, AUTH_JWT_PUBLIC_KEY, AUTH_JWT_SECRET',
    'AUTH_JWT_PUBLIC_KEY',
    'AUTH_JWT_SECRET',
    'CORS_ORIGINS',
    'DATABASE_URL',
    'EVENT_RETENTION_DAYS',
    'HEARTBEAT_SECONDS',
    'LOG_LEVEL',
    'MAX_STREAMS',
    'MAX_STREAMS_PER_ORG',
    'MAX_STREAMS_PER_USER',
    'POOL_SIZE',
    'PORT',
    'WORKERS',
  ])
  for (const {variable, remedy} of error.faults) t.true(error.message.includes(`${variable}: ${remedy}`))
})

test('the error for invalid settings contains no values, because the values may be secrets', t => {
  const {message, faults} = t.throws(
    () =>
      readConfig({
        DATABASE_URL: 'mysql://user:hunter2@db',
        AUTH_JWT_SECRET: 'hunter3',
        AUTH_JWT_PUBLIC_KEY: 'hunter4',
        PORT: 'hunter5',
      }),
    {instanceOf: ConfigError},
  )
  t.notRegex(message + JSON.stringify(faults), /hunter/)
})

const keyVariables = 'AUTH_JWKS_URL, AUTH_JWT_PUBLIC_KEY or AUTH_JWT_SECRET'
const refusals: [title: string, env: Record<string, string>, variable: string, remedy: RegExp][] = [
  [
    'a database without a key',
    {DATABASE_URL: 'postgres://db/b'},
    keyVariables,
    /when DATABASE_URL is set, the server is not a demo/,
  ],
  ['an issuer without a key', {AUTH_ISSUER: 'https://issuer.example'}, keyVariables, /the other AUTH_\*/],
  [
    'a second key',
    {AUTH_JWT_SECRET: secret, AUTH_JWKS_URL: 'https://issuer.example/keys'},
    'AUTH_JWKS_URL, AUTH_JWT_SECRET',
    /only one/,
  ],
  ['a demo on all interfaces', {HOST: '0.0.0.0'}, 'HOST', /only on loopback/],
  ['a demo on a loopback address other than 127.0.0.1', {HOST: '127.0.0.2'}, 'HOST', /only on loopback/],
  ['a demo in production', {NODE_ENV: 'production'}, 'NODE_ENV', /does not run in production/],
  ['a demo with CORS_ORIGINS', {CORS_ORIGINS: 'https://a.example'}, 'CORS_ORIGINS', /other origins/],
  [
    'a database URL without a scheme',
    {DATABASE_URL: 'db/b', AUTH_JWT_SECRET: secret},
    'DATABASE_URL',
    /postgres:/,
  ],
  ['an AUTH_JWT_SECRET of 31 bytes', {AUTH_JWT_SECRET: 'x'.repeat(31)}, 'AUTH_JWT_SECRET', /32 bytes/],
  ['a SECRETS_KEY of 31 bytes', {SECRETS_KEY: 'x'.repeat(31)}, 'SECRETS_KEY', /32 bytes/],
  ['a key set with a file: URL', {AUTH_JWKS_URL: 'file:///keys'}, 'AUTH_JWKS_URL', /http/],
  ['a Redis bus without a URL', {BUS: 'redis', AUTH_JWT_SECRET: secret}, 'BUS', /REDIS_URL/],
  ['a Postgres bus without a database', {BUS: 'postgres', AUTH_JWT_SECRET: secret}, 'BUS', /DATABASE_URL/],
  ['a REDIS_URL with http', {REDIS_URL: 'http://cache', AUTH_JWT_SECRET: secret}, 'REDIS_URL', /redis:/],
  ['a certificate without a key', {TLS_CERT_FILE: 'cert.pem'}, 'TLS_KEY_FILE', /TLS_CERT_FILE is set/],
  ['a key without a certificate', {TLS_KEY_FILE: 'key.pem'}, 'TLS_CERT_FILE', /TLS_KEY_FILE is set/],
  ['a demo with two workers', {WORKERS: '2'}, 'WORKERS', /needs DATABASE_URL/],
  [
    'an embedded database with two workers',
    {WORKERS: '2', AUTH_JWT_SECRET: secret},
    'WORKERS',
    /needs DATABASE_URL/,
  ],
  ['a private key', {AUTH_JWT_PUBLIC_KEY: privatePem()}, 'AUTH_JWT_PUBLIC_KEY', /PUBLIC KEY/],
  ['an RSA key of 1024 bits', {AUTH_JWT_PUBLIC_KEY: smallPem()}, 'AUTH_JWT_PUBLIC_KEY', /2048/],
]
for (const [title, env, variable, remedy] of refusals) {
  test(`${title} is rejected`, t => {
    const {faults} = t.throws(() => readConfig(env), {instanceOf: ConfigError})
    t.is(faults.length, 1)
    t.is(faults[0]?.variable, variable)
    t.regex(faults[0]!.remedy, remedy)
  })
}

for (const HOST of ['localhost', '127.0.0.1', '::1']) {
  test(`the demo listens on ${HOST}`, t => {
    t.is(readConfig({HOST}).host, HOST)
  })
}

for (const list of ['*', 'a.example', 'https://a.example/path', 'https://a.example,', 'ws://a.example']) {
  test(`"${list}" is rejected as a list of origins`, t => {
    const {faults} = t.throws(() => readConfig({AUTH_JWT_SECRET: secret, CORS_ORIGINS: list}), {
      instanceOf: ConfigError,
    })
    t.is(faults[0]?.variable, 'CORS_ORIGINS')
  })
}

test('the length of a secret is counted in bytes', t => {
  t.notThrows(() => readConfig({AUTH_JWT_SECRET: 'é'.repeat(16)}))
})

test('when only the settings of the store are read, no key is needed, and faults of other settings are not reported', t => {
  const url = 'postgres://db/boards'
  t.deepEqual(readStoreConfig({DATABASE_URL: url, PORT: 'x'}), {kind: 'postgres', url, poolSize: 10})
  t.throws(() => readStoreConfig({DATABASE_URL: 'mysql://db'}), {code: 'invalid-config'})
})

function privatePem(): string {
  return generateKeyPairSync('ed25519').privateKey.export({type: 'pkcs8', format: 'pem'}).toString()
}

function smallPem(): string {
  const {publicKey} = generateKeyPairSync('rsa', {modulusLength: 1024})
  return publicKey.export({type: 'spki', format: 'pem'}).toString()
}

test('by default, the number of streams that a member may open per minute is 600 or 6 × MAX_STREAMS_PER_USER, whichever is greater', t => {
  const limitWith = (env: Record<string, string>) => readConfig(env).rateLimits.streamOpensPerUser
  t.is(limitWith({}), 600)
  t.is(limitWith({MAX_STREAMS_PER_USER: '1000'}), 6_000)
  t.is(limitWith({MAX_STREAMS_PER_USER: '1000', MAX_STREAM_OPENS_PER_MINUTE: '0'}), 0)
})
