import type {Database} from '../store/connection.ts'
import {CommandError} from './command-error.ts'

/**
 * The id of the organization that an operator names by its id or by the claim that tokens name it by. Throws
 * CommandError when there is none, or when several are called that.
 */
export async function findOrganization(db: Database, idOrClaim: string): Promise<string> {
  const organizations = await db.selectFrom('organizations').select(['id', 'issuer', 'claim']).execute()
  const found =
    organizations.filter(({id}) => id === idOrClaim.toLowerCase()).at(0) ??
    only(organizations.filter(({claim}) => claim === idOrClaim))
  if (found) return found.id
  throw new CommandError(
    `No organization ${idOrClaim} has been seen yet; one is made when its first member calls the server.`,
  )
}

function only<T extends {id: string; issuer: string}>(organizations: readonly T[]): T | undefined {
  if (organizations.length <= 1) return organizations[0]
  const list = organizations.map(({id, issuer}) => `\n  ${id} of ${issuer || 'tokens without issuer'}`)
  throw new CommandError(`Several organizations are called that; name one by its id:${list.join('')}`)
}
