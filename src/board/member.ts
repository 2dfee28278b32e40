/** Members: the people and API keys of an organization. */
import {z} from 'zod'
import {id, instant, text} from './fields.ts'
import {Problem} from './problem.ts'

/**
 * A `viewer` can read all data and open streams. A `member` can also make changes. An `admin` can also change and delete
 * the tasks of other members, answer questions that are assigned to other members, and delete projects and sprints.
 */
export const roles = ['viewer', 'member', 'admin'] as const
export type Role = (typeof roles)[number]

/** The fields of a member that the whole organization can see. */
export const memberSchema = z.object({id, name: text({min: 1, max: 200})}).meta({id: 'Member'})
export type Member = z.infer<typeof memberSchema>

/** An entry in the list of members. Events contain only the id and the name of a member. */
export const memberDetailsSchema = memberSchema
  .extend({
    kind: z.enum(['person', 'api_key']),
    role: z.enum(roles).nullable().meta({
      description:
        'The role that an admin has set. If no admin has set a role, this is the role of the API key or of the member’s newest token. Null when this role is not known yet, because the member has sent no request since the server was updated.',
    }),
    last_seen_at: instant.nullable().meta({
      description:
        'The time of a recent request of the member. Later requests within 5 minutes do not change this time. Null when no request is known.',
    }),
    removed_at: instant.nullable().meta({description: 'Null when the member has not been removed.'}),
  })
  .meta({id: 'MemberDetails'})
export type MemberDetails = z.infer<typeof memberDetailsSchema>

/**
 * Throws Problem 'last-admin' when the member is an admin, and no other person in the list is an admin. API keys with
 * the role admin are not counted, because nobody can sign in with an API key.
 */
export function requireOtherAdmin(members: readonly MemberDetails[], member: MemberDetails): void {
  if (!isAdmin(member) || members.some(other => other.id !== member.id && isAdmin(other))) return
  throw new Problem(
    'last-admin',
    'This member is the last admin of the organization. Give another member the role admin first.',
  )
}

function isAdmin({kind, role}: MemberDetails): boolean {
  return kind === 'person' && role === 'admin'
}

/** An authenticated member. The server generates the ids when the member authenticates for the first time. */
export interface Caller {
  user_id: string
  organization_id: string
  role: Role
  name: string
}

/**
 * The member who makes a change, and the time of the change. All rows and events of the change contain `timestamp`.
 */
export interface Action {
  caller: Caller
  /** RFC 3339 in UTC with milliseconds. */
  timestamp: string
}

/** Throws Problem 'role-insufficient' when the caller's role is lower than `needed`. */
export function requireRole(caller: Caller, needed: Role): void {
  if (roles.indexOf(caller.role) >= roles.indexOf(needed)) return
  throw new Problem(
    'role-insufficient',
    `This request requires the role ${needed}. Your role is ${caller.role}.`,
    {
      role: caller.role,
      needed,
    },
  )
}
