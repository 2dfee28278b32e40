/** What take, release, status and edit share: lock the task, decide by a rule of `board/task-rules.ts`, write. */
import type {Transaction} from 'kysely'
import type {Act, Caller} from '../board/member.ts'
import type {Task} from '../board/task.ts'
import type {TaskOutcome} from '../board/task-rules.ts'
import type {Database} from '../store/connection.ts'
import type {Tables} from '../store/tables.ts'
import {type Committed, commitChange, type ExpectedVersions, requireVersion} from './change.ts'
import {lockTask} from './locks.ts'

/** Throws Problem 'task-not-found', 'version-mismatch', and whatever the rule refuses. */
export async function alterTask(
  db: Database,
  by: Caller,
  taskId: string,
  expected: ExpectedVersions,
  decide: (task: Task, act: Act, trx: Transaction<Tables>) => TaskOutcome | Promise<TaskOutcome>,
): Promise<Committed<Task>> {
  return commitChange(db, by, async (trx, act) => {
    const before = await lockTask(trx, by.organization_id, taskId)
    requireVersion(expected, before.version)
    const {task: after, events} = await decide(before, act, trx)
    const concern = concernOf(act, before, after)
    return {
      result: after,
      events: events.map(event => ({event, ...concern})),
      writes: events.length > 0 ? [updateTask(trx, by.organization_id, after)] : [],
    }
  })
}

/** Whom a change of a task concerns: the owner, the previous owner and the creator; never the actor. */
export function concernOf(act: Act, before: Task, after: Task = before) {
  const owners = membersOf([before.owner_user_id, after.owner_user_id])
  const recipients = membersOf([...owners, after.created_by_user_id]).filter(id => id !== act.by.user_id)
  return {recipients, task: {title: after.title, owners}}
}

function membersOf(ids: readonly (string | null)[]): string[] {
  return [...new Set(ids)].filter(id => id !== null)
}

function updateTask(trx: Transaction<Tables>, organizationId: string, task: Task) {
  const {id, project_id, story_id, created_by_user_id, created_at, ...alterable} = task
  return trx
    .updateTable('tasks')
    .set(alterable)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
}
