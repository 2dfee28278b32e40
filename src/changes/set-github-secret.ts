import type {Caller} from '../board/member.ts'
import type {Database} from '../store/connection.ts'
import {saveGithubSecret} from '../store/github-secrets.ts'
import {requireRow, selectProjects} from '../store/resources.ts'
import type {SecretBox} from '../store/secret-box.ts'
import {type Committed, commitChange} from './change.ts'

/**
 * The secret that GitHub signs the project's deliveries with, instead of the one before; for admins. Nobody is told:
 * there is no event. Throws Problem 'role-insufficient' or 'project-not-found'.
 */
export async function setGithubSecret(
  db: Database,
  box: SecretBox,
  by: Caller,
  projectId: string,
  secret: string,
): Promise<Committed<null>> {
  const {organization_id, user_id} = by
  return commitChange(
    db,
    by,
    async (trx, act) => {
      const projects = selectProjects(trx, organization_id).forKeyShare()
      const {id: project_id} = await requireRow('project', projects, projectId)
      const set = {set_by_user_id: user_id, set_at: act.at}
      await saveGithubSecret(trx, box, {organization_id, project_id}, secret, set)
      return {result: null, events: []}
    },
    'admin',
  )
}
