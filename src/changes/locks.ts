/** The rows that changes lock, always in the order project → story → task. */
import type {Transaction} from 'kysely'
import {Problem} from '../board/problem.ts'
import type {Project} from '../board/project.ts'
import type {Story} from '../board/story.ts'
import type {Task} from '../board/task.ts'
import {projectColumns, storyColumns, taskColumns} from '../store/columns.ts'
import type {Tables} from '../store/tables.ts'

/** Throws Problem 'project-not-found' also for a project of another organization. */
export async function lockProject(
  trx: Transaction<Tables>,
  organizationId: string,
  projectId: string,
): Promise<Project> {
  const project = await trx
    .selectFrom('projects')
    .select(projectColumns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', projectId)
    .forUpdate()
    .executeTakeFirst()
  if (!project) throw new Problem('project-not-found', 'There is no such project.')
  return project
}

/** Throws Problem 'story-not-found' also for a story of another organization. */
export async function lockStory(
  trx: Transaction<Tables>,
  organizationId: string,
  storyId: string,
): Promise<Story> {
  const story = await trx
    .selectFrom('stories')
    .select(storyColumns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', storyId)
    .forUpdate()
    .executeTakeFirst()
  if (!story) throw new Problem('story-not-found', 'There is no such story.')
  return story
}

/** Throws Problem 'task-not-found' also for a task of another organization. */
export async function lockTask(
  trx: Transaction<Tables>,
  organizationId: string,
  taskId: string,
): Promise<Task> {
  const task = await trx
    .selectFrom('tasks')
    .select(taskColumns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', taskId)
    .forUpdate()
    .executeTakeFirst()
  if (!task) throw new Problem('task-not-found', 'There is no such task.')
  return task
}
