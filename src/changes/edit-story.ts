import {alter} from '../board/alter.ts'
import {storyFacts} from '../board/facts.ts'
import {requireNotClosed} from '../board/sprint-rules.ts'
import type {Story, StoryEdit} from '../board/story.ts'
import {type Change, changeBy, type ExpectedVersions, requireVersion, startAction} from './change.ts'
import {lockStory, lockStoryWithProject, lockTasksOf} from './locks.ts'
import {requireSprint} from './require-sprint.ts'
import {updateRow} from './rows.ts'
import {addedToSprint, storyMoves} from './story-moves.ts'
import {storyBytes} from './text-bytes.ts'

/**
 * Replaces the given fields. A different `sprint_id` moves the story and its tasks. When the story moves, the
 * `story.moved` event also contains the other edits. Throws Problem 'story-not-found', 'version-mismatch',
 * 'sprint-not-found', 'sprint-of-another-project' or 'sprint-closed'.
 */
export function editStory(storyId: string, fields: StoryEdit, expected?: ExpectedVersions): Change<Story> {
  return changeBy('member', async (trx, caller) => {
    const organizationId = caller.organization_id
    // While the project is locked, no other change can delete the sprint to which the story moves.
    const lock = fields.sprint_id === undefined ? lockStory : lockStoryWithProject
    const before = await lock(trx, organizationId, storyId)
    requireVersion(expected, before.version)
    const moves = fields.sprint_id !== undefined && fields.sprint_id !== before.sprint_id
    if (moves && fields.sprint_id) {
      requireNotClosed(await requireSprint(trx, organizationId, before.project_id, fields.sprint_id))
    }
    const tasks = moves ? await lockTasksOf(trx, organizationId, [before]) : []

    const action = startAction(caller)
    const story = alter(before, fields as Partial<Story>, action)
    if (story === before) return {result: before, events: []}
    const {title, description, version, updated_at} = story
    const added = {
      textBytes: storyBytes(story) - storyBytes(before),
      description: description === before.description ? undefined : description,
    }
    if (moves) {
      const update = updateRow(trx, 'stories', organizationId, story.id, {title, description})
      const {events, writes} = await storyMoves(trx, action, [{before, after: story}], tasks)
      const counted = addedToSprint(tasks.length, story.sprint_id)
      return {result: story, events, writes: [update, ...writes], counted, ...added}
    }
    const edited = {title, description, version, updated_at}
    const event = {type: 'story.updated', ...storyFacts(story, action), story} as const
    const update = updateRow(trx, 'stories', organizationId, story.id, edited)
    return {result: story, events: [{event}], writes: [update], ...added}
  })
}
