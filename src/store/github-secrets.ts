/** The secret that a project shares with GitHub. */
import type {Transaction} from 'kysely'
import type {Database} from './connection.ts'
import type {SecretBox} from './secret-box.ts'
import type {Tables} from './tables.ts'

export interface HookedProject {
  organization_id: string
  project_id: string
}

export interface SealedSecret extends HookedProject {
  sealed: Buffer
}

/** Keeps it, instead of the one before if there was one. The project must exist. */
export async function keepGithubSecret(
  trx: Transaction<Tables>,
  box: SecretBox,
  project: HookedProject,
  secret: string,
  {set_by_user_id, set_at}: {set_by_user_id: string; set_at: string},
): Promise<void> {
  const kept = {sealed: box.seal(secret, placeOf(project)), set_by_user_id, set_at}
  await trx
    .insertInto('github_secrets')
    .values({...project, ...kept})
    .onConflict(conflict => conflict.columns(['organization_id', 'project_id']).doUpdateSet(kept))
    .execute()
}

/** The secret of a project of any organization; undefined when there is no such project or it has none. */
export async function findGithubSecret(db: Database, projectId: string): Promise<SealedSecret | undefined> {
  return db
    .selectFrom('github_secrets')
    .select(['organization_id', 'project_id', 'sealed'])
    .where('project_id', '=', projectId)
    .executeTakeFirst()
}

/** Throws when it was sealed with another SECRETS_KEY. */
export function openGithubSecret(box: SecretBox, {sealed, ...project}: SealedSecret): string {
  return box.open(sealed, placeOf(project))
}

export function placeOf({organization_id, project_id}: HookedProject): string {
  return `github_secrets ${organization_id} ${project_id}`
}
