/** Statements that update or delete rows of an organization. */
import type {Compilable, Transaction, Updateable} from 'kysely'
import type {Tables} from '../store/tables.ts'

type Table =
  | 'projects'
  | 'labels'
  | 'sprints'
  | 'stories'
  | 'tasks'
  | 'comments'
  | 'escalations'
  | 'notifications'
  | 'members'
  | 'api_keys'

export function updateRow<T extends Table>(
  trx: Transaction<Tables>,
  table: T,
  organizationId: string,
  id: string,
  fields: Updateable<Tables[T]>,
): Compilable {
  return trx
    .updateTable<Table>(table)
    .set(fields as object)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
}

export function deleteRow(
  trx: Transaction<Tables>,
  table: Table,
  organizationId: string,
  id: string,
): Compilable {
  return trx.deleteFrom<Table>(table).where('organization_id', '=', organizationId).where('id', '=', id)
}

/** Replaces the beginning of the comment in all its notifications. Null removes it. */
export function updateNotifiedText(
  trx: Transaction<Tables>,
  organizationId: string,
  commentId: string,
  text: string | null,
): Compilable {
  return trx
    .updateTable('notifications')
    .set({text})
    .where('organization_id', '=', organizationId)
    .where('comment_id', '=', commentId)
}
