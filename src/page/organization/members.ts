/** The members of the organization, as the page knows them. */
import type {Member, Role} from '../../client/client.ts'
import {unknownMember} from '../parts/words.ts'

/** The role and `removed_at` are unknown when the page knows the member only from an event. */
export type KnownMember = Member & {role?: Role | null; removed_at?: string | null}

/** Returns the list after an event `member.updated`. The event contains only the id and the name of the member. */
export function withUpdated(members: readonly KnownMember[], member: Member): KnownMember[] {
  const known = members.find(({id}) => id === member.id)
  return [...members.filter(other => other !== known), {...known, ...member}]
}

/** Returns the members who have not been removed. */
export function presentMembers(members: readonly KnownMember[]): KnownMember[] {
  return members.filter(member => !member.removed_at)
}

/** Returns the members who can answer questions. If the role of a member is unknown, the member is in the list. */
export function possibleAssignees(members: readonly KnownMember[]): KnownMember[] {
  return presentMembers(members).filter(({role}) => role !== 'viewer')
}

/** Returns the member's name, or 'Someone' when the name is not known. */
export function memberName(members: readonly Member[], userId: string | null): string {
  return members.find(({id}) => id === userId)?.name ?? unknownMember
}
