/** Members: the people and API keys of an organization. */
import {z} from 'zod'
import {id, text} from './fields.ts'
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

/** An authenticated member. The server generates the ids when the member authenticates for the first time. */
export interface Caller {
  user_id: string
  organization_id: string
  role: Role
  name: string
}

/**
 * The member who makes a change, and the time of the change. All rows and events of the change contain this timestamp.
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
