import type {Board} from '../board/board.ts'

/**
 * Returns the ids of the members that a comment mentions. '@Grace Hopper' mentions a member, and so does '@grace' if
 * only one member has that first name.
 */
export function mentionsIn(body: string, members: Board['members']): string[] {
  const text = body.toLowerCase()
  const isMentioned = (name: string) =>
    text.split(`@${name}`).some((after, index) => index > 0 && !/^[\p{L}\p{N}]/u.test(after))
  return members
    .filter(({name}) => {
      const fullName = name.toLowerCase()
      const firstName = fullName.split(' ')[0]!
      const namesakes = members.filter(other => other.name.toLowerCase().split(' ')[0] === firstName)
      return isMentioned(fullName) || (namesakes.length === 1 && isMentioned(firstName))
    })
    .map(({id}) => id)
}
