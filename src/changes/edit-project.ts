import {alter} from '../board/alter.ts'
import type {BoardEvent} from '../board/events.ts'
import {projectFacts} from '../board/facts.ts'
import type {Project, ProjectEdit} from '../board/project.ts'
import {type Change, changeBy, type ExpectedVersions, requireVersion, startAction} from './change.ts'
import {lockProject} from './locks.ts'
import {updateRow} from './rows.ts'
import {projectBytes} from './text-bytes.ts'

/** Replaces the given fields. Throws Problem 'project-not-found' or 'version-mismatch'. */
export function editProject(
  projectId: string,
  fields: ProjectEdit,
  expected?: ExpectedVersions,
): Change<Project> {
  return changeBy('member', async (trx, caller) => {
    const before = await lockProject(trx, caller.organization_id, projectId)
    requireVersion(expected, before.version)
    const action = startAction(caller)
    const project = alter(before, fields as Partial<Project>, action)
    if (project === before) return {result: before, events: []}
    const {id, name, phase, wip_limits, version, updated_at} = project
    const facts = projectFacts(project, action)
    const events: BoardEvent[] = [{type: 'project.updated', ...facts, project}]
    if (phase !== before.phase) {
      events.push({type: 'project.phase.changed', ...facts, old_phase: before.phase, new_phase: phase})
    }
    return {
      result: project,
      events: events.map(event => ({event})),
      writes: [
        updateRow(trx, 'projects', caller.organization_id, id, {
          name,
          phase,
          wip_limits,
          version,
          updated_at,
        }),
      ],
      textBytes: projectBytes(project) - projectBytes(before),
    }
  })
}
