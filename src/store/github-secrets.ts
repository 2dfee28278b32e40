/** The webhook secret that a project shares with GitHub, encrypted at rest. */
import {sql, type Transaction} from 'kysely'
import type {Database} from './connection.ts'
import type {SecretBox} from './secret-box.ts'
import {SharedReads} from './shared-reads.ts'
import type {Tables} from './tables.ts'

export interface HookedProject {
  organization_id: string
  project_id: string
}

export interface SealedSecret extends HookedProject {
  sealed: Buffer
}

/** Stores the secret, and replaces an earlier secret of the project. The project must exist. */
export async function saveGithubSecret(
  trx: Transaction<Tables>,
  box: SecretBox,
  project: HookedProject,
  secret: string,
  {set_by_user_id, set_at}: {set_by_user_id: string; set_at: string},
): Promise<void> {
  const row = {sealed: box.seal(secret, secretContext(project)), set_by_user_id, set_at}
  await trx
    .insertInto('github_secrets')
    .values({...project, ...row})
    .onConflict(conflict => conflict.columns(['organization_id', 'project_id']).doUpdateSet(row))
    .execute()
}

/**
 * Searches all organizations for the secret of a project. All searches that arrive while a query is running share the
 * next query, so that many deliveries to unknown projects use only one connection to the database.
 */
export class GithubSecrets {
  readonly #db: Database
  readonly #reads = new SharedReads<Map<string, SealedSecret>>()
  /** The ids of the projects that the next query searches for. */
  #wanted = new Set<string>()

  constructor(db: Database) {
    this.#db = db
  }

  /** Returns undefined when the project does not exist or has no secret. */
  async find(projectId: string): Promise<SealedSecret | undefined> {
    this.#wanted.add(projectId)
    const found = await this.#reads.read('', () => this.#findWanted())
    return found.get(projectId)
  }

  async #findWanted(): Promise<Map<string, SealedSecret>> {
    const ids = [...this.#wanted]
    this.#wanted = new Set()
    const secrets = await this.#db
      .selectFrom('github_secrets')
      .select(['organization_id', 'project_id', 'sealed'])
      .where('project_id', '=', sql<string>`any (${ids}::uuid[])`)
      .execute()
    return new Map(secrets.map(secret => [secret.project_id, secret]))
  }
}

/** Returns the decrypted secret. Throws an error when the secret was encrypted with a different SECRETS_KEY. */
export function openGithubSecret(box: SecretBox, {sealed, ...project}: SealedSecret): string {
  return box.open(sealed, secretContext(project))
}

/**
 * Returns the context that binds an encrypted secret to its project. The secret cannot be decrypted with the context
 * of another project.
 */
export function secretContext({organization_id, project_id}: HookedProject): string {
  return `github_secrets ${organization_id} ${project_id}`
}
