/** The settings of the process: every environment variable that it reads, and what each means when it is absent. */
import {z} from 'zod'
import {isWebUrl} from './board/fields.ts'
import {type Role, roles} from './board/member.ts'
import {algorithmsOf, type KeySource} from './identity/verify-token.ts'

/** Where the data are. */
export type StoreConfig =
  /** `url`: DATABASE_URL. `poolSize`: POOL_SIZE, connections at the most, default 10. */
  | {readonly kind: 'postgres'; readonly url: string; readonly poolSize: number}
  /** Without DATABASE_URL: PGlite in the folder DATA_DIR, default `./data`, held by one process at a time. */
  | {readonly kind: 'embedded'; readonly dataDir: string}

interface CommonConfig {
  /** HOST: the address to listen on. Default 0.0.0.0, every network; in the demo 127.0.0.1, this machine alone. */
  readonly host: string
  /** PORT: 0 takes any that is free. Default 8080. */
  readonly port: number
  /** HEARTBEAT_SECONDS: from one heartbeat of a stream to the next, 1 to 300. Default 15. */
  readonly heartbeatSeconds: number
  /** EVENT_RETENTION_DAYS: for how long events are kept at the least, so that streams can resume. Default 7. */
  readonly eventRetentionDays: number
  /** MAX_STREAMS: open streams in this process. Default 100 000. */
  readonly maxStreams: number
  /** MAX_STREAMS_PER_ORG: open streams of one organization in this process. Default 50 000. */
  readonly maxStreamsPerOrganization: number
  /** MAX_STREAMS_PER_USER: open streams of one member in this process. Default 100. */
  readonly maxStreamsPerUser: number
  /**
   * SECRETS_KEY: 32 bytes or more, from which the key is derived that encrypts secrets at rest. Absent: none can be
   * set, but for the demo, which makes one of its own.
   */
  readonly secretsKey?: string
  /** LOG_LEVEL: the least that is logged, and `silent` for nothing at all. Default info. */
  readonly logLevel: (typeof logLevels)[number]
}

/** Neither DATABASE_URL nor any AUTH_*: something to try, on this machine alone, with a secret of its own making. */
export interface DemoConfig extends CommonConfig {
  readonly demo: true
  readonly store: Extract<StoreConfig, {kind: 'embedded'}>
  readonly corsOrigins: readonly []
}

export interface ServerConfig extends CommonConfig {
  readonly demo: false
  readonly store: StoreConfig
  /** Exactly one of AUTH_JWKS_URL, AUTH_JWT_PUBLIC_KEY (PEM; its line ends may be written \n) and AUTH_JWT_SECRET. */
  readonly auth: KeySource
  /** AUTH_ISSUER: the `iss` that tokens must have. Absent: any, and each `iss` has organizations of its own. */
  readonly issuer?: string
  /** AUTH_AUDIENCE: what a token's `aud` must be or include. Absent: any. */
  readonly audience?: string
  /** AUTH_ORG_CLAIM: the claim that names the organization, a dotted path too. Absent: `org_id`, else `o.id`. */
  readonly orgClaim?: string
  /** AUTH_DEFAULT_ROLE: for tokens that name no role that we know. Default viewer. */
  readonly defaultRole: Role
  /** CORS_ORIGINS: the web origins, with commas between them, whose pages may call from a browser. Absent: none. */
  readonly corsOrigins: readonly string[]
}

export type Config = Readonly<DemoConfig | ServerConfig>

/** A setting and what to do about it; never its value, which may be a secret. */
export interface Fault {
  variable: string
  remedy: string
}

/** All that is wrong with the settings. */
export class ConfigError extends Error {
  readonly code = 'invalid-config'
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[]) {
    const lines = faults.map(({variable, remedy}) => `\n  ${variable}: ${remedy}`)
    super(`Some settings (environment variables) are wrong:${lines.join('')}`)
    this.name = 'ConfigError'
    this.faults = faults
  }
}

type Env = Readonly<Record<string, string | undefined>>

/** An empty variable is an absent one. Throws ConfigError with every fault at once. */
export function readConfig(env: Env): Config {
  const settings = settingsSchema.safeParse(withoutEmpty(env))
  const faults = [...faultsOf(settings.error), ...faultsTogether(env)]
  if (!settings.success || faults.length > 0) throw new ConfigError(faults)
  return isDemo(env) ? demoConfig(settings.data) : serverConfig(settings.data)
}

/** The part of the settings for commands that only look into the store. Throws ConfigError. */
export function readStoreConfig(env: Env): StoreConfig {
  const settings = storeSchema.safeParse(withoutEmpty(env))
  if (!settings.success) throw new ConfigError(faultsOf(settings.error))
  return storeConfig(settings.data)
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
const keyVariables = ['AUTH_JWKS_URL', 'AUTH_JWT_PUBLIC_KEY', 'AUTH_JWT_SECRET'] as const
const authVariables = [
  ...keyVariables,
  ...(['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_ORG_CLAIM', 'AUTH_DEFAULT_ROLE'] as const),
]

const storeSchema = z.object({
  DATABASE_URL: checked(
    isDatabaseUrl,
    'must be postgres://user:password@host:5432/database, with special characters of the password as %XX',
  ).optional(),
  DATA_DIR: z.string().default('./data'),
  POOL_SIZE: wholeNumber(1, 1000).default(10),
})

const settingsSchema = storeSchema.extend({
  HOST: z.string().optional(),
  PORT: wholeNumber(0, 65_535).default(8080),
  AUTH_JWKS_URL: checked(isWebUrl, 'must be an http or https URL').optional(),
  AUTH_JWT_PUBLIC_KEY: z
    .string()
    .transform(pem => pem.replaceAll('\\n', '\n'))
    .refine(isPublicKey, {
      error:
        'must be a public key in PEM (-----BEGIN PUBLIC KEY-----), RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519',
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
      error: 'must be origins with commas between them, such as https://board.example.com, without a path',
    })
    .default([]),
  HEARTBEAT_SECONDS: wholeNumber(1, 300).default(15),
  EVENT_RETENTION_DAYS: wholeNumber(1, 3650).default(7),
  MAX_STREAMS: wholeNumber(1, 10_000_000).default(100_000),
  MAX_STREAMS_PER_ORG: wholeNumber(1, 10_000_000).default(50_000),
  MAX_STREAMS_PER_USER: wholeNumber(1, 10_000_000).default(100),
  SECRETS_KEY: secretOf32Bytes().optional(),
  LOG_LEVEL: oneOf(logLevels).default('info'),
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
    host: settings.HOST ?? defaultHost,
    port: settings.PORT,
    heartbeatSeconds: settings.HEARTBEAT_SECONDS,
    eventRetentionDays: settings.EVENT_RETENTION_DAYS,
    maxStreams: settings.MAX_STREAMS,
    maxStreamsPerOrganization: settings.MAX_STREAMS_PER_ORG,
    maxStreamsPerUser: settings.MAX_STREAMS_PER_USER,
    ...(settings.SECRETS_KEY && {secretsKey: settings.SECRETS_KEY}),
    logLevel: settings.LOG_LEVEL,
  }
}

function storeConfig({DATABASE_URL: url, DATA_DIR, POOL_SIZE}: z.infer<typeof storeSchema>): StoreConfig {
  return Object.freeze(
    url ? {kind: 'postgres', url, poolSize: POOL_SIZE} : {kind: 'embedded', dataDir: DATA_DIR},
  )
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

/** Faults that no variable has by itself. */
function faultsTogether(env: Env): Fault[] {
  return isDemo(env) ? demoFaults(env) : keyFaults(env)
}

function demoFaults({HOST, CORS_ORIGINS}: Env): Fault[] {
  const demo = 'with neither DATABASE_URL nor AUTH_* this is the demo, which'
  const faults: Fault[] = []
  if (HOST && !isLoopback(HOST)) {
    faults.push({
      variable: 'HOST',
      remedy: `${demo} listens on loopback only; leave HOST out, or set one of ${either}`,
    })
  }
  if (CORS_ORIGINS) {
    faults.push({variable: 'CORS_ORIGINS', remedy: `${demo} answers no other origin; leave it out`})
  }
  return faults
}

const either = 'AUTH_JWKS_URL, AUTH_JWT_PUBLIC_KEY and AUTH_JWT_SECRET'

function keyFaults(env: Env): Fault[] {
  const given = keyVariables.filter(name => env[name])
  if (given.length === 1) return []
  if (given.length > 1) return [{variable: given.join(', '), remedy: 'set only one of them'}]
  const reason = authVariables.some(name => env[name])
    ? 'the other AUTH_* do not say what tokens are signed with'
    : 'with DATABASE_URL this is no demo, and without a key nobody could be told from anybody else'
  return [{variable: either.replace('and', 'or'), remedy: `set one of them: ${reason}`}]
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

function checked(isRight: (value: string) => boolean, error: string) {
  return z.string().refine(isRight, {error})
}

function secretOf32Bytes() {
  return checked(
    secret => Buffer.byteLength(secret) >= 32,
    'must have 32 bytes or more; `openssl rand -base64 32` makes a good one',
  )
}

/** [spec] libpq: a host may be missing, or be given as a parameter. */
function isDatabaseUrl(value: string): boolean {
  return (
    /^postgres(ql)?:\/\//.test(value) &&
    (URL.canParse(value) || URL.canParse(value.replace('@/', '@localhost/')))
  )
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

/** The names that the demo answers to (`http/demo-host.ts`). */
function isLoopback(host: string): boolean {
  return ['localhost', '127.0.0.1', '::1'].includes(host)
}
