/** Parses the arguments of `boardcast`. */
import {type ParseArgsConfig, parseArgs} from 'node:util'
import {z} from 'zod'
import {isWebUrl, newTitle} from '../board/fields.ts'
import {type Role, roles} from '../board/member.ts'
import {maxWorkers} from '../config.ts'
import type {TokenRequest} from '../identity/mint-token.ts'
import {statsOrders} from '../store/organization-stats.ts'
import type {StatsRequest} from './stats.ts'

export type Command =
  /** `workers` is the number of processes. When `workers` is undefined, the setting WORKERS determines the number. */
  | {name: 'serve'; workers: number | undefined}
  | {name: 'migrate'}
  | {name: 'doctor'}
  /** `holdSeconds` is undefined when the option is missing. */
  | {name: 'doctor url'; url: URL; holdSeconds: number | undefined}
  | {name: 'token'; request: TokenRequest}
  | {name: 'api-key create'; organization: string; keyName: string; role: Role; lifetime: number | undefined}
  | {name: 'api-key list'; organization: string | undefined}
  | {name: 'api-key revoke'; id: string}
  | {name: 'new-epoch'; organization: string | undefined}
  | {name: 'stats'; request: StatsRequest}
  | {name: 'backup'; path: string}
  | {name: 'restore'; path: string; replace: boolean}
  | {name: 'help'}
  | {name: 'version'}

/**
 * The error of an invalid command line. The message explains to the operator what is valid. After this error, the
 * process exits with code 2.
 */
export class UsageError extends Error {
  readonly code = 'usage'

  constructor(message: string) {
    super(`${message}\nSee boardcast --help.`)
    this.name = 'UsageError'
  }
}

export const help = `Boardcast: live sprint boards over Server-Sent Events

boardcast [serve]        run the server; without settings, it runs a demo on this machine
    --workers <number>   the number of processes that serve requests, 1 to 64; default: WORKERS, or 1
boardcast migrate        create or update the database schema
boardcast doctor         check the database, the bus and the key set of the settings
boardcast doctor <url>   check a deployment from outside, through its proxies; set the environment variable
                         BOARDCAST_TOKEN or BOARDCAST_API_KEY to a credential
    --seconds <number>   how long an idle stream is held open, 1 to 3600; default: 70
boardcast token          print a token that is signed with AUTH_JWT_SECRET or with the demo's secret
    --sub <subject>      the member's subject (sub claim)
    --org <claim>        the organization's claim
    --role <role>        viewer, member or admin; default: AUTH_DEFAULT_ROLE
    --name <name>        the display name; default: the subject
    --expires <time>     the token expires after this time: 90s, 15m, 1h or 7d; default: 1h
boardcast api-key create create an API key and print the key; the key is not shown again
    --org <id or claim>  the organization, which must already exist
    --name <name>        the display name
    --role <role>        viewer, member or admin
    --expires <time>     the key expires after this time: 90s, 15m, 1h or 7d; default: never
boardcast api-key list   list API keys
    --org <id or claim>  list only the keys of this organization
boardcast api-key revoke <id of the key>
boardcast new-epoch      reset all streams and existing cursors after a restore from a backup
    --org <id or claim>  reset only the streams and cursors of this organization
boardcast stats          list the organizations with the most events
    --by <column>        events, bytes, members, tasks or streams
    --limit <number>     the number of organizations, 1 to 1000; default: 20
    --url <url>          also show the open streams of this server; needs METRICS_TOKEN
boardcast backup <file>   write all data to a file
boardcast restore <file>  restore a backup into a database without data
    --replace            delete the data of the database first
boardcast --help, --version

Settings are environment variables; the README lists them. Without DATABASE_URL, the data is in the folder
DATA_DIR (default ./data). Only one process can use this folder, so stop the server before you run migrate,
api-key, new-epoch, stats, backup or restore.
`

/** Throws UsageError when the arguments are invalid. */
export function parseCommandLine(args: readonly string[]): Command {
  if (args.includes('--help') || args.includes('-h')) return {name: 'help'}
  if (args.includes('--version')) return {name: 'version'}
  const isNamed = args[0] !== undefined && !args[0].startsWith('-')
  const [name, ...rest] = isNamed ? args : ['serve', ...args]
  switch (name) {
    case 'serve': {
      const {workers} = parseOptions(rest, ['workers'])
      return {name, workers: workers === undefined ? undefined : parseWorkers(workers)}
    }
    case 'doctor':
      return parseDoctor(rest)
    case 'migrate':
      parseOptions(rest, [])
      return {name}
    case 'token':
      return parseToken(rest)
    case 'api-key':
      return parseApiKey(rest)
    case 'new-epoch':
      return {name, organization: parseOptions(rest, ['org']).org}
    case 'stats':
      return {name, request: parseStats(rest)}
    case 'backup':
      return {name, path: parseFile(rest)}
    case 'restore': {
      const replace = rest.includes('--replace')
      return {name, path: parseFile(rest.filter(argument => argument !== '--replace')), replace}
    }
    case 'help':
      return {name}
    default:
      throw new UsageError(`Unknown command ${name}.`)
  }
}

const maxListed = 1_000

function parseStats(args: string[]): StatsRequest {
  const {by = 'events', limit = '20', url} = parseOptions(args, ['by', 'limit', 'url'])
  const column = [...statsOrders, 'streams' as const].find(known => known === by)
  if (!column) throw new UsageError(`Unknown column ${by}. Use events, bytes, members, tasks or streams.`)
  const count = Number(limit)
  if (!/^\d+$/.test(limit) || count < 1 || count > maxListed) {
    throw new UsageError(`Invalid limit ${limit}. Use a whole number from 1 to ${maxListed}.`)
  }
  if (url !== undefined && !isWebUrl(url))
    throw new UsageError(`Invalid URL ${url}. Use an http or https URL.`)
  if (column === 'streams' && url === undefined) throw new UsageError('The column streams needs --url.')
  return {by: column, limit: count, url}
}

/** Returns the only argument, which is the path of a file. */
function parseFile(args: readonly string[]): string {
  const [path, ...others] = args
  if (!path || path.startsWith('-') || others.length > 0) throw new UsageError('Give the path of one file.')
  return path
}

function parseWorkers(value: string): number {
  const workers = Number(value)
  if (!/^\d+$/.test(value) || workers < 1 || workers > maxWorkers) {
    throw new UsageError(`Invalid number of workers ${value}. Use a whole number from 1 to ${maxWorkers}.`)
  }
  return workers
}

const maxHoldSeconds = 3_600

function parseDoctor([address, ...rest]: string[]): Command {
  if (address === undefined || address.startsWith('-')) {
    parseOptions(address === undefined ? [] : [address, ...rest], [])
    return {name: 'doctor'}
  }
  const {seconds} = parseOptions(rest, ['seconds'])
  if (seconds !== undefined && !(/^[1-9]\d*$/.test(seconds) && Number(seconds) <= maxHoldSeconds)) {
    throw new UsageError(
      `Invalid number of seconds ${seconds}. Use a whole number from 1 to ${maxHoldSeconds}.`,
    )
  }
  return {
    name: 'doctor url',
    url: parseOrigin(address),
    holdSeconds: seconds === undefined ? undefined : Number(seconds),
  }
}

/** Returns the URL without a path. The message does not repeat an invalid URL, which may contain a password. */
function parseOrigin(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined
  const isOrigin = url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`
  if (!isOrigin) {
    throw new UsageError('Give a URL such as https://board.example, without a path, a query or a password.')
  }
  return url
}

function parseToken(args: string[]): Command {
  const {sub, org, role, name, expires = '1h'} = parseOptions(args, ['sub', 'org', 'role', 'name', 'expires'])
  return {
    name: 'token',
    request: {
      subject: required('sub', sub),
      organization: required('org', org),
      role: role === undefined ? undefined : parseRole(role),
      name,
      lifetime: parseLifetime(expires),
    },
  }
}

function parseApiKey([verb, ...args]: string[]): Command {
  switch (verb) {
    case 'create': {
      const {org, name, role, expires} = parseOptions(args, ['org', 'name', 'role', 'expires'])
      return {
        name: 'api-key create',
        organization: required('org', org),
        keyName: parseName(required('name', name)),
        role: parseRole(required('role', role)),
        lifetime: expires === undefined ? undefined : parseLifetime(expires),
      }
    }
    case 'list':
      return {name: 'api-key list', organization: parseOptions(args, ['org']).org}
    case 'revoke': {
      const [id, ...others] = args
      if (!z.uuid().safeParse(id).success || others.length > 0) {
        throw new UsageError('Give the id of one key. Run `boardcast api-key list` to see the ids.')
      }
      return {name: 'api-key revoke', id: id!}
    }
    default:
      throw new UsageError('Use `api-key create`, `api-key list` or `api-key revoke`.')
  }
}

/**
 * Returns the values of the options in `names`. If an option is not in `args`, its value is undefined. If `args`
 * contains any other argument, throws UsageError.
 */
function parseOptions<const Name extends string>(
  args: string[],
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const options: ParseArgsConfig['options'] = Object.fromEntries(names.map(name => [name, {type: 'string'}]))
  try {
    return parseArgs({args, options}).values as Partial<Record<Name, string>>
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function required(option: string, value: string | undefined): string {
  if (!value) throw new UsageError(`The option --${option} is required.`)
  return value
}

function parseRole(value: string): Role {
  const role = roles.find(known => known === value)
  if (!role) throw new UsageError(`Unknown role ${value}. Use one of these roles: ${roles.join(', ')}.`)
  return role
}

function parseName(value: string): string {
  const name = newTitle.safeParse(value)
  if (!name.success)
    throw new UsageError('The name must have 1 to 200 characters on one line, and no control characters.')
  return name.data
}

const secondsPerUnit: Record<string, number> = {s: 1, m: 60, h: 3600, d: 86_400}
const maxLifetimeSeconds = 36_500 * 86_400 // a hundred years; a longer time is probably a typing error

/** Converts a duration to seconds: returns 900 for `15m`. */
function parseLifetime(value: string): number {
  const [, count, unit] = /^([1-9]\d{0,9})([smhd])$/.exec(value) ?? []
  const seconds = Number(count) * (secondsPerUnit[unit ?? ''] ?? Number.NaN)
  if (!(seconds <= maxLifetimeSeconds)) {
    throw new UsageError(`Invalid duration ${value}. Use a value such as 90s, 15m, 1h or 7d.`)
  }
  return seconds
}
