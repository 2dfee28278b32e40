import {nextVersion} from '../board/alter.ts'
import {storyFacts} from '../board/facts.ts'
import type {Story, StoryPlace} from '../board/story.ts'
import {anyOf, requireFound, selectStories} from '../store/resources.ts'
import {type Change, changeBy, type ExpectedVersions, requireVersion, startAction} from './change.ts'
import {lockPlace} from './lock-place.ts'
import {setRanks} from './set-ranks.ts'

/**
 * Moves the story directly after or before another story of its project. Throws Problem 'story-not-found',
 * 'version-mismatch' or 'story-of-another-project'.
 */
export function rankStory(storyId: string, place: StoryPlace, expected?: ExpectedVersions): Change<Story> {
  return changeBy('member', async (trx, caller) => {
    const organizationId = caller.organization_id
    const [side, neighbourId] =
      'after_story_id' in place
        ? (['after', place.after_story_id] as const)
        : (['before', place.before_story_id] as const)
    const ranks = await lockPlace(trx, organizationId, 'story', storyId, {side, neighbourId})
    const needed = [storyId, ...(neighbourId ? [neighbourId] : [])]
    const locked = await selectStories(trx, organizationId)
      .where('id', '=', anyOf([...new Set([...needed, ...ranks.keys()])]))
      .orderBy('id')
      .forUpdate()
      .execute()
    const found = new Map(locked.map(story => [story.id, story]))
    // A story can be deleted until its row is locked.
    for (const id of needed) requireFound('story', found.get(id))
    const before = found.get(storyId)!
    requireVersion(expected, before.version)
    if (ranks.size === 0) return {result: before, events: []}

    const action = startAction(caller)
    const moved = [...ranks].flatMap(([id, rank]) => {
      const story = found.get(id)
      return story ? [nextVersion({...story, rank}, action)] : []
    })
    const events = moved.map(story => ({
      event: {type: 'story.ranked', ...storyFacts(story, action), rank: story.rank} as const,
    }))
    return {
      result: moved.find(({id}) => id === storyId) ?? before,
      events,
      writes: [setRanks(trx, organizationId, 'stories', moved, action)],
    }
  })
}
