import type {Compilable, Transaction} from 'kysely'
import {nextVersion} from '../board/alter.ts'
import {storyFacts} from '../board/facts.ts'
import type {Action} from '../board/member.ts'
import type {Story} from '../board/story.ts'
import type {BoardTask} from '../board/task.ts'
import {requireDeletable} from '../board/task-rules.ts'
import type {NewEvent} from '../store/event-log.ts'
import {readTaskBytes} from '../store/quotas.ts'
import {anyOf} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {
  type Change,
  changeBy,
  type Effects,
  type ExpectedVersions,
  requireVersion,
  startAction,
} from './change.ts'
import {changeBlockedTasks} from './change-blocked-tasks.ts'
import {taskDeletion} from './delete-task.ts'
import {lockBoardTasksAndBlocked} from './lock-blocked.ts'
import {lockStory} from './locks.ts'
import {mapInTurns} from './map-in-turns.ts'
import {storyBytes, sumOf} from './text-bytes.ts'

/**
 * Deletes the story with its tasks. Throws Problem 'story-not-found' or 'version-mismatch'. Throws Problem
 * 'not-the-creator-or-owner' when the caller lacks the right to delete one or more of the tasks.
 */
export function deleteStory(storyId: string, expected?: ExpectedVersions): Change<null> {
  return changeBy('member', async (trx, caller) => {
    const story = await lockStory(trx, caller.organization_id, storyId)
    requireVersion(expected, story.version)
    const {tasks, mayBlock} = await lockBoardTasksAndBlocked(trx, caller.organization_id, [story])
    requireDeletable(tasks, caller)
    const action = startAction(caller)
    const ids = tasks.map(({id}) => id)
    const blocked = mayBlock ? await changeBlockedTasks(trx, action, ids, 'deleted') : undefined
    const deletions = await storyDeletions(trx, action, [story], tasks)
    return {
      ...deletions,
      result: null,
      events: [...deletions.events, ...(blocked?.events ?? [])],
      writes: [...(blocked?.writes ?? []), ...deletions.writes],
    }
  })
}

/**
 * Returns the effects that delete the stories and all their tasks. The rows of the stories and tasks must already be
 * locked. The events of the tasks precede the events of the stories.
 */
export async function storyDeletions(
  trx: Transaction<Tables>,
  action: Action,
  stories: readonly Story[],
  tasks: readonly BoardTask[],
): Promise<Effects> {
  if (stories.length === 0) return {events: [], writes: []}
  const organizationId = action.caller.organization_id
  const ids = stories.map(({id}) => id)
  const taskIds = tasks.map(({id}) => id)
  const bytesOfTasks = await readTaskBytes(trx, organizationId, taskIds)
  const storyEvents = stories
    .map(story => nextVersion(story, action))
    .map((story): NewEvent => ({event: {type: 'story.deleted', ...storyFacts(story, action), story}}))
  return {
    events: [...(await mapInTurns(tasks, task => taskDeletion(action, task))), ...storyEvents],
    writes: [
      ...deletionsOf(trx, organizationId, taskIds),
      trx.deleteFrom('stories').where('organization_id', '=', organizationId).where('id', '=', anyOf(ids)),
    ],
    textBytes: -(sumOf(stories, storyBytes) + bytesOfTasks),
  }
}

// Each task also deletes its comments, its blockers, its history and its words of the search. A statement for all tasks of a
// project with 100,000 tasks would exceed the time limit of a statement.
const tasksPerStatement = 2_000

function deletionsOf(
  trx: Transaction<Tables>,
  organizationId: string,
  taskIds: readonly string[],
): Compilable[] {
  const starts = Array.from(
    {length: Math.ceil(taskIds.length / tasksPerStatement)},
    (_, n) => n * tasksPerStatement,
  )
  return starts.map(start =>
    trx
      .deleteFrom('tasks')
      .where('organization_id', '=', organizationId)
      .where('id', '=', anyOf(taskIds.slice(start, start + tasksPerStatement))),
  )
}
