/**
 * Two organizations. Each organization has members, API keys and a board. All texts of an organization contain a word
 * that occurs nowhere else.
 */
import {randomBytes} from 'node:crypto'
import {sql} from 'kysely'
import type {Role} from '../../../src/board/member.ts'
import {roles} from '../../../src/board/member.ts'
import type {Database} from '../../../src/store/connection.ts'
import {createApiKey} from '../../helpers/api-keys.ts'
import {type Client, requireSuccess, sendAs} from './client.ts'
import type {Issuer} from './issuer.ts'
import {createRefusedKeys, createRefusedTickets} from './refused-secrets.ts'
import type {Transcript} from './transcript.ts'

export interface Organization {
  id: string
  /** The value of the organization claim in the tokens of this organization. */
  claim: string
  /** A word in every name and text of this organization. */
  word: string
  tokens: Readonly<Record<Role, string>>
  keys: Readonly<Record<Role, string>>
  /** API keys that the server must refuse. */
  refusedKeys: Readonly<Record<string, string>>
  /** Tickets that the server must refuse. */
  refusedTickets: Readonly<Record<string, string>>
  /** A token of a member who was removed. */
  removedToken: string
  ids: Ids
  /** A cursor of the log of this organization. */
  cursor: string
}

/** The kinds of resources whose ids can be part of a path. */
export const kinds = [
  'project',
  'label',
  'sprint',
  'story',
  'task',
  'checklistItem',
  'blocker',
  'taskLabel',
  'comment',
  'escalation',
  'notification',
  'apiKey',
  'keyMember', // the member of an API key
] as const
export type Kind = (typeof kinds)[number]
export type Ids = Record<Kind | 'member', string>

export interface WorldTools {
  client: Client
  db: Database
  issuer: Issuer
  transcript: Transcript
}

export interface World {
  attacked: Organization
  other: Organization
}

export async function createWorld(tools: WorldTools): Promise<World> {
  return {
    attacked: await createOrganization(tools, 'attacked'),
    other: await createOrganization(tools, 'other'),
  }
}

async function createOrganization(tools: WorldTools, name: string): Promise<Organization> {
  const {client, db, issuer, transcript} = tools
  const word = `${name}${randomBytes(6).toString('hex')}`
  const tokens = byRole(role => issuer.token({sub: role, org: word, role, name: `${role} ${word}`}))
  const id = (await requireSuccess(sendAs(client, tokens.admin)({method: 'GET', path: '/api/v1/me'}))).body
    .organization_id
  const keys = {} as Record<Role, string>
  for (const role of roles) {
    keys[role] = (await createApiKey(db, {organizationId: id, name: `key ${role} ${word}`, role})).key
  }
  for (const role of roles) {
    transcript.addCredential(`the token of ${name} ${role}`, tokens[role])
    transcript.addCredential(`the API key of ${name} ${role}`, keys[role])
  }
  const refusedKeys = await createRefusedKeys(db, id)
  const refusedTickets = await createRefusedTickets(client, db, tokens.admin)
  for (const [secret, value] of Object.entries({...refusedKeys, ...refusedTickets})) {
    transcript.addCredential(`${name} ${secret}`, value)
  }
  const removedToken = issuer.token({sub: 'removed', org: word, role: 'admin', name: `removed ${word}`})
  await removeMember(client, tokens.admin, removedToken)
  const board = await createBoard(client, tokens, word)
  return {id, claim: word, word, tokens, keys, refusedKeys, refusedTickets, removedToken, ...board}
}

async function removeMember(client: Client, adminToken: string, token: string): Promise<void> {
  const me = await requireSuccess(sendAs(client, token)({method: 'GET', path: '/api/v1/me'}))
  const path = `/api/v1/members/${me.body.user_id}`
  await requireSuccess(sendAs(client, adminToken)({method: 'DELETE', path}))
}

async function createBoard(client: Client, tokens: Record<Role, string>, word: string) {
  const admin = sendAs(client, tokens.admin)
  const member = await requireSuccess(sendAs(client, tokens.member)({method: 'GET', path: '/api/v1/me'}))
  await requireSuccess(sendAs(client, tokens.viewer)({method: 'GET', path: '/api/v1/me'}))
  const post = async (path: string, body: object) =>
    (await requireSuccess(admin({method: 'POST', path: `/api/v1${path}`, body}))).body.id as string
  const project = await post('/projects', {name: word})
  const label = await post(`/projects/${project}/labels`, {name: word})
  const sprint = await post(`/projects/${project}/sprints`, {name: word, goal: word})
  const story = await post(`/projects/${project}/stories`, {title: word, sprint_id: sprint})
  const task = await post(`/stories/${story}/tasks`, {title: word, description: word})
  const checklist = {method: 'POST', path: `/api/v1/tasks/${task}/checklist`, body: {text: word}}
  const checklistItem = `${task}:${(await requireSuccess(admin(checklist))).body.checklist[0].id}`
  const other = await post(`/stories/${story}/tasks`, {title: word})
  await requireSuccess(admin({method: 'PUT', path: `/api/v1/tasks/${task}/blockers/${other}`}))
  const blocker = `${task}:${other}`
  const taskLabel = `${task}:${label}`
  const mentions = [member.body.user_id]
  const comment = await post(`/tasks/${task}/comments`, {body: word, mentions})
  const escalation = await post(`/projects/${project}/escalations`, {question: word})
  const secret = {method: 'PUT', path: `/api/v1/projects/${project}/github-secret`, body: {secret: word}}
  await requireSuccess(admin(secret))
  const list = await requireSuccess(
    sendAs(client, tokens.member)({method: 'GET', path: '/api/v1/notifications'}),
  )
  const notification = list.body.items[0].id as string
  const newKey = {method: 'POST', path: '/api/v1/api-keys', body: {name: word, role: 'viewer'}}
  const {id: apiKey, member_id: keyMember} = (await requireSuccess(admin(newKey))).body
  const ids: Ids = {
    ...{
      project,
      label,
      sprint,
      story,
      task,
      checklistItem,
      blocker,
      taskLabel,
      comment,
      escalation,
      notification,
      apiKey,
      keyMember,
    },
    member: mentions[0],
  }
  return {ids, cursor: list.headers['event-id']!}
}

/**
 * The columns that the server changes after an accepted request: the time of a member's last request, and the use of a
 * ticket. A ticket is released some time after the end of its stream.
 */
const changedLater = ['last_seen_at', 'use_id', 'used_at', 'first_use_before']

/** Returns a hash of all rows of the organization without the columns `changedLater`. */
export async function digestOf(db: Database, organizationId: string): Promise<string> {
  const {rows: tables} = await sql<{name: string}>`
    select table_name as name from information_schema.columns
    where column_name = 'organization_id' and table_schema = current_schema() order by 1`.execute(db)
  const digests = tables.map(
    ({name}) => sql`
      select ${sql.lit(name)} as name, md5(string_agg(row, '' order by row)) as digest
      from (
        select (to_jsonb(r) - ${changedLater}::text[])::text as row
        from ${sql.table(name)} r where organization_id = ${organizationId}
      ) as rows`,
  )
  const {rows} = await sql`${sql.join(digests, sql` union all `)}`.execute(db)
  return JSON.stringify(rows)
}

/** Searches the text for the word and the ids of the organization. Returns the values that the text contains. */
export function traceOf({word, ids, id}: Organization, text: string): string[] {
  return [word, id, ...Object.values(ids)].filter(value => text.includes(value))
}

function byRole<T>(make: (role: Role) => T): Record<Role, T> {
  return Object.fromEntries(roles.map(role => [role, make(role)])) as Record<Role, T>
}
