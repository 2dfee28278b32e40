import {nextVersion} from '../board/alter.ts'
import {taskFacts} from '../board/facts.ts'
import type {Task, TaskPlace} from '../board/task.ts'
import type {NewEvent} from '../store/event-log.ts'
import {anyOf, requireFound, selectTasks} from '../store/resources.ts'
import {type Change, changeBy, type ExpectedVersions, requireVersion, startAction} from './change.ts'
import {lockPlace} from './lock-place.ts'
import {mapInTurns} from './map-in-turns.ts'
import {setRanks} from './set-ranks.ts'
import {taskAudience} from './task-audience.ts'

/**
 * Moves the task directly after or before another task of its project. Only the order changes: the task stays in its
 * story. Throws Problem 'task-not-found', 'version-mismatch' or 'task-of-another-project'.
 */
export function rankTask(taskId: string, place: TaskPlace, expected?: ExpectedVersions): Change<Task> {
  return changeBy('member', async (trx, caller) => {
    const organizationId = caller.organization_id
    const [side, neighbourId] =
      'after_task_id' in place
        ? (['after', place.after_task_id] as const)
        : (['before', place.before_task_id] as const)
    const ranks = await lockPlace(trx, organizationId, 'task', taskId, {side, neighbourId})
    const needed = [taskId, ...(neighbourId ? [neighbourId] : [])]
    const locked = await selectTasks(trx, organizationId)
      .where('id', '=', anyOf([...new Set([...needed, ...ranks.keys()])]))
      .orderBy('id')
      .forUpdate()
      .execute()
    const found = new Map(locked.map(task => [task.id, task]))
    // A task can be deleted until its row is locked.
    for (const id of needed) requireFound('task', found.get(id))
    const before = found.get(taskId)!
    requireVersion(expected, before.version)
    if (ranks.size === 0) return {result: before, events: []}

    const action = startAction(caller)
    const moved = [...ranks].flatMap(([id, rank]) => {
      const task = found.get(id)
      return task ? [nextVersion({...task, rank}, action)] : []
    })
    return {
      result: moved.find(({id}) => id === taskId) ?? before,
      events: await mapInTurns(moved, (task): NewEvent => {
        const event = {type: 'task.ranked', ...taskFacts(task, action), rank: task.rank} as const
        return {event, ...taskAudience(action, task)}
      }),
      writes: [setRanks(trx, organizationId, 'tasks', moved, action)],
    }
  })
}
