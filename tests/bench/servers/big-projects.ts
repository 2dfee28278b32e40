/** Creates projects with many tasks. */
import {sql} from 'kysely'
import {newProjectSchema} from '../../../src/board/project.ts'
import {newSprintSchema} from '../../../src/board/sprint.ts'
import {newStorySchema} from '../../../src/board/story.ts'
import type {Change} from '../../../src/changes/change.ts'
import {commitChange} from '../../../src/changes/commit-change.ts'
import {createProject} from '../../../src/changes/create-project.ts'
import {createSprint} from '../../../src/changes/create-sprint.ts'
import {createStory} from '../../../src/changes/create-story.ts'
import type {RunningApp} from './app.ts'
import {organization} from './organization.ts'

export interface BigProjectRequest {
  stories: number
  tasksPerStory: number
}

/** A project with two sprints. All stories of the project are in the first sprint. */
export interface BigProject {
  projectId: string
  /** The id of one of the stories. */
  storyId: string
  nextSprintId: string
}

/** Creates a project with available tasks. The member `planner` is the creator of the project. */
export async function makeBigProject(
  {db, identity, tokenFor}: RunningApp,
  request: BigProjectRequest,
): Promise<BigProject> {
  const {caller} = await identity.authenticate({token: await tokenFor('planner', organization)})
  const make = async <T>(change: Change<T>) => (await commitChange(db, caller, change)).result

  const project = await make(createProject(newProjectSchema.parse({name: 'Lighthouse'})))
  const newSprints = ['Sprint 1', 'Sprint 2'].map(name => newSprintSchema.parse({name}))
  const sprint = await make(createSprint(project.id, newSprints[0]!))
  const nextSprint = await make(createSprint(project.id, newSprints[1]!))
  const newStory = newStorySchema.parse({title: 'Light the lamp', sprint_id: sprint.id})
  const stories = []
  for (let count = 0; count < request.stories; count++) {
    stories.push(await make(createStory(project.id, newStory)))
  }
  await sql`
    insert into tasks (
      organization_id, id, project_id, sprint_id, story_id, title, description, status, created_by_user_id,
      acceptance_criteria_refs, version, created_at, updated_at, number, key
    )
    select organization_id, gen_random_uuid(), project_id, sprint_id, id, 'Polish lens ' || n,
      'Until the light is visible from the harbour.', 'available', ${caller.user_id}, '{}', 1, now(), now(),
      1000000 + row_number() over (), ${project.key} || '-' || 1000000 + row_number() over ()
    from stories, generate_series(1, ${request.tasksPerStory}::integer) n
    where organization_id = ${caller.organization_id} and project_id = ${project.id}`.execute(db)

  return {projectId: project.id, storyId: stories[0]!.id, nextSprintId: nextSprint.id}
}
