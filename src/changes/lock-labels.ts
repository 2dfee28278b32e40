import type {Transaction} from 'kysely'
import type {Label} from '../board/label.ts'
import {anyOf, requireRow, selectLabels, selectProjects} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'

/**
 * Takes shared locks on the labels, and returns those that exist. Until the transaction ends, no other transaction can
 * delete them. Call this function before other locks: a change that deletes a label locks the label first, and then the
 * tasks that have the label.
 */
export async function shareLabels(
  trx: Transaction<Tables>,
  organizationId: string,
  ids: readonly string[] | undefined,
): Promise<Label[]> {
  if (!ids?.length) return []
  return selectLabels(trx, organizationId).where('id', '=', anyOf(ids)).orderBy('id').forKeyShare().execute()
}

/**
 * Locks the project, so that no other transaction can change the names of its labels, and returns the labels. Throws
 * Problem 'project-not-found'.
 */
export async function lockLabelNames(
  trx: Transaction<Tables>,
  organizationId: string,
  projectId: string,
): Promise<Label[]> {
  await requireRow('project', selectProjects(trx, organizationId).forUpdate(), projectId)
  return selectLabels(trx, organizationId).where('project_id', '=', projectId).orderBy('id').execute()
}
