import type {Database} from '../store/connection.ts'
import {CommandError} from './command-error.ts'

/**
 * Returns the id of the organization whose id or claim value is `idOrClaim`. Throws CommandError when no organization
 * matches, or when several organizations match.
 */
export async function findOrganization(db: Database, idOrClaim: string): Promise<string> {
  const organizations = await db.selectFrom('organizations').select(['id', 'issuer', 'claim']).execute()
  const found =
    organizations.filter(({id}) => id === idOrClaim.toLowerCase()).at(0) ??
    single(organizations.filter(({claim}) => claim === idOrClaim))
  if (found) return found.id
  throw new CommandError(
    `Organization ${idOrClaim} does not exist. An organization is created when its first member sends a request.`,
  )
}

function single<T extends {id: string; issuer: string}>(organizations: readonly T[]): T | undefined {
  if (organizations.length <= 1) return organizations[0]
  const list = organizations.map(({id, issuer}) => `\n  ${id}, ${issuer ? `issuer ${issuer}` : 'no issuer'}`)
  throw new CommandError(`Several organizations have this claim. Use one of these ids:${list.join('')}`)
}
