import {saveGithubSecret} from '../store/github-secrets.ts'
import type {SecretBox} from '../store/secret-box.ts'
import {type Change, changeBy, startAction} from './change.ts'
import {shareProject} from './locks.ts'

/**
 * Sets or replaces the secret with which GitHub signs deliveries for the project. Only admins may set a secret. No
 * event is appended. Throws Problem 'role-insufficient' or 'project-not-found'.
 */
export function setGithubSecret(box: SecretBox, projectId: string, secret: string): Change<null> {
  return changeBy('admin', async (trx, caller) => {
    const {organization_id, user_id} = caller
    const project_id = await shareProject(trx, organization_id, projectId)
    const {timestamp} = startAction(caller)
    const set = {set_by_user_id: user_id, set_at: timestamp}
    await saveGithubSecret(trx, box, {organization_id, project_id}, secret, set)
    return {result: null, events: []}
  })
}
