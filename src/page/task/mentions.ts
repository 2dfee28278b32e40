import type {Member} from '../../client/client.ts'

/**
 * Returns the ids of the members that a comment mentions. The text '@Grace Hopper' mentions the member with this name.
 * The text '@grace' mentions a member only if exactly one member has this first name.
 */
export function mentionsIn(body: string, members: readonly Member[]): string[] {
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
