import {noBlockers} from '../board/blockers.ts'
import {noChecklist} from '../board/checklist.ts'
import {noDiscussion} from '../board/discussion.ts'
import {taskFacts} from '../board/facts.ts'
import {requireLabels, sortLabelIds} from '../board/label-rules.ts'
import {firstRank} from '../board/rank.ts'
import {requireTakesTasks} from '../board/sprint-rules.ts'
import type {NewTask, Task} from '../board/task.ts'
import {type Change, changeBy, firstVersion, startAction} from './change.ts'
import {shareLabels} from './lock-labels.ts'
import {lockStoryForNewTask} from './locks.ts'
import {addedToSprint, addedToStory} from './story-moves.ts'
import {taskBytes} from './text-bytes.ts'

/**
 * Adds a task to a story. The task belongs to the project and the sprint of the story. Throws Problem
 * 'story-not-found', 'label-not-found' or 'sprint-closed'.
 */
export function createTask(storyId: string, input: NewTask): Change<Task> {
  return changeBy('member', async (trx, caller) => {
    const label_ids = sortLabelIds(input.label_ids)
    const labels = await shareLabels(trx, caller.organization_id, label_ids)
    const {story, sprint, number, key} = await lockStoryForNewTask(trx, caller.organization_id, storyId)
    requireTakesTasks(sprint)
    requireLabels(labels, label_ids, story.project_id)
    const action = startAction(caller)
    const first = firstVersion(action)
    const task: Task = {
      ...first,
      project_id: story.project_id,
      sprint_id: story.sprint_id,
      story_id: story.id,
      number,
      key,
      ...input,
      label_ids,
      ...noBlockers,
      links: [],
      ...noChecklist,
      has_description: input.description !== '',
      ...noDiscussion,
      rank: firstRank(first.id),
      status: 'available',
      owner_user_id: null,
      created_by_user_id: caller.user_id,
      owned_at: null,
      completed_at: null,
    }
    const insert = trx.insertInto('tasks').values({
      organization_id: caller.organization_id,
      ...task,
      checklist: JSON.stringify(task.checklist),
      links: JSON.stringify(task.links),
    })
    const event = {type: 'task.created', ...taskFacts(task, action), task} as const
    return {
      result: task,
      events: [{event}],
      writes: [insert],
      textBytes: taskBytes(task),
      counted: [...addedToStory(1, story.id), ...addedToSprint(1, story.sprint_id)],
      description: task.description,
    }
  })
}
