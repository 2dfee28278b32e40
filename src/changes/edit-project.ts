import {alter} from '../board/alter.ts'
import type {BoardEvent} from '../board/events.ts'
import {projectFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import type {Project, ProjectEdit} from '../board/project.ts'
import type {Database} from '../store/connection.ts'
import {type Committed, commitChange, type ExpectedVersions, requireVersion, startAction} from './change.ts'
import {lockProject} from './locks.ts'
import {updateRow} from './rows.ts'

/** Replaces the given fields. Throws Problem 'project-not-found' or 'version-mismatch'. */
export async function editProject(
  db: Database,
  caller: Caller,
  projectId: string,
  fields: ProjectEdit,
  expected?: ExpectedVersions,
): Promise<Committed<Project>> {
  return commitChange(db, caller, async trx => {
    const before = await lockProject(trx, caller.organization_id, projectId)
    requireVersion(expected, before.version)
    const action = startAction(caller)
    const project = alter(before, fields as Partial<Project>, action)
    if (project === before) return {result: before, events: []}
    const {id, name, phase, version, updated_at} = project
    const facts = projectFacts(project, action)
    const events: BoardEvent[] = [{type: 'project.updated', ...facts, project}]
    if (phase !== before.phase) {
      events.push({type: 'project.phase.changed', ...facts, old_phase: before.phase, new_phase: phase})
    }
    return {
      result: project,
      events: events.map(event => ({event})),
      writes: [updateRow(trx, 'projects', caller.organization_id, id, {name, phase, version, updated_at})],
    }
  })
}
