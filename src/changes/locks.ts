/**
 * The rows that changes lock, always in the order project → story → task. A project's lock covers its
 * sprints: who adds, alters or deletes a sprint, or puts a story into one, locks the project first.
 */
import type {Transaction} from 'kysely'
import type {Project} from '../board/project.ts'
import type {Sprint} from '../board/sprint.ts'
import type {Story} from '../board/story.ts'
import type {Task} from '../board/task.ts'
import {
  anyOf,
  requireRow,
  selectProjects,
  selectSprints,
  selectStories,
  selectTasks,
} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'

/** Throws Problem 'project-not-found'. */
export async function lockProject(
  trx: Transaction<Tables>,
  organizationId: string,
  projectId: string,
): Promise<Project> {
  return requireRow('project', selectProjects(trx, organizationId).forUpdate(), projectId)
}

/**
 * Locks the sprint's project, which covers it. Its own row is not locked: the foreign key of a new task waits for that,
 * when its story is locked already. Throws Problem 'sprint-not-found'.
 */
export async function lockSprint(
  trx: Transaction<Tables>,
  organizationId: string,
  sprintId: string,
): Promise<Sprint> {
  const sprints = selectSprints(trx, organizationId)
  const {project_id} = await requireRow('sprint', sprints, sprintId)
  await selectProjects(trx, organizationId).where('id', '=', project_id).forUpdate().execute()
  // Again, for until the project was locked anything could happen to it.
  return requireRow('sprint', sprints, sprintId)
}

/** Locks the story's project, which covers its sprints, then the story. Throws Problem 'story-not-found'. */
export async function lockStoryWithProject(
  trx: Transaction<Tables>,
  organizationId: string,
  storyId: string,
): Promise<Story> {
  const {project_id} = await requireRow('story', selectStories(trx, organizationId), storyId)
  await selectProjects(trx, organizationId).where('id', '=', project_id).forUpdate().execute()
  return lockStory(trx, organizationId, storyId)
}

/** The tasks of stories that are locked, ascending by id. */
export async function lockTasksOf(
  trx: Transaction<Tables>,
  organizationId: string,
  stories: readonly Story[],
): Promise<Task[]> {
  if (stories.length === 0) return []
  const ids = stories.map(({id}) => id)
  return selectTasks(trx, organizationId)
    .where('story_id', '=', anyOf(ids))
    .orderBy('id')
    .forUpdate()
    .execute()
}

/** Throws Problem 'story-not-found'. */
export async function lockStory(
  trx: Transaction<Tables>,
  organizationId: string,
  storyId: string,
): Promise<Story> {
  return requireRow('story', selectStories(trx, organizationId).forUpdate(), storyId)
}

/** Throws Problem 'task-not-found'. */
export async function lockTask(
  trx: Transaction<Tables>,
  organizationId: string,
  taskId: string,
): Promise<Task> {
  return requireRow('task', selectTasks(trx, organizationId).forUpdate(), taskId)
}
