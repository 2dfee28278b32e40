/** Who acts: a person or an API key in one organization. */
import {z} from 'zod'
import {id, text} from './fields.ts'
import {Problem} from './problem.ts'

/** `viewer` reads and streams; `member` also changes; `admin` also acts on what others own. */
export const roles = ['viewer', 'member', 'admin'] as const
export type Role = (typeof roles)[number]

/** What everybody in an organization sees of a member. */
export const memberSchema = z.object({id, name: text({min: 1, max: 200})}).meta({id: 'Member'})
export type Member = z.infer<typeof memberSchema>

/** An authenticated caller. Ids are ours, generated at first sight, never taken from a token. */
export interface Caller {
  user_id: string
  organization_id: string
  role: Role
  name: string
}

/** Who did a change and when: one millisecond timestamp for its rows and events alike. */
export interface Act {
  by: Caller
  /** RFC 3339, UTC, milliseconds. */
  at: string
}

/** Throws Problem 'role-insufficient' unless the caller may do what `needed` may. */
export function requireRole(caller: Caller, needed: Role): void {
  if (roles.indexOf(caller.role) >= roles.indexOf(needed)) return
  throw new Problem('role-insufficient', `This needs the role ${needed}; yours is ${caller.role}.`, {
    role: caller.role,
    needed,
  })
}
