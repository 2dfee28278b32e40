import {nextVersion} from '../board/alter.ts'
import {projectFacts, sprintFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import type {Database} from '../store/connection.ts'
import {selectSprints, selectStories} from '../store/resources.ts'
import {type Committed, commitChange, type ExpectedVersions, requireVersion} from './change.ts'
import {deleteStories} from './delete-story.ts'
import {lockProject} from './locks.ts'

/**
 * Deletes the project and all that is in it, each with its event, in one transaction. Throws Problem
 * 'project-not-found' or 'version-mismatch'.
 */
export async function deleteProject(
  db: Database,
  by: Caller,
  projectId: string,
  expected?: ExpectedVersions,
): Promise<Committed<null>> {
  return commitChange(db, by, async (trx, act) => {
    const organizationId = by.organization_id
    const before = await lockProject(trx, organizationId, projectId)
    requireVersion(expected, before.version)
    const stories = await selectStories(trx, organizationId)
      .where('project_id', '=', before.id)
      .orderBy('id')
      .forUpdate()
      .execute()
    const gone = await deleteStories(trx, act, stories)
    const sprints = await selectSprints(trx, organizationId)
      .where('project_id', '=', before.id)
      .orderBy('id')
      .execute()
    const deletions = [
      trx
        .deleteFrom('sprints')
        .where('organization_id', '=', organizationId)
        .where('project_id', '=', before.id),
      trx.deleteFrom('projects').where('organization_id', '=', organizationId).where('id', '=', before.id),
    ]

    const project = nextVersion(before, act)
    const sprintEvents = sprints
      .map(sprint => nextVersion(sprint, act))
      .map(sprint => ({event: {type: 'sprint.deleted', ...sprintFacts(sprint, act), sprint} as const}))
    const event = {type: 'project.deleted', ...projectFacts(project, act), project} as const
    return {
      result: null,
      events: [...gone.events, ...sprintEvents, {event}],
      writes: [...gone.writes, ...deletions],
    }
  })
}
