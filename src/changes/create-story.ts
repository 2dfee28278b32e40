import {storyFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import type {NewStory, Story} from '../board/story.ts'
import type {Database} from '../store/connection.ts'
import {type Committed, commitChange, firstVersion} from './change.ts'
import {requireSprint} from './edit-story.ts'
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
    if (input.sprint_id) await requireSprint(trx, by.organization_id, project.id, input.sprint_id)
    const story: Story = {...firstVersion(act), project_id: project.id, ...input, status: 'draft'}
    const insert = trx.insertInto('stories').values({organization_id: by.organization_id, ...story})
    const event = {type: 'story.created', ...storyFacts(story, act), story} as const
    return {result: story, events: [{event}], writes: [insert]}
  })
}
