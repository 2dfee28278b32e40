import {taskFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import type {NewTask, Task} from '../board/task.ts'
import type {Database} from '../store/connection.ts'
import {type Committed, commitChange, firstVersion} from './change.ts'
import {lockStory} from './locks.ts'

/** Adds a task to a story, in the story's project and sprint. Throws Problem 'story-not-found'. */
export async function createTask(
  db: Database,
  by: Caller,
  storyId: string,
  input: NewTask,
): Promise<Committed<Task>> {
  return commitChange(db, by, async (trx, act) => {
    const story = await lockStory(trx, by.organization_id, storyId)
    const task: Task = {
      ...firstVersion(act),
      project_id: story.project_id,
      sprint_id: story.sprint_id,
      story_id: story.id,
      ...input,
      status: 'available',
      owner_user_id: null,
      created_by_user_id: by.user_id,
      owned_at: null,
      completed_at: null,
    }
    const insert = trx.insertInto('tasks').values({organization_id: by.organization_id, ...task})
    const event = {type: 'task.created', ...taskFacts(task, act), task} as const
    return {result: task, events: [{event}], writes: [insert]}
  })
}
