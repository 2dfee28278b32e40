import {z} from 'zod'
import {id} from '../board/fields.ts'
import {memberSchema, roles} from '../board/member.ts'
import {listMembers} from '../store/snapshots.ts'
import {pageQuery, pageSchema} from './paging.ts'
import {route} from './route.ts'

export const meSchema = z
  .object({user_id: id, organization_id: id, role: z.enum(roles), name: memberSchema.shape.name})
  .meta({id: 'Me'})

export const memberRoutes = [
  route({
    method: 'get',
    path: '/me',
    summary: 'Get your own member and organization.',
    success: 200,
    omitsEventId: true,
    response: meSchema,
    read: async ({caller: {user_id, organization_id, role, name}}) => ({
      result: {user_id, organization_id, role, name},
    }),
  }),
  route({
    method: 'get',
    path: '/members',
    summary: 'List the members of your organization.',
    query: pageQuery,
    success: 200,
    response: pageSchema('MemberPage', memberSchema),
    read: ({caller, query}, {db}) => listMembers(db, caller.organization_id, query),
  }),
]
