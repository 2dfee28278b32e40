/** The changes of the blockers of a task. */
import {sql, type Transaction} from 'kysely'
import {nextVersion} from '../board/alter.ts'
import {type BlockerEdge, blockersFrom, requireFewBlockers, requireNoCycle} from '../board/blocker-rules.ts'
import {Problem} from '../board/problem.ts'
import type {Task, TaskStatus} from '../board/task.ts'
import {anyOf, requireFound, selectProjects, selectTasks} from '../store/resources.ts'
import {runBatch} from '../store/round-trips.ts'
import type {Tables} from '../store/tables.ts'
import {type Change, changeBy, type ExpectedVersions, requireVersion, startAction} from './change.ts'
import {blockersChanged, setBlockers} from './change-blocked-tasks.ts'
import {lockTask} from './locks.ts'

/**
 * Makes another task of the project a blocker of the task. When it is one already, changes nothing. Throws Problem
 * 'task-not-found', 'task-of-another-project', 'version-mismatch', 'blockers-full' or 'blocker-cycle'.
 */
export function addBlocker(taskId: string, blockerId: string, expected?: ExpectedVersions): Change<Task> {
  return changeBy('member', async (trx, caller) => {
    const organizationId = caller.organization_id
    // Two members could otherwise make two blockers at the same time that form a cycle only together.
    const lock = selectProjects(trx, organizationId)
      .where(
        'id',
        '=',
        selectTasks(trx, organizationId).clearSelect().select('project_id').where('id', '=', taskId),
      )
      .forUpdate()
    const both = selectTasks(trx, organizationId)
      .where('id', '=', anyOf([...new Set([taskId, blockerId])]))
      .orderBy('id')
      .forUpdate()
    const found = await runBatch(trx, [lock.compile()], both.compile())
    const [task, blocker] = [taskId, blockerId].map(id =>
      requireFound(
        'task',
        found.find(row => row.id === id),
      ),
    ) as [Task, Task]
    if (blocker.project_id !== task.project_id) throw ofAnotherProject(blocker)
    requireVersion(expected, task.version)
    const known = await readBlockers(trx, organizationId, taskId)
    if (known.some(({id}) => id === blockerId)) return {result: task, events: []}
    requireFewBlockers(known.length, 'blocked')
    requireFewBlockers(await countBlocked(trx, organizationId, blockerId), 'blocker')
    requireNoCycle(task, blocker, await readCycle(trx, organizationId, task, blocker))

    const action = startAction(caller)
    const after = nextVersion({...task, ...blockersFrom([...known, blocker])}, action)
    const {project_id} = task
    return {
      result: after,
      events: [blockersChanged(action, task, after)],
      writes: [
        trx
          .insertInto('task_blockers')
          .values({organization_id: organizationId, project_id, task_id: taskId, blocker_id: blockerId}),
        trx
          .updateTable('tasks')
          .set({may_block: true})
          .where('organization_id', '=', organizationId)
          .where('id', '=', blockerId),
        setBlockers(trx, organizationId, [after]),
      ],
    }
  })
}

/** Throws Problem 'task-not-found', 'version-mismatch' or 'blocker-not-found'. */
export function removeBlocker(taskId: string, blockerId: string, expected?: ExpectedVersions): Change<Task> {
  return changeBy('member', async (trx, caller) => {
    const organizationId = caller.organization_id
    const task = await lockTask(trx, organizationId, taskId)
    requireVersion(expected, task.version)
    const known = await readBlockers(trx, organizationId, taskId)
    const others = known.filter(({id}) => id !== blockerId)
    if (others.length === known.length) {
      throw new Problem('blocker-not-found', 'The task is not blocked by the other task.')
    }
    const action = startAction(caller)
    const after = nextVersion({...task, ...blockersFrom(others)}, action)
    return {
      result: after,
      events: [blockersChanged(action, task, after)],
      writes: [
        trx
          .deleteFrom('task_blockers')
          .where('organization_id', '=', organizationId)
          .where('task_id', '=', taskId)
          .where('blocker_id', '=', blockerId),
        setBlockers(trx, organizationId, [after]),
      ],
    }
  })
}

/** The statuses of the blockers of a locked task cannot change, because such a change locks the blocked tasks too. */
async function readBlockers(
  trx: Transaction<Tables>,
  organizationId: string,
  taskId: string,
): Promise<{id: string; status: TaskStatus}[]> {
  return trx
    .selectFrom('task_blockers as b')
    .innerJoin('tasks as t', join =>
      join.onRef('t.organization_id', '=', 'b.organization_id').onRef('t.id', '=', 'b.blocker_id'),
    )
    .select(['t.id', 't.status'])
    .where('b.organization_id', '=', organizationId)
    .where('b.task_id', '=', taskId)
    .execute()
}

async function countBlocked(
  trx: Transaction<Tables>,
  organizationId: string,
  blockerId: string,
): Promise<number> {
  const {count} = await trx
    .selectFrom('task_blockers')
    .select(sql<number>`count(*)::integer`.as('count'))
    .where('organization_id', '=', organizationId)
    .where('blocker_id', '=', blockerId)
    .executeTakeFirstOrThrow()
  return count
}

/** Returns all edges that can be reached from the blocker. Without a cycle, returns no edge. */
async function readCycle(
  trx: Transaction<Tables>,
  organizationId: string,
  task: Task,
  blocker: Task,
): Promise<BlockerEdge[]> {
  const {rows} = await sql<BlockerEdge>`
    with recursive reached (id) as (
      select ${blocker.id}::uuid
      union
      select b.blocker_id from task_blockers b join reached r on b.task_id = r.id
      where b.organization_id = ${organizationId}
    )
    select b.task_id as "from", b.blocker_id as "to", t.key
    from reached r
    join task_blockers b on b.organization_id = ${organizationId} and b.task_id = r.id
    join tasks t on t.organization_id = b.organization_id and t.id = b.blocker_id
    where exists (select from reached where id = ${task.id})`.execute(trx)
  return rows
}

function ofAnotherProject({project_id}: Task): Problem {
  return new Problem(
    'task-of-another-project',
    'The blocker belongs to another project. Choose a task of the same project.',
    {project_id},
  )
}
