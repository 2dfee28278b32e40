import {sql, type Transaction} from 'kysely'
import type {Discussion} from '../board/discussion.ts'
import type {BoardTask} from '../board/task.ts'
import type {Tables} from '../store/tables.ts'

/**
 * Counts the comments and the open questions of a locked task. The counts in the row of the task can be wrong, because
 * processes of an earlier version, which run during a rolling update, do not change them.
 */
export async function readDiscussion(
  trx: Transaction<Tables>,
  organizationId: string,
  {id, discussion_version}: BoardTask,
): Promise<Discussion> {
  const {rows} = await sql<Pick<Discussion, 'comment_count' | 'open_question_count'>>`
    select
      (select count(*) from comments where organization_id = ${organizationId} and task_id = ${id})::int
        as comment_count,
      (select count(*) from escalations
        where organization_id = ${organizationId} and task_id = ${id} and status = 'open')::int
        as open_question_count`.execute(trx)
  return {...rows[0]!, discussion_version}
}
