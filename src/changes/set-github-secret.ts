import type {Transaction} from 'kysely'
import type {Caller} from '../board/member.ts'
import type {Database} from '../store/connection.ts'
import {saveGithubSecret} from '../store/github-secrets.ts'
import type {SecretBox} from '../store/secret-box.ts'
import type {Tables} from '../store/tables.ts'
import {type Committed, commitChange, startAction} from './change.ts'
import {shareProject} from './locks.ts'

/**
 * Sets or replaces the secret with which GitHub signs deliveries for the project. Only for admins; appends no event.
 * Throws Problem 'role-insufficient' or 'project-not-found'.
 */
export async function setGithubSecret(
  db: Database,
  box: SecretBox,
  caller: Caller,
  projectId: string,
  secret: string,
): Promise<Committed<null>> {
  const {organization_id, user_id} = caller
  const setSecret = async (trx: Transaction<Tables>) => {
    const project_id = await shareProject(trx, organization_id, projectId)
    const {timestamp} = startAction(caller)
    const set = {set_by_user_id: user_id, set_at: timestamp}
    await saveGithubSecret(trx, box, {organization_id, project_id}, secret, set)
    return {result: null, events: []}
  }
  return commitChange(db, caller, setSecret, 'admin')
}
