import {requireLabels, sortLabelIds} from '../board/label-rules.ts'
import type {Action} from '../board/member.ts'
import {requireTakesTasks} from '../board/sprint-rules.ts'
import type {Story} from '../board/story.ts'
import type {Task, TaskEdit} from '../board/task.ts'
import {edit, moveToStory, type TaskOutcome} from '../board/task-rules.ts'
import type {NewEvent} from '../store/event-log.ts'
import type {CountedRows} from '../store/quotas.ts'
import {type Change, changeBy, type ExpectedVersions} from './change.ts'
import {lockAndChangeTask} from './change-task.ts'
import {shareLabels} from './lock-labels.ts'
import {lockTargetStory, type TargetStory} from './locks.ts'
import {addedToSprint, addedToStory} from './story-moves.ts'

/**
 * Replaces the given fields. A member can edit every task, even if another member owns the task. A different `story_id`
 * moves the task to another story of its project. Throws Problem 'label-not-found', 'story-not-found',
 * 'story-of-another-project' or 'sprint-closed'.
 */
export function editTask(
  taskId: string,
  {story_id, label_ids, ...others}: TaskEdit,
  expected?: ExpectedVersions,
): Change<Task> {
  const fields = label_ids ? {...others, label_ids: sortLabelIds(label_ids)} : others
  return changeBy('member', async (trx, caller) => {
    const labels = await shareLabels(trx, caller.organization_id, label_ids)
    // When the task moves, only the new story is locked, so that it is not deleted and stays in its sprint. A change that
    // deletes or moves the old story waits for the task, and then no longer finds the task in the old story.
    const target =
      story_id === undefined ? undefined : await lockTargetStory(trx, caller.organization_id, story_id)
    const outcome = await lockAndChangeTask(trx, caller, taskId, expected, (task, action) => {
      requireLabels(labels, label_ids ?? [], task.project_id)
      return target ? moveTo(task, target, fields, action) : edit(task, fields, action)
    })
    return target ? {...outcome, counted: addedTo(target.story, outcome.events)} : outcome
  })
}

/** Like `moveToStory`. Throws Problem 'sprint-closed' when the task would join a closed sprint. */
export function moveTo(
  task: Task,
  {story, sprint}: TargetStory,
  fields: TaskEdit,
  action: Action,
): TaskOutcome {
  const outcome = moveToStory(task, story, fields, action)
  if (story.sprint_id !== task.sprint_id) requireTakesTasks(sprint)
  return outcome
}

/** Returns the rows to count for quotas when tasks have moved to the story. */
export function addedTo(story: Story, events: readonly NewEvent[]): CountedRows[] {
  const moves = events.map(({event}) => event).filter(event => event.type === 'task.moved')
  const joining = moves.filter(({from_sprint_id, to_sprint_id}) => from_sprint_id !== to_sprint_id)
  if (moves.length === 0) return []
  return [...addedToStory(moves.length, story.id), ...addedToSprint(joining.length, story.sprint_id)]
}
