import {alter} from '../board/alter.ts'
import {storyFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import type {Story, StoryStatus} from '../board/story.ts'
import type {Database} from '../store/connection.ts'
import {type Committed, commitChange, type ExpectedVersions, requireVersion, startAction} from './change.ts'
import {lockStory} from './locks.ts'
import {updateRow} from './rows.ts'

/**
 * Sets any status, whatever the statuses of the story's tasks are. Throws Problem 'story-not-found' or
 * 'version-mismatch'.
 */
export async function setStoryStatus(
  db: Database,
  caller: Caller,
  storyId: string,
  status: StoryStatus,
  expected?: ExpectedVersions,
): Promise<Committed<Story>> {
  return commitChange(db, caller, async trx => {
    const before = await lockStory(trx, caller.organization_id, storyId)
    requireVersion(expected, before.version)
    const action = startAction(caller)
    const story = alter(before, {status}, action)
    if (story === before) return {result: before, events: []}
    const {id, version, updated_at} = story
    const update = updateRow(trx, 'stories', caller.organization_id, id, {status, version, updated_at})
    const statuses = {old_status: before.status, new_status: status}
    const event = {type: 'story.status.changed', ...storyFacts(story, action), ...statuses} as const
    return {result: story, events: [{event}], writes: [update]}
  })
}
