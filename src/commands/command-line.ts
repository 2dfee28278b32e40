/** What the words after `boardcast` ask for. */
import {type ParseArgsConfig, parseArgs} from 'node:util'
import {z} from 'zod'
import {title} from '../board/fields.ts'
import {type Role, roles} from '../board/member.ts'
import type {TokenRequest} from '../identity/mint-token.ts'

export type Command =
  | {name: 'serve'}
  | {name: 'migrate'}
  | {name: 'token'; request: TokenRequest}
  | {name: 'api-key create'; organization: string; keyName: string; role: Role; lifetime: number | undefined}
  | {name: 'api-key list'; organization: string | undefined}
  | {name: 'api-key revoke'; id: string}
  | {name: 'new-epoch'; organization: string | undefined}
  | {name: 'help'}
  | {name: 'version'}

/** A command line that we do not understand, with what to write instead; the exit code is 2. */
export class UsageError extends Error {
  readonly code = 'usage'

  constructor(message: string) {
    super(`${message}\nTry boardcast --help.`)
    this.name = 'UsageError'
  }
}

export const help = `Boardcast: live sprint boards over Server-Sent Events

boardcast [serve]        run the server; with no settings at all it is a demo on this machine
boardcast migrate        bring the database to this version's tables
boardcast token          print a token signed with AUTH_JWT_SECRET, or with the demo's secret
    --sub <subject>      the member, as an issuer would name them
    --org <claim>        the organization, as an issuer would name it
    --role <role>        viewer, member or admin; else AUTH_DEFAULT_ROLE
    --name <name>        shown to others; else the subject
    --expires <time>     90s, 15m, 1h or 7d from now; else 1h
boardcast api-key create make a key for a program and print it, this once
    --org <id or claim>  an organization that has been seen already
    --name <name>        shown to others
    --role <role>        viewer, member or admin
    --expires <time>     as above; else it does not expire
boardcast api-key list   [--org <id or claim>]
boardcast api-key revoke <id of the key>
boardcast new-epoch      after a restore from backup: streams of the lost time are reset
    --org <id or claim>  of this organization alone
boardcast --help, --version

Settings are environment variables; the README lists them. Without DATABASE_URL the data are in DATA_DIR
(./data), which one process holds at a time: stop the server before migrate, api-key
or new-epoch.
`

/** Throws UsageError. */
export function parseCommandLine(args: readonly string[]): Command {
  if (args.includes('--help') || args.includes('-h')) return {name: 'help'}
  if (args.includes('--version')) return {name: 'version'}
  const isNamed = args[0] !== undefined && !args[0].startsWith('-')
  const [name, ...rest] = isNamed ? args : ['serve', ...args]
  switch (name) {
    case 'serve':
    case 'migrate':
      read(rest, [])
      return {name}
    case 'token':
      return parseToken(rest)
    case 'api-key':
      return parseApiKey(rest)
    case 'new-epoch':
      return {name, organization: read(rest, ['org']).org}
    case 'help':
      return {name}
    default:
      throw new UsageError(`There is no command ${name}.`)
  }
}

function parseToken(args: string[]): Command {
  const {sub, org, role, name, expires = '1h'} = read(args, ['sub', 'org', 'role', 'name', 'expires'])
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
      const {org, name, role, expires} = read(args, ['org', 'name', 'role', 'expires'])
      return {
        name: 'api-key create',
        organization: required('org', org),
        keyName: parseName(required('name', name)),
        role: parseRole(required('role', role)),
        lifetime: expires === undefined ? undefined : parseLifetime(expires),
      }
    }
    case 'list':
      return {name: 'api-key list', organization: read(args, ['org']).org}
    case 'revoke': {
      const [id, ...others] = args
      if (!z.uuid().safeParse(id).success || others.length > 0) {
        throw new UsageError('Give the id of one key, as boardcast api-key list shows it.')
      }
      return {name: 'api-key revoke', id: id!}
    }
    default:
      throw new UsageError('What about API keys? create, list or revoke.')
  }
}

/** The values of these options, each given once or not at all. */
function read<const Name extends string>(
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
  if (!value) throw new UsageError(`--${option} is missing.`)
  return value
}

function parseRole(value: string): Role {
  const role = roles.find(known => known === value)
  if (!role) throw new UsageError(`There is no role ${value}; the roles are ${roles.join(', ')}.`)
  return role
}

function parseName(value: string): string {
  const name = title.safeParse(value)
  if (!name.success) throw new UsageError('A name has 1 to 200 characters.')
  return name.data
}

const secondsPerUnit: Record<string, number> = {s: 1, m: 60, h: 3600, d: 86_400}
const longestLifetime = 36_500 * 86_400 // a hundred years; more would be a slip

/** Seconds: `15m` is 900. */
function parseLifetime(value: string): number {
  const [, count, unit] = /^([1-9]\d{0,9})([smhd])$/.exec(value) ?? []
  const seconds = Number(count) * (secondsPerUnit[unit ?? ''] ?? Number.NaN)
  if (!(seconds <= longestLifetime)) {
    throw new UsageError(`${value} is no time to expire in; write 90s, 15m, 1h or 7d.`)
  }
  return seconds
}
