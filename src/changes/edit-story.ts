import type {Transaction} from 'kysely'
import {alter} from '../board/alter.ts'
import {storyFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Story, StoryEdit} from '../board/story.ts'
import type {Database} from '../store/connection.ts'
import {requireRow, selectSprints} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {type Committed, commitChange, type ExpectedVersions, requireVersion} from './change.ts'
import {lockStory, lockStoryWithProject} from './locks.ts'
import {moveStories} from './move-stories.ts'

/**
 * Replaces the given fields. Another `sprint_id` moves the story with its tasks; that is told by `story.moved`,
 * which carries what else was edited with it. Throws Problem 'story-not-found', 'version-mismatch',
 * 'sprint-not-found' or 'sprint-of-another-project'.
 */
export async function editStory(
  db: Database,
  by: Caller,
  storyId: string,
  fields: StoryEdit,
  expected?: ExpectedVersions,
): Promise<Committed<Story>> {
  return commitChange(db, by, async (trx, act) => {
    const {organization_id} = by
    // Who puts a story into a sprint has locked the project, so that the sprint cannot go meanwhile.
    const lock = fields.sprint_id === undefined ? lockStory : lockStoryWithProject
    const before = await lock(trx, organization_id, storyId)
    requireVersion(expected, before.version)
    const story = alter(before, fields as Partial<Story>, act)
    if (story === before) return {result: before, events: []}
    const moves = story.sprint_id !== before.sprint_id
    if (moves && story.sprint_id) await requireSprint(trx, organization_id, story.project_id, story.sprint_id)

    const {title, description, version, updated_at} = story
    const update = trx
      .updateTable('stories')
      .set(moves ? {title, description} : {title, description, version, updated_at})
      .where('organization_id', '=', organization_id)
      .where('id', '=', story.id)
    if (moves) {
      const {events, writes} = await moveStories(trx, act, [{before, after: story}])
      return {result: story, events, writes: [update, ...writes]}
    }
    const event = {type: 'story.updated', ...storyFacts(story, act), story} as const
    return {result: story, events: [{event}], writes: [update]}
  })
}

/** Throws Problem 'sprint-not-found' or 'sprint-of-another-project'. */
export async function requireSprint(
  trx: Transaction<Tables>,
  organizationId: string,
  projectId: string,
  sprintId: string,
): Promise<void> {
  const sprint = await requireRow('sprint', selectSprints(trx, organizationId), sprintId)
  if (sprint.project_id === projectId) return
  throw new Problem(
    'sprint-of-another-project',
    'This sprint belongs to another project; choose one of the story’s own.',
    {project_id: sprint.project_id},
  )
}
