import {nextVersion} from '../board/alter.ts'
import {sprintFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import type {Database} from '../store/connection.ts'
import {type Committed, commitChange, type ExpectedVersions, requireVersion, startAction} from './change.ts'
import {lockSprint, lockStories, lockTasksOf} from './locks.ts'
import {deleteRow} from './rows.ts'
import {storyMoves} from './story-moves.ts'

/** Deletes the sprint; its stories stay in the project. Throws Problem 'sprint-not-found' or 'version-mismatch'. */
export async function deleteSprint(
  db: Database,
  caller: Caller,
  sprintId: string,
  expected?: ExpectedVersions,
): Promise<Committed<null>> {
  const organizationId = caller.organization_id
  return commitChange(db, caller, async trx => {
    const before = await lockSprint(trx, organizationId, sprintId)
    requireVersion(expected, before.version)
    const stories = await lockStories(trx, organizationId, {sprint_id: before.id})
    const tasks = await lockTasksOf(trx, organizationId, stories)

    const action = startAction(caller)
    const moved = stories.map(story => ({
      before: story,
      after: nextVersion({...story, sprint_id: null}, action),
    }))
    const moves = storyMoves(trx, action, moved, tasks)
    const sprint = nextVersion(before, action)
    const event = {type: 'sprint.deleted', ...sprintFacts(sprint, action), sprint} as const
    return {
      result: null,
      events: [...moves.events, {event}],
      writes: [...moves.writes, deleteRow(trx, 'sprints', organizationId, before.id)],
    }
  })
}
