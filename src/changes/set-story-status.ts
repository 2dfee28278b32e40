import {alter} from '../board/alter.ts'
import {storyFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import type {Story, StoryStatus} from '../board/story.ts'
import type {Database} from '../store/connection.ts'
import {type Committed, commitChange, type ExpectedVersions, requireVersion} from './change.ts'
import {lockStory} from './locks.ts'

/**
 * Any status may follow any other: what a story's tasks do says nothing of it. Throws Problem 'story-not-found'
 * or 'version-mismatch'.
 */
export async function setStoryStatus(
  db: Database,
  by: Caller,
  storyId: string,
  status: StoryStatus,
  expected?: ExpectedVersions,
): Promise<Committed<Story>> {
  return commitChange(db, by, async (trx, act) => {
    const before = await lockStory(trx, by.organization_id, storyId)
    requireVersion(expected, before.version)
    const story = alter(before, {status}, act)
    if (story === before) return {result: before, events: []}
    const {version, updated_at} = story
    const update = trx
      .updateTable('stories')
      .set({status, version, updated_at})
      .where('organization_id', '=', by.organization_id)
      .where('id', '=', story.id)
    const statuses = {old_status: before.status, new_status: status}
    const event = {type: 'story.status.changed', ...storyFacts(story, act), ...statuses} as const
    return {result: story, events: [{event}], writes: [update]}
  })
}
