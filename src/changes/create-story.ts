import type {Transaction} from 'kysely'
import type {BoardEvent} from '../board/events.ts'
import type {Caller} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Project} from '../board/project.ts'
import type {NewStory, Story} from '../board/story.ts'
import type {Database} from '../store/connection.ts'
import {requireRow, selectSprints} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {type Committed, commitChange, firstVersion} from './change.ts'
import {lockProject} from './locks.ts'

/** Throws Problem 'project-not-found', 'sprint-not-found' or 'sprint-of-another-project'. */
export async function createStory(
  db: Database,
  by: Caller,
  projectId: string,
  input: NewStory,
): Promise<Committed<Story>> {
  return commitChange(db, by, async (trx, act) => {
    const project = await lockProject(trx, by.organization_id, projectId)
    if (input.sprint_id) await requireSprint(trx, by.organization_id, project, input.sprint_id)
    const story: Story = {...firstVersion(act), project_id: project.id, ...input, status: 'draft'}
    await trx
      .insertInto('stories')
      .values({organization_id: by.organization_id, ...story})
      .execute()
    const event: BoardEvent = {
      type: 'story.created',
      timestamp: act.at,
      actor_user_id: by.user_id,
      project_id: project.id,
      ...(story.sprint_id && {sprint_id: story.sprint_id}),
      story_id: story.id,
      version: story.version,
      story,
    }
    return {result: story, events: [{event}]}
  })
}

async function requireSprint(
  trx: Transaction<Tables>,
  organizationId: string,
  project: Project,
  sprintId: string,
): Promise<void> {
  const sprint = await requireRow('sprint', selectSprints(trx, organizationId), sprintId)
  if (sprint.project_id === project.id) return
  throw new Problem(
    'sprint-of-another-project',
    'This sprint belongs to another project; choose one of the story’s own.',
    {project_id: sprint.project_id},
  )
}
