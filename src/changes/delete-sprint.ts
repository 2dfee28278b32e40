import {nextVersion} from '../board/alter.ts'
import {sprintFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import type {Database} from '../store/connection.ts'
import {selectStories} from '../store/resources.ts'
import {type Committed, commitChange, type ExpectedVersions, requireVersion} from './change.ts'
import {lockSprint} from './locks.ts'
import {moveStories} from './move-stories.ts'

/** Its stories leave it and stay in the project. Throws Problem 'sprint-not-found' or 'version-mismatch'. */
export async function deleteSprint(
  db: Database,
  by: Caller,
  sprintId: string,
  expected?: ExpectedVersions,
): Promise<Committed<null>> {
  return commitChange(db, by, async (trx, act) => {
    const before = await lockSprint(trx, by.organization_id, sprintId)
    requireVersion(expected, before.version)
    const stories = await selectStories(trx, by.organization_id)
      .where('sprint_id', '=', before.id)
      .orderBy('id')
      .forUpdate()
      .execute()
    const left = stories.map(story => ({before: story, after: nextVersion({...story, sprint_id: null}, act)}))
    const moves = await moveStories(trx, act, left)
    const deletion = trx
      .deleteFrom('sprints')
      .where('organization_id', '=', by.organization_id)
      .where('id', '=', before.id)
    const sprint = nextVersion(before, act)
    const event = {type: 'sprint.deleted', ...sprintFacts(sprint, act), sprint} as const
    return {result: null, events: [...moves.events, {event}], writes: [...moves.writes, deletion]}
  })
}
