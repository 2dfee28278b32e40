import {nextVersion} from '../board/alter.ts'
import {projectFacts, sprintFacts} from '../board/facts.ts'
import {readProjectBytes} from '../store/quotas.ts'
import {selectLabels, selectSprints} from '../store/resources.ts'
import {type Change, changeBy, type ExpectedVersions, requireVersion, startAction} from './change.ts'
import {storyDeletions} from './delete-story.ts'
import {lockBoardTasksOf, lockProject, lockStories} from './locks.ts'
import {deleteRow} from './rows.ts'
import {projectBytes, sprintBytes, sumOf} from './text-bytes.ts'

/**
 * Deletes the project with its stories, tasks and sprints, and appends an event for each deleted row. Only admins may
 * delete a project. Throws Problem 'project-not-found' or 'version-mismatch'.
 */
export function deleteProject(projectId: string, expected?: ExpectedVersions): Change<null> {
  return changeBy('admin', async (trx, caller) => {
    const organizationId = caller.organization_id
    // Other changes hold labels while they wait for a project, story or task. The deletion therefore locks the labels first,
    // so that no deadlock ends the deletion after it has read all tasks.
    const labels = selectLabels(trx, organizationId).where('project_id', '=', projectId)
    await labels.orderBy('id').forUpdate().execute()
    const before = await lockProject(trx, organizationId, projectId)
    requireVersion(expected, before.version)
    const stories = await lockStories(trx, organizationId, {project_id: before.id})
    const tasks = await lockBoardTasksOf(trx, organizationId, stories)
    const ofProject = selectSprints(trx, organizationId).where('project_id', '=', before.id)
    const sprints = await ofProject.orderBy('id').execute()
    const otherBytes = await readProjectBytes(trx, organizationId, before.id)

    const action = startAction(caller)
    const deletions = await storyDeletions(trx, action, stories, tasks)
    const sprintEvents = sprints
      .map(sprint => nextVersion(sprint, action))
      .map(sprint => ({event: {type: 'sprint.deleted', ...sprintFacts(sprint, action), sprint} as const}))
    const project = nextVersion(before, action)
    const event = {type: 'project.deleted', ...projectFacts(project, action), project} as const
    const deleteSprints = trx
      .deleteFrom('sprints')
      .where('organization_id', '=', organizationId)
      .where('project_id', '=', before.id)
    return {
      result: null,
      events: [...deletions.events, ...sprintEvents, {event}],
      writes: [...deletions.writes, deleteSprints, deleteRow(trx, 'projects', organizationId, before.id)],
      textBytes: (deletions.textBytes ?? 0) - sumOf(sprints, sprintBytes) - projectBytes(before) - otherBytes,
    }
  })
}
