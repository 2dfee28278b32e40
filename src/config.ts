/** The settings of the process: its environment variables and their defaults. */
import {z} from 'zod'
import {isWebUrl} from './board/fields.ts'
import {type Role, roles} from './board/member.ts'
import type {QuotaSetting, Quotas} from './board/quotas.ts'
import type {BusConfig} from './bus/start-bus.ts'
import {algorithmsOf, type KeySource} from './identity/verify-token.ts'
import type {RateLimits} from './limits/rate-counts.ts'

export type StoreConfig =
  /** `url` is DATABASE_URL. `poolSize` is POOL_SIZE, the maximum number of connections; default 10. */
  | {readonly kind: 'postgres'; readonly url: string; readonly poolSize: number}
  /**
   * Without DATABASE_URL, PGlite uses the folder DATA_DIR (default `./data`). Only one process at a time can use this
   * folder.
   */
  | {readonly kind: 'embedded'; readonly dataDir: string}

/** The files of the certificate. Both files are in PEM. */
export interface TlsConfig {
  /** TLS_CERT_FILE: the path of the certificate, followed by the rest of its chain. */
  readonly certFile: string
  /** TLS_KEY_FILE: the path of the private key. */
  readonly keyFile: string
}

interface CommonConfig {
  /**
   * WORKERS: the number of processes that serve requests, 1 to 64. Default 1. DATABASE_URL is required for more than
   * one worker.
   */
  readonly workers: number
  /**
   * BUS: none, postgres or redis. By default: redis if REDIS_URL is set, else postgres if DATABASE_URL is set, else
   * none.
   */
  readonly bus: BusConfig
  /**
   * MIGRATE: `auto` applies new schema files at the start. `never` only checks the schema. Use `never` when the
   * server's role in the database has no right to create tables. With `never`, run `boardcast migrate` as the
   * owner of the tables before each upgrade. Default auto.
   */
  readonly migrate: (typeof migrateModes)[number]
  /** REDIS_URL: all processes that use the same Redis share the counts of `rateLimits`. Default: none. */
  readonly redisUrl?: string
  /** HOST: the address to listen on. Default 0.0.0.0 (all interfaces), or 127.0.0.1 in the demo. */
  readonly host: string
  /** PORT: the port to listen on; 0 selects a free port. Default 8080. */
  readonly port: number
  /**
   * TLS_CERT_FILE and TLS_KEY_FILE: the server speaks TLS, with HTTP/2 and HTTP/1.1. The server reads both files again
   * when they change. Default: none, so the server speaks HTTP/1.1 without TLS.
   */
  readonly tls?: TlsConfig
  /** HEARTBEAT_SECONDS: the number of seconds between two heartbeats of a stream, 1 to 300. Default 15. */
  readonly heartbeatSeconds: number
  /**
   * CHECKPOINT_INTERVAL_MS: the minimum number of milliseconds between two checkpoints of a board that changes all the
   * time, 100 to 3,600,000. Default: `checkpointIntervalMs` in `live/limits.ts`. Tests set this value to compare boards
   * more often.
   */
  readonly checkpointIntervalMs?: number
  /**
   * EVENT_RETENTION_DAYS: every event is stored for at least this number of days. Streams can resume within this time.
   * Default 7.
   */
  readonly eventRetentionDays: number
  /**
   * DRAIN_SECONDS: the number of seconds in which a stopping process gradually ends its streams, 0 to 300. Default 5.
   */
  readonly drainSeconds: number
  /**
   * DRAIN_DELAY_SECONDS: the number of seconds between the signal to stop and the start of the drain, 0 to 300. During
   * this time, `/readyz` fails but the server accepts connections, so that load balancers notice the stop. Default 0.
   */
  readonly drainDelaySeconds: number
  /** MAX_STREAMS: the maximum number of open streams of all workers together. Default 100,000. */
  readonly maxStreams: number
  /** MAX_STREAMS_PER_ORG: the maximum number of open streams of one organization. Default 50,000. */
  readonly maxStreamsPerOrganization: number
  /** MAX_STREAMS_PER_USER: the maximum number of open streams of one member. Default 100. */
  readonly maxStreamsPerUser: number
  /**
   * Limits per minute. A limit of 0 means that there is no limit. MAX_CHANGES_PER_MINUTE_PER_USER: changes of a
   * member, default 1,200. MAX_CHANGES_PER_MINUTE_PER_ORG: changes of an organization, default 3,000. A request that
   * changes several tasks counts once for each task. See also `countTasks` in `http/rate-limits.ts`.
   * `limits/burst-limits.ts` defines how many of these changes can be sent at once. The recorded GitHub webhooks are
   * counted separately for each organization. This separate count also has the limit MAX_CHANGES_PER_MINUTE_PER_ORG.
   * MAX_STREAM_OPENS_PER_MINUTE: streams that a member opens. The default is 6 times MAX_STREAMS_PER_USER, and at least
   * 600. MAX_PRESENCE_UPDATES_PER_MINUTE: reports of a member about open tasks, default 300. MAX_REFUSALS_PER_MINUTE: refused credentials from an address, default 300. GitHub webhooks with an invalid
   * signature are counted separately for each project. This separate count also has the limit MAX_REFUSALS_PER_MINUTE.
   * MAX_SIGN_INS_PER_MINUTE: attempts to sign in from an address, default 120.
   */
  readonly rateLimits: RateLimits
  /**
   * QUERY_TOKENS: `on` accepts `?token=` and `?api_key=` in the URLs of streams; `off` refuses these two parameters,
   * because URLs are often logged. Tickets are always accepted. Default on.
   */
  readonly queryTokens: boolean
  /**
   * MAX_CONNECTIONS_PER_ADDRESS: the maximum number of open connections of an address in each worker; 0 means that
   * there is no limit. The limit applies only when TRUST_PROXY is 0, and does not apply to private addresses. Default
   * 0, because all clients of a load balancer share the address of the load balancer.
   */
  readonly maxConnectionsPerAddress: number
  /**
   * TRUST_PROXY: the number of proxies in front of the server, 0 to 10. Each proxy adds one entry to `X-Forwarded-For`.
   * With n proxies, the address of a client is the nth entry from the end. Default 0: the header is ignored.
   */
  readonly trustProxy: number
  /**
   * MAX_PROJECTS, MAX_SPRINTS_PER_PROJECT, MAX_STORIES_PER_PROJECT, MAX_LABELS_PER_PROJECT, MAX_TASKS_PER_STORY,
   * MAX_TASKS_PER_SPRINT, MAX_COMMENTS_PER_TASK, MAX_API_KEYS, MAX_BYTES_PER_ORG, MAX_DESCRIPTION_BYTES and MAX_FILTER_VALUES: whole numbers
   * of at least 1. `board/quotas.ts` describes each limit, its unit and its default.
   */
  readonly quotas: Quotas
  /**
   * SECRETS_KEY: at least 32 bytes. The key that encrypts stored secrets is derived from SECRETS_KEY. Without
   * SECRETS_KEY, a demo uses a generated key, and a server that is not a demo cannot store secrets.
   */
  readonly secretsKey?: string
  /**
   * METRICS_TOKEN: at least 16 bytes. The bearer token with which Prometheus reads `/metrics`. Default: none; then
   * `/metrics` on PORT responds with 404.
   */
  readonly metricsToken?: string
  /**
   * METRICS_PORT: `/metrics` is served on this port instead of PORT; 0 selects a free port. The port listens on HOST if
   * METRICS_TOKEN is set, else only on loopback. Default: none.
   */
  readonly metricsPort?: number
  /**
   * OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: the collector that receives traces. The package
   * `@opentelemetry/sdk-node` must be installed; it reads all OTEL_* settings. Default: no traces are recorded.
   */
  readonly traces: boolean
  /** OTEL_SERVICE_NAME: the name of the server in traces. Default boardcast. */
  readonly traceServiceName?: string
  /** LOG_LEVEL: the lowest level that is logged; `silent` logs nothing. Default info. */
  readonly logLevel: (typeof logLevels)[number]
  /**
   * LOG_FORMAT: `json` writes each line of the log as JSON; `pretty` writes lines for people. Default: `pretty` if the
   * output is a terminal, else `json`.
   */
  readonly logFormat?: (typeof logFormats)[number]
}

/**
 * The settings of a demo. The server runs as a demo when DATABASE_URL and AUTH_* are not set. A demo listens only on
 * loopback and uses a generated secret.
 */
export interface DemoConfig extends CommonConfig {
  readonly demo: true
  readonly store: Extract<StoreConfig, {kind: 'embedded'}>
  readonly corsOrigins: readonly []
}

export interface ServerConfig extends CommonConfig {
  readonly demo: false
  readonly store: StoreConfig
  /**
   * Exactly one of these settings must be set: AUTH_JWKS_URL, AUTH_JWT_PUBLIC_KEY or AUTH_JWT_SECRET.
   * AUTH_JWT_PUBLIC_KEY is in PEM, and its line ends can be written as \n.
   */
  readonly auth: KeySource
  /**
   * AUTH_ISSUER: the required `iss` of tokens. By default, every issuer is accepted, and each issuer has separate
   * organizations.
   */
  readonly issuer?: string
  /** AUTH_AUDIENCE: a value that the `aud` of tokens must equal or include. Default: every audience is accepted. */
  readonly audience?: string
  /**
   * AUTH_ORG_CLAIM: the claim that identifies the organization. The value is the name of a claim, or a path with dots
   * such as `o.id`. By default, the organization is read from `org_id`, or from `o.id` if the token has no `org_id`.
   */
  readonly orgClaim?: string
  /** AUTH_DEFAULT_ROLE: the role for tokens without a known role. Default viewer. */
  readonly defaultRole: Role
  /**
   * CORS_ORIGINS: the origins whose pages can call the API from a browser. The origins are separated by commas.
   * Default: none.
   */
  readonly corsOrigins: readonly string[]
}

export type Config = Readonly<DemoConfig | ServerConfig>

/** An invalid setting and its remedy. The value of the setting is not included, because the value may be a secret. */
export interface Fault {
  variable: string
  remedy: string
}

/** The error that is thrown when settings are invalid. `faults` lists all faults. */
export class ConfigError extends Error {
  readonly code = 'invalid-config'
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[]) {
    const lines = faults.map(({variable, remedy}) => `\n  ${variable}: ${remedy}`)
    super(`Invalid settings (environment variables):${lines.join('')}`)
    this.name = 'ConfigError'
    this.faults = faults
  }
}

type Env = Readonly<Record<string, string | undefined>>

/** Reads all settings. An empty variable is treated as unset. Throws ConfigError with all faults. */
export function readConfig(env: Env): Config {
  const settings = settingsSchema.safeParse(withoutEmpty(env))
  const faults = [...faultsOf(settings.error), ...combinationFaults(env)]
  if (!settings.success || faults.length > 0) throw new ConfigError(faults)
  return isDemo(env) ? demoConfig(settings.data) : serverConfig(settings.data)
}

/**
 * Reads only the settings of the store, for commands that need no other settings. Throws ConfigError with all faults.
 */
export function readStoreConfig(env: Env): StoreConfig {
  const settings = storeSchema.safeParse(withoutEmpty(env))
  if (!settings.success) throw new ConfigError(faultsOf(settings.error))
  return storeConfig(settings.data)
}

/** Reads only the quotas. Throws ConfigError with all faults. */
export function readQuotas(env: Env): Quotas {
  const settings = quotaSchema.safeParse(withoutEmpty(env))
  if (!settings.success) throw new ConfigError(faultsOf(settings.error))
  return Object.freeze(settings.data)
}

/** Reads only the settings of the bus. Throws ConfigError with all faults. */
export function readBusConfig(env: Env): BusConfig {
  const settings = busSchema.safeParse(withoutEmpty(env))
  const faults = [...faultsOf(settings.error), ...busFaults(env)]
  if (!settings.success || faults.length > 0) throw new ConfigError(faults)
  return busConfig(settings.data)
}

/**
 * Reads the credential for `boardcast doctor <url>`: BOARDCAST_TOKEN or BOARDCAST_API_KEY. Returns the header that sends
 * the credential, or no header when neither is set. Throws ConfigError when both are set.
 */
export function readCredential(env: Env): Record<string, string> {
  const {BOARDCAST_TOKEN: token, BOARDCAST_API_KEY: apiKey} = withoutEmpty(env)
  if (token && apiKey) {
    throw new ConfigError([{variable: 'BOARDCAST_TOKEN, BOARDCAST_API_KEY', remedy: 'set only one of them'}])
  }
  if (token) return {authorization: `Bearer ${token}`}
  return apiKey ? {'x-api-key': apiKey} : {}
}

const logFormats = ['json', 'pretty'] as const
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
const keyVariables = ['AUTH_JWKS_URL', 'AUTH_JWT_PUBLIC_KEY', 'AUTH_JWT_SECRET'] as const
const keyVariableList = 'AUTH_JWKS_URL, AUTH_JWT_PUBLIC_KEY or AUTH_JWT_SECRET'
const authVariables = [
  ...keyVariables,
  ...(['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_ORG_CLAIM', 'AUTH_DEFAULT_ROLE'] as const),
]

const storeSchema = z.object({
  DATABASE_URL: checked(
    isDatabaseUrl,
    'must have the form postgres://user:password@host:5432/database; special characters must be percent-encoded',
  ).optional(),
  DATA_DIR: z.string().default('./data'),
  POOL_SIZE: wholeNumber(1, 1000).default(10),
})

const migrateModes = ['auto', 'never'] as const
const maxRows = 10_000_000
const quotaSchema = z.object({
  MAX_PROJECTS: wholeNumber(1, maxRows).default(1_000),
  MAX_SPRINTS_PER_PROJECT: wholeNumber(1, maxRows).default(1_000),
  MAX_STORIES_PER_PROJECT: wholeNumber(1, maxRows).default(5_000),
  MAX_LABELS_PER_PROJECT: wholeNumber(1, 10_000).default(200),
  MAX_TASKS_PER_STORY: wholeNumber(1, maxRows).default(1_000),
  MAX_TASKS_PER_SPRINT: wholeNumber(1, maxRows).default(2_000),
  MAX_COMMENTS_PER_TASK: wholeNumber(1, maxRows).default(1_000),
  MAX_API_KEYS: wholeNumber(1, maxRows).default(100),
  MAX_BYTES_PER_ORG: wholeNumber(1, Number.MAX_SAFE_INTEGER).default(1024 ** 3),
  // A description has at most 10,000 characters, which need at most 30,000 bytes.
  MAX_DESCRIPTION_BYTES: wholeNumber(1, 1_000_000).default(30_000),
  MAX_FILTER_VALUES: wholeNumber(1, maxRows).default(200),
} satisfies Record<QuotaSetting, z.ZodType>)

const busKinds = ['none', 'postgres', 'redis'] as const
const busSchema = storeSchema.pick({DATABASE_URL: true}).extend({
  BUS: oneOf(busKinds).optional(),
  REDIS_URL: checked(isRedisUrl, 'must have the form redis://user:password@host:6379').optional(),
})
export const maxWorkers = 64

const settingsSchema = storeSchema.extend({
  ...quotaSchema.shape,
  ...busSchema.shape,
  WORKERS: wholeNumber(1, maxWorkers).default(1),
  MIGRATE: oneOf(migrateModes).default('auto'),
  HOST: z.string().optional(),
  PORT: wholeNumber(0, 65_535).default(8080),
  TLS_CERT_FILE: z.string().optional(),
  TLS_KEY_FILE: z.string().optional(),
  AUTH_JWKS_URL: checked(isWebUrl, 'must be an http or https URL').optional(),
  AUTH_JWT_PUBLIC_KEY: z
    .string()
    .transform(pem => pem.replaceAll('\\n', '\n'))
    .refine(isPublicKey, {
      error:
        'must be a public key in PEM (-----BEGIN PUBLIC KEY-----): RSA with at least 2048 bits, P-256, P-384, P-521 or Ed25519',
    })
    .optional(),
  AUTH_JWT_SECRET: secretOf32Bytes().optional(),
  AUTH_ISSUER: z.string().optional(),
  AUTH_AUDIENCE: z.string().optional(),
  AUTH_ORG_CLAIM: z.string().optional(),
  AUTH_DEFAULT_ROLE: oneOf(roles).default('viewer'),
  CORS_ORIGINS: z
    .string()
    .transform(list => list.split(',').map(origin => origin.trim()))
    .refine(origins => origins.every(isOrigin), {
      error:
        'must be a list of origins without a path, separated by commas, such as https://board.example.com',
    })
    .default([]),
  HEARTBEAT_SECONDS: wholeNumber(1, 300).default(15),
  CHECKPOINT_INTERVAL_MS: wholeNumber(100, 3_600_000).optional(),
  EVENT_RETENTION_DAYS: wholeNumber(1, 3650).default(7),
  DRAIN_SECONDS: wholeNumber(0, 300).default(5),
  DRAIN_DELAY_SECONDS: wholeNumber(0, 300).default(0),
  MAX_STREAMS: wholeNumber(1, 10_000_000).default(100_000),
  MAX_STREAMS_PER_ORG: wholeNumber(1, 10_000_000).default(50_000),
  MAX_STREAMS_PER_USER: wholeNumber(1, 10_000_000).default(100),
  MAX_CHANGES_PER_MINUTE_PER_USER: wholeNumber(0, 10_000_000).default(1_200),
  MAX_CHANGES_PER_MINUTE_PER_ORG: wholeNumber(0, 10_000_000).default(3_000),
  MAX_STREAM_OPENS_PER_MINUTE: wholeNumber(0, 10_000_000).optional(),
  MAX_PRESENCE_UPDATES_PER_MINUTE: wholeNumber(0, 10_000_000).default(300),
  MAX_REFUSALS_PER_MINUTE: wholeNumber(0, 10_000_000).default(300),
  MAX_SIGN_INS_PER_MINUTE: wholeNumber(0, 10_000_000).default(120),
  MAX_CONNECTIONS_PER_ADDRESS: wholeNumber(0, 10_000_000).default(0),
  TRUST_PROXY: wholeNumber(0, 10).default(0),
  QUERY_TOKENS: oneOf(['on', 'off']).default('on'),
  SECRETS_KEY: secretOf32Bytes().optional(),
  METRICS_TOKEN: checked(
    token => Buffer.byteLength(token) >= 16 && /^[!-~]+$/.test(token),
    'must have at least 16 visible ASCII characters; `openssl rand -hex 16` generates a suitable value',
  ).optional(),
  METRICS_PORT: wholeNumber(0, 65_535).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.string().optional(),
  OTEL_SERVICE_NAME: z.string().optional(),
  LOG_LEVEL: oneOf(logLevels).default('info'),
  LOG_FORMAT: oneOf(logFormats).optional(),
})
type Settings = z.infer<typeof settingsSchema>

function demoConfig(settings: Settings): DemoConfig {
  const store = Object.freeze({kind: 'embedded', dataDir: settings.DATA_DIR} as const)
  const corsOrigins = Object.freeze([] as const)
  return Object.freeze({demo: true, store, corsOrigins, ...commonConfig(settings, '127.0.0.1')})
}

function serverConfig(settings: Settings): ServerConfig {
  const {AUTH_ISSUER, AUTH_AUDIENCE, AUTH_ORG_CLAIM} = settings
  return Object.freeze({
    demo: false,
    store: storeConfig(settings),
    auth: keySource(settings),
    ...(AUTH_ISSUER && {issuer: AUTH_ISSUER}),
    ...(AUTH_AUDIENCE && {audience: AUTH_AUDIENCE}),
    ...(AUTH_ORG_CLAIM && {orgClaim: AUTH_ORG_CLAIM}),
    defaultRole: settings.AUTH_DEFAULT_ROLE,
    corsOrigins: Object.freeze(settings.CORS_ORIGINS),
    ...commonConfig(settings, '0.0.0.0'),
  })
}

function commonConfig(settings: Settings, defaultHost: string): CommonConfig {
  return {
    workers: settings.WORKERS,
    bus: busConfig(settings),
    migrate: settings.MIGRATE,
    ...(settings.REDIS_URL && {redisUrl: settings.REDIS_URL}),
    host: settings.HOST ?? defaultHost,
    port: settings.PORT,
    ...tlsConfig(settings),
    heartbeatSeconds: settings.HEARTBEAT_SECONDS,
    ...(settings.CHECKPOINT_INTERVAL_MS && {checkpointIntervalMs: settings.CHECKPOINT_INTERVAL_MS}),
    eventRetentionDays: settings.EVENT_RETENTION_DAYS,
    drainSeconds: settings.DRAIN_SECONDS,
    drainDelaySeconds: settings.DRAIN_DELAY_SECONDS,
    maxStreams: settings.MAX_STREAMS,
    maxStreamsPerOrganization: settings.MAX_STREAMS_PER_ORG,
    maxStreamsPerUser: settings.MAX_STREAMS_PER_USER,
    rateLimits: Object.freeze({
      changesPerUser: settings.MAX_CHANGES_PER_MINUTE_PER_USER,
      changesPerOrganization: settings.MAX_CHANGES_PER_MINUTE_PER_ORG,
      deliveriesPerOrganization: settings.MAX_CHANGES_PER_MINUTE_PER_ORG,
      streamOpensPerUser: streamOpensPerMinute(settings),
      presenceUpdatesPerUser: settings.MAX_PRESENCE_UPDATES_PER_MINUTE,
      refusalsPerAddress: settings.MAX_REFUSALS_PER_MINUTE,
      refusedDeliveriesPerProject: settings.MAX_REFUSALS_PER_MINUTE,
      signInsPerAddress: settings.MAX_SIGN_INS_PER_MINUTE,
    }),
    maxConnectionsPerAddress: settings.MAX_CONNECTIONS_PER_ADDRESS,
    trustProxy: settings.TRUST_PROXY,
    queryTokens: settings.QUERY_TOKENS === 'on',
    quotas: quotasOf(settings),
    ...(settings.SECRETS_KEY && {secretsKey: settings.SECRETS_KEY}),
    ...(settings.METRICS_TOKEN && {metricsToken: settings.METRICS_TOKEN}),
    ...(settings.METRICS_PORT !== undefined && {metricsPort: settings.METRICS_PORT}),
    traces: Boolean(settings.OTEL_EXPORTER_OTLP_ENDPOINT ?? settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT),
    ...(settings.OTEL_SERVICE_NAME && {traceServiceName: settings.OTEL_SERVICE_NAME}),
    logLevel: settings.LOG_LEVEL,
    ...(settings.LOG_FORMAT && {logFormat: settings.LOG_FORMAT}),
  }
}

function tlsConfig({TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile}: Settings): {tls?: TlsConfig} {
  return certFile && keyFile ? {tls: Object.freeze({certFile, keyFile})} : {}
}

/**
 * A member must be able to open MAX_STREAMS_PER_USER streams several times within a minute, because all these streams
 * may reconnect several times.
 */
function streamOpensPerMinute({MAX_STREAM_OPENS_PER_MINUTE, MAX_STREAMS_PER_USER}: Settings): number {
  return MAX_STREAM_OPENS_PER_MINUTE ?? Math.max(600, 6 * MAX_STREAMS_PER_USER)
}

function quotasOf(settings: Settings): Quotas {
  const names = quotaSchema.keyof().options
  return Object.freeze(Object.fromEntries(names.map(name => [name, settings[name]])) as unknown as Quotas)
}

function storeConfig({DATABASE_URL: url, DATA_DIR, POOL_SIZE}: z.infer<typeof storeSchema>): StoreConfig {
  return Object.freeze(
    url ? {kind: 'postgres', url, poolSize: POOL_SIZE} : {kind: 'embedded', dataDir: DATA_DIR},
  )
}

function busConfig({BUS, REDIS_URL, DATABASE_URL}: z.infer<typeof busSchema>): BusConfig {
  const kind = BUS ?? (REDIS_URL ? 'redis' : DATABASE_URL ? 'postgres' : 'none')
  if (kind === 'redis') return Object.freeze({kind, url: REDIS_URL!})
  return kind === 'postgres' ? Object.freeze({kind, url: DATABASE_URL!}) : Object.freeze({kind})
}

function keySource({AUTH_JWKS_URL, AUTH_JWT_PUBLIC_KEY, AUTH_JWT_SECRET}: Settings): KeySource {
  if (AUTH_JWKS_URL) return Object.freeze({kind: 'jwks', url: AUTH_JWKS_URL})
  if (AUTH_JWT_PUBLIC_KEY) return Object.freeze({kind: 'public-key', pem: AUTH_JWT_PUBLIC_KEY})
  return Object.freeze({kind: 'secret', secret: AUTH_JWT_SECRET!})
}

function isDemo(env: Env): boolean {
  const {DATABASE_URL} = env
  return !DATABASE_URL && !authVariables.some(name => env[name])
}

/** Returns the faults in the combination of settings, such as `BUS=redis` without REDIS_URL. */
function combinationFaults(env: Env): Fault[] {
  return [
    ...workerFaults(env),
    ...busFaults(env),
    ...metricsFaults(env),
    ...tlsFaults(env),
    ...(isDemo(env) ? demoFaults(env) : keyFaults(env)),
  ]
}

function tlsFaults({TLS_CERT_FILE, TLS_KEY_FILE}: Env): Fault[] {
  if (!TLS_CERT_FILE === !TLS_KEY_FILE) return []
  const [set, missing] = TLS_CERT_FILE ? ['TLS_CERT_FILE', 'TLS_KEY_FILE'] : ['TLS_KEY_FILE', 'TLS_CERT_FILE']
  return [{variable: missing, remedy: `is required, because ${set} is set`}]
}

function workerFaults({WORKERS, DATABASE_URL}: Env): Fault[] {
  if (DATABASE_URL || !(Number(WORKERS) > 1)) return []
  const remedy =
    'more than one worker needs DATABASE_URL, because only one process can use the embedded database'
  return [{variable: 'WORKERS', remedy}]
}

function busFaults({BUS, REDIS_URL, DATABASE_URL}: Env): Fault[] {
  if (BUS === 'redis' && !REDIS_URL) return [{variable: 'BUS', remedy: 'redis also needs REDIS_URL'}]
  if (BUS === 'postgres' && !DATABASE_URL)
    return [{variable: 'BUS', remedy: 'postgres also needs DATABASE_URL'}]
  return []
}

function metricsFaults({PORT = '8080', METRICS_PORT}: Env): Fault[] {
  if (!METRICS_PORT || METRICS_PORT === '0' || Number(METRICS_PORT) !== Number(PORT)) return []
  return [{variable: 'METRICS_PORT', remedy: 'must differ from PORT'}]
}

function demoFaults({HOST, CORS_ORIGINS, NODE_ENV}: Env): Fault[] {
  const demo = 'when DATABASE_URL and AUTH_* are not set, the server is a demo; a demo'
  const faults: Fault[] = []
  if (NODE_ENV === 'production') {
    faults.push({
      variable: 'NODE_ENV',
      remedy: `${demo} does not run in production; set ${keyVariableList}`,
    })
  }
  if (HOST && !isLoopback(HOST)) {
    faults.push({
      variable: 'HOST',
      remedy: `${demo} listens only on loopback; unset HOST, or set ${keyVariableList}`,
    })
  }
  if (CORS_ORIGINS) {
    faults.push({
      variable: 'CORS_ORIGINS',
      remedy: `${demo} accepts no requests from other origins; unset CORS_ORIGINS`,
    })
  }
  return faults
}

function keyFaults(env: Env): Fault[] {
  const present = keyVariables.filter(name => env[name])
  if (present.length === 1) return []
  if (present.length > 1) return [{variable: present.join(', '), remedy: 'set only one of these settings'}]
  const reason = authVariables.some(name => env[name])
    ? 'the other AUTH_* settings contain no key, and the server needs a key to verify tokens'
    : 'when DATABASE_URL is set, the server is not a demo and needs a key to verify tokens'
  return [{variable: keyVariableList, remedy: `set one of these settings: ${reason}`}]
}

function faultsOf(error: z.ZodError | undefined): Fault[] {
  return (error?.issues ?? []).map(({path, message}) => ({variable: path.join('.'), remedy: message}))
}

function withoutEmpty(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value))
}

function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d+$/, {error})
    .transform(Number)
    .pipe(z.number().min(min, {error}).max(max, {error}))
}

function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, {error: `must be one of ${values.join(', ')}`})
}

function checked(isValid: (value: string) => boolean, error: string) {
  return z.string().refine(isValid, {error})
}

function secretOf32Bytes() {
  return checked(
    secret => Buffer.byteLength(secret) >= 32,
    'must have at least 32 bytes; `openssl rand -base64 32` generates a suitable value',
  )
}

/** [spec] libpq: the host of a connection URL is optional, and can also be given as a parameter. */
function isDatabaseUrl(value: string): boolean {
  return (
    /^postgres(ql)?:\/\//.test(value) &&
    (URL.canParse(value) || URL.canParse(value.replace('@/', '@localhost/')))
  )
}

function isRedisUrl(value: string): boolean {
  return /^rediss?:\/\//.test(value) && URL.canParse(value)
}

function isOrigin(value: string): boolean {
  return isWebUrl(value) && new URL(value).origin === value
}

function isPublicKey(pem: string): boolean {
  try {
    return algorithmsOf(pem).length > 0
  } catch {
    return false
  }
}

/**
 * Returns whether the host is a loopback host. The demo listens only on loopback, and accepts only requests to loopback
 * hosts; see `http/demo-host.ts`.
 */
function isLoopback(host: string): boolean {
  return ['localhost', '127.0.0.1', '::1'].includes(host)
}
