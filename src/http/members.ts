import {setTimeout as delay} from 'node:timers/promises'
import {z} from 'zod'
import {id, instant} from '../board/fields.ts'
import {memberDetailsSchema, memberSchema, roles} from '../board/member.ts'
import type {QuotaUsage} from '../board/quotas.ts'
import {boardTaskSchema} from '../board/task.ts'
import {removeMember} from '../changes/remove-member.ts'
import {setRole} from '../changes/set-role.ts'
import {signOutEverywhere} from '../changes/sign-out-everywhere.ts'
import {readUsage} from '../store/quotas.ts'
import {listMembers, listOwnedTasks} from '../store/snapshots.ts'
import {pageQuery, pageSchema} from './paging.ts'
import {toProblem} from './problems.ts'
import {route} from './route.ts'

export const meSchema = z
  .object({user_id: id, organization_id: id, role: z.enum(roles), name: memberSchema.shape.name})
  .meta({id: 'Me'})

const quotaSchema = z.object({
  setting: z.string().meta({description: 'The name of the limit. The server’s setting has the same name.'}),
  limit: z.int(),
  used: z.int(),
})
const meWithQuotasSchema = meSchema
  .extend({
    quotas: z.array(quotaSchema).nullable().meta({
      description:
        'The limits of your organization, and how much of each limit the organization uses. Null while the database is unavailable.',
    }),
  })
  .meta({id: 'MeWithQuotas'})

const memberQuery = pageQuery.extend({
  removed: z
    .enum(['true', 'false'])
    .default('false')
    .transform(value => value === 'true')
    .meta({description: 'With `true`, removed members are listed too.'}),
})

export const memberRoutes = [
  route({
    method: 'get',
    path: '/me',
    operationId: 'getMe',
    tag: 'Members',
    summary: 'Get your own member, your organization, and how much of each quota your organization uses.',
    success: 200,
    omitsEventId: true,
    response: meWithQuotasSchema,
    async read({caller: {user_id, organization_id, role, name}}, {db, usage, quotas}) {
      const read = () => readUsage(db, organization_id, quotas)
      const used = await readInTime(usage.read(organization_id, read))
      return {result: {user_id, organization_id, role, name, quotas: used}}
    },
  }),
  route({
    method: 'get',
    path: '/me/tasks',
    operationId: 'listOwnTasks',
    tag: 'Members',
    summary: 'List the open tasks that you own, in all projects.',
    description:
      'A task is open when its status is `owned` or `in_progress`. The tasks have no descriptions, checklists or links.',
    query: pageQuery.extend({
      completed_since: instant.optional().meta({
        description:
          'Lists the tasks that you own and that were completed at this time or later, in place of your open tasks.',
      }),
    }),
    success: 200,
    response: pageSchema('OwnTaskPage', boardTaskSchema),
    read: ({caller, query}, {db}) => listOwnedTasks(db, caller, query),
  }),
  route({
    method: 'get',
    path: '/members',
    operationId: 'listMembers',
    tag: 'Members',
    summary: 'List the members of your organization.',
    query: memberQuery,
    success: 200,
    response: pageSchema('MemberPage', memberDetailsSchema),
    read: ({caller, query}, {db}) => listMembers(db, caller.organization_id, query),
  }),
  route({
    method: 'patch',
    path: '/members/{id}',
    operationId: 'setRole',
    tag: 'Members',
    summary: 'Set the role of a member.',
    description:
      'The server uses this role instead of the role in the member’s tokens or of the API key. If the role is null, the server uses the role of the tokens or the API key again. Only admins can set roles.',
    role: 'admin',
    ids: {id: 'member-not-found'},
    body: z.strictObject({role: z.enum(roles).nullable()}).meta({id: 'MemberEdit'}),
    success: 200,
    response: memberDetailsSchema,
    problems: ['last-admin'],
    change: ({ids, body}) => setRole(ids.id, body.role),
  }),
  route({
    method: 'delete',
    path: '/members/{id}',
    operationId: 'removeMember',
    tag: 'Members',
    summary: 'Remove a member.',
    description:
      'The server refuses all credentials of the member, ends the member’s streams, and releases the member’s open tasks. A new token does not restore the member. Only admins can remove members.',
    role: 'admin',
    ids: {id: 'member-not-found'},
    success: 204,
    problems: ['last-admin'],
    change: ({ids}) => removeMember(ids.id),
  }),
  route({
    method: 'delete',
    path: '/sessions',
    operationId: 'signOutEverywhere',
    tag: 'Members',
    summary: 'End all your sessions of the page, and the streams of these sessions.',
    role: 'viewer',
    success: 204,
    change: () => signOutEverywhere(),
  }),
]

const maxUsageDelayMs = 1_000

/**
 * Returns null when the database does not respond in time. Clients also use `GET /me` to check whether they are signed
 * in and whether the server responds, so the response must not fail or be delayed during an outage of the database.
 */
async function readInTime(reading: Promise<QuotaUsage[] | null>): Promise<QuotaUsage[] | null> {
  const timer = new AbortController()
  try {
    const timeout = delay(maxUsageDelayMs, null, {signal: timer.signal})
    return await Promise.race([reading, timeout])
  } catch (error) {
    if (!['store-unavailable', 'store-busy'].includes(toProblem(error).code)) throw error
    return null
  } finally {
    timer.abort()
  }
}
