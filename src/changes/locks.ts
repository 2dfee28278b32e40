/**
 * Row locks. A change locks rows in the order label, project, story, task, escalation. A change that creates a project
 * locks the organization before, and a change that creates a task locks the task numbers of the project after.
 *
 * The lock of a project also protects its sprints: every change that creates, edits or deletes a sprint, or moves a
 * story into a sprint, locks the project first. Only `store/sprint-days.ts` shares rows of sprints without the lock of
 * the project, one at a time; the row of a sprint is locked before the rows of its days. The lock also protects the
 * order of its stories and tasks: every change of a rank locks the project, and every change that creates a story or
 * task locks or shares the project. The lock also protects the blockers from cycles: every change that adds a blocker
 * locks the project.
 *
 * Several tasks are locked in ascending order of their ids. A change that closes, reopens or deletes a task locks the tasks
 * that it blocks together with the task.
 */
import {sql, type Transaction} from 'kysely'
import type {Project} from '../board/project.ts'
import type {Sprint} from '../board/sprint.ts'
import type {Story} from '../board/story.ts'
import type {BoardTask, Task} from '../board/task.ts'
import {
  anyOf,
  requireFound,
  requireRow,
  selectBoardTasks,
  selectProjects,
  selectSprints,
  selectStories,
  selectTasks,
} from '../store/resources.ts'
import {runBatch} from '../store/round-trips.ts'
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
 * Takes a shared lock on the project and returns the id of the project. Until the transaction ends, other transactions
 * can edit the project, but they cannot delete the project. Throws Problem 'project-not-found'.
 */
export async function shareProject(
  trx: Transaction<Tables>,
  organizationId: string,
  projectId: string,
): Promise<string> {
  const projects = selectProjects(trx, organizationId).forKeyShare()
  return (await requireRow('project', projects, projectId)).id
}

/**
 * Locks the project of the sprint. The row of the sprint is not locked, because this lock could cause a deadlock. A
 * change that inserts a task locks the story first, and Postgres then locks the sprint to check the foreign key. If
 * another change locked the sprint first and then the story, the two changes could deadlock. Throws Problem
 * 'sprint-not-found'.
 */
export async function lockSprint(
  trx: Transaction<Tables>,
  organizationId: string,
  sprintId: string,
): Promise<Sprint> {
  const sprints = selectSprints(trx, organizationId)
  const {project_id} = await requireRow('sprint', sprints, sprintId)
  await selectProjects(trx, organizationId).where('id', '=', project_id).forUpdate().execute()
  // Read the sprint again, because the sprint may have changed before the project was locked.
  return requireRow('sprint', sprints, sprintId)
}

/** Locks the story's project, and then the story. Throws Problem 'story-not-found'. */
export async function lockStoryWithProject(
  trx: Transaction<Tables>,
  organizationId: string,
  storyId: string,
): Promise<Story> {
  const {project_id} = await requireRow('story', selectStories(trx, organizationId), storyId)
  await selectProjects(trx, organizationId).where('id', '=', project_id).forUpdate().execute()
  return lockStory(trx, organizationId, storyId)
}

/** Locks the stories of a project or a sprint, and returns them in ascending order of their ids. */
export async function lockStories(
  trx: Transaction<Tables>,
  organizationId: string,
  parent: {project_id: string} | {sprint_id: string},
): Promise<Story[]> {
  const stories = selectStories(trx, organizationId)
  const ofParent =
    'project_id' in parent
      ? stories.where('project_id', '=', parent.project_id)
      : stories.where('sprint_id', '=', parent.sprint_id)
  return ofParent.orderBy('id').forUpdate().execute()
}

/** Locks all tasks of locked stories, and returns them in ascending order of their ids. */
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

/** Like `lockTasksOf`, but reads no descriptions, because thousands of descriptions can have 100 MB. */
export async function lockBoardTasksOf(
  trx: Transaction<Tables>,
  organizationId: string,
  stories: readonly Story[],
): Promise<BoardTask[]> {
  if (stories.length === 0) return []
  const ids = stories.map(({id}) => id)
  return selectBoardTasks(trx, organizationId)
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

/** A locked story that takes tasks, and its sprint. Until the transaction ends, no other change closes the sprint. */
export interface TargetStory {
  story: Story
  sprint: Pick<Sprint, 'id' | 'name' | 'status'> | null
}

/** Throws Problem 'story-not-found'. */
export async function lockTargetStory(
  trx: Transaction<Tables>,
  organizationId: string,
  storyId: string,
): Promise<TargetStory> {
  const story = selectStories(trx, organizationId).where('id', '=', storyId)
  // A change that closes a sprint locks its stories before. The second statement sees what this change has committed.
  const withSprint = sql<StoryRow>`select s.*, ${sprintOfStory(organizationId)} from (${story}) s`
  const [row] = await runBatch(trx, [story.forUpdate().compile()], withSprint.compile(trx))
  const {sprint, ...rest} = requireFound('story', row)
  return {story: rest, sprint}
}

type StoryRow = Story & Pick<TargetStory, 'sprint'>

function sprintOfStory(organizationId: string) {
  return sql`(
    select json_build_object('id', id, 'name', name, 'status', status) from sprints
    where organization_id = ${organizationId} and id = s.sprint_id
  ) as sprint`
}

/** The locked story of a new task, and the number and the key of the task. */
export interface NewTaskPlace extends TargetStory {
  number: number
  key: string
}

/**
 * Takes a shared lock on the story's project, locks the story, and allots the number of a new task. Until the transaction
 * ends, no other transaction can change the order of the project's tasks or create a task in the project. Throws Problem
 * 'story-not-found'.
 */
export async function lockStoryForNewTask(
  trx: Transaction<Tables>,
  organizationId: string,
  storyId: string,
): Promise<NewTaskPlace> {
  const stories = selectStories(trx, organizationId).where('id', '=', storyId)
  const share = selectProjects(trx, organizationId)
    .where('id', '=', stories.clearSelect().select('project_id'))
    .forKeyShare()
  // The number is allotted after all other locks, because other new tasks of the project wait for it.
  const numbered = sql<StoryRow & {number: number; project_key: string}>`
    select s.*, ${sprintOfStory(organizationId)}, next_task_number(${organizationId}, s.project_id) as number,
      (select key from projects where organization_id = ${organizationId} and id = s.project_id) as project_key
    from (${stories.forUpdate()}) s`
  const [row] = await runBatch(trx, [share.compile()], numbered.compile(trx))
  const {number, project_key, sprint, ...story} = requireFound('story', row)
  return {story, sprint, number, key: `${project_key}-${number}`}
}

/** Throws Problem 'task-not-found'. */
export async function lockTask(
  trx: Transaction<Tables>,
  organizationId: string,
  taskId: string,
): Promise<Task> {
  return requireRow('task', selectTasks(trx, organizationId).forUpdate(), taskId)
}

/** Returns undefined when `taskId` is null, and when the task was deleted. */
export async function lockTaskIfPresent(
  trx: Transaction<Tables>,
  organizationId: string,
  taskId: string | null,
): Promise<Task | undefined> {
  if (!taskId) return undefined
  return selectTasks(trx, organizationId).where('id', '=', taskId).forUpdate().executeTakeFirst()
}
