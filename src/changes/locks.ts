/**
 * The rows that changes lock, always in the order project → story → task. A project's lock covers its
 * sprints: who adds, alters or deletes a sprint, or puts a story into one, locks the project first.
 */
import type {Transaction} from 'kysely'
import type {Project} from '../board/project.ts'
import type {Story} from '../board/story.ts'
import type {Task} from '../board/task.ts'
import {requireRow, selectProjects, selectStories, selectTasks} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'

/** Throws Problem 'project-not-found'. */
export async function lockProject(
  trx: Transaction<Tables>,
  organizationId: string,
  projectId: string,
): Promise<Project> {
  return requireRow('project', selectProjects(trx, organizationId).forUpdate(), projectId)
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
