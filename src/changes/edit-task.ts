import type {Task, TaskEdit} from '../board/task.ts'
import {edit, moveToStory} from '../board/task-rules.ts'
import {type Change, changeBy, type ExpectedVersions} from './change.ts'
import {changeTask, lockAndChangeTask} from './change-task.ts'
import {lockStory} from './locks.ts'
import {addedToSprint, addedToStory} from './story-moves.ts'

/**
 * Replaces the given fields. A member can edit every task, even if another member owns the task. A different `story_id`
 * moves the task to another story of its project. Throws Problem 'story-not-found' or 'story-of-another-project'.
 */
export function editTask(
  taskId: string,
  {story_id, ...fields}: TaskEdit,
  expected?: ExpectedVersions,
): Change<Task> {
  if (story_id !== undefined) return moveTask(taskId, story_id, fields, expected)
  return changeTask(taskId, expected, (task, action) => edit(task, fields, action))
}

/**
 * Only the new story is locked, so that it is not deleted and stays in its sprint. A change that deletes or moves the old
 * story waits for the task, and then no longer finds the task in the old story.
 */
function moveTask(
  taskId: string,
  storyId: string,
  fields: TaskEdit,
  expected: ExpectedVersions,
): Change<Task> {
  return changeBy('member', async (trx, caller) => {
    const story = await lockStory(trx, caller.organization_id, storyId)
    const outcome = await lockAndChangeTask(trx, caller, taskId, expected, (task, action) =>
      moveToStory(task, story, fields, action),
    )
    const moved = outcome.events.map(({event}) => event).find(event => event.type === 'task.moved')
    if (!moved) return outcome
    const joinsSprint = moved.from_sprint_id !== moved.to_sprint_id
    const counted = [...addedToStory(1, story.id), ...addedToSprint(joinsSprint ? 1 : 0, story.sprint_id)]
    return {...outcome, counted}
  })
}
