import {nextVersion} from '../board/alter.ts'
import {sprintFacts} from '../board/facts.ts'
import {type Change, changeBy, type ExpectedVersions, requireVersion, startAction} from './change.ts'
import {lockSprint, lockStories, lockTasksOf} from './locks.ts'
import {deleteRow} from './rows.ts'
import {storyMoves} from './story-moves.ts'
import {sprintBytes} from './text-bytes.ts'

/**
 * Deletes the sprint. The stories of the sprint stay in the project. Only admins may delete a sprint. Throws Problem
 * 'sprint-not-found' or 'version-mismatch'.
 */
export function deleteSprint(sprintId: string, expected?: ExpectedVersions): Change<null> {
  return changeBy('admin', async (trx, caller) => {
    const organizationId = caller.organization_id
    const before = await lockSprint(trx, organizationId, sprintId)
    requireVersion(expected, before.version)
    const stories = await lockStories(trx, organizationId, {sprint_id: before.id})
    const tasks = await lockTasksOf(trx, organizationId, stories)

    const action = startAction(caller)
    const moved = stories.map(story => ({
      before: story,
      after: nextVersion({...story, sprint_id: null}, action),
    }))
    const moves = await storyMoves(trx, action, moved, tasks)
    const sprint = nextVersion(before, action)
    const event = {type: 'sprint.deleted', ...sprintFacts(sprint, action), sprint} as const
    return {
      result: null,
      events: [...moves.events, {event}],
      writes: [...moves.writes, deleteRow(trx, 'sprints', organizationId, before.id)],
      textBytes: -sprintBytes(before),
    }
  })
}
