import {alter} from '../board/alter.ts'
import {storyFacts} from '../board/facts.ts'
import type {Story, StoryStatus} from '../board/story.ts'
import {type Change, changeBy, type ExpectedVersions, requireVersion, startAction} from './change.ts'
import {lockStory} from './locks.ts'
import {updateRow} from './rows.ts'

/**
 * Sets the status. Every status is allowed. The statuses of the story's tasks are not checked. Throws Problem
 * 'story-not-found' or 'version-mismatch'.
 */
export function setStoryStatus(
  storyId: string,
  status: StoryStatus,
  expected?: ExpectedVersions,
): Change<Story> {
  return changeBy('member', async (trx, caller) => {
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
