import {storyFacts} from '../board/facts.ts'
import {firstRank} from '../board/rank.ts'
import {requireNotClosed} from '../board/sprint-rules.ts'
import type {NewStory, Story} from '../board/story.ts'
import {type Change, changeBy, firstVersion, startAction} from './change.ts'
import {lockProject} from './locks.ts'
import {requireSprint} from './require-sprint.ts'
import {storyBytes} from './text-bytes.ts'

/** Throws Problem 'project-not-found', 'sprint-not-found', 'sprint-of-another-project' or 'sprint-closed'. */
export function createStory(projectId: string, input: NewStory): Change<Story> {
  return changeBy('member', async (trx, caller) => {
    const project = await lockProject(trx, caller.organization_id, projectId)
    if (input.sprint_id) {
      requireNotClosed(await requireSprint(trx, caller.organization_id, project.id, input.sprint_id))
    }
    const action = startAction(caller)
    const first = firstVersion(action)
    const story: Story = {
      ...first,
      project_id: project.id,
      ...input,
      status: 'draft',
      rank: firstRank(first.id),
    }
    const insert = trx.insertInto('stories').values({organization_id: caller.organization_id, ...story})
    const event = {type: 'story.created', ...storyFacts(story, action), story} as const
    const parent = {column: 'project_id', id: project.id} as const
    return {
      result: story,
      events: [{event}],
      writes: [insert],
      textBytes: storyBytes(story),
      counted: [{setting: 'MAX_STORIES_PER_PROJECT', added: 1, table: 'stories', parent}],
      description: story.description,
    }
  })
}
