import {alter} from '../board/alter.ts'
import type {BoardEvent} from '../board/events.ts'
import {projectFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import type {Project, ProjectEdit} from '../board/project.ts'
import type {Database} from '../store/connection.ts'
import {type Committed, commitChange, type ExpectedVersions, requireVersion} from './change.ts'
import {lockProject} from './locks.ts'

/** Replaces the given fields. Throws Problem 'project-not-found' or 'version-mismatch'. */
export async function editProject(
  db: Database,
  by: Caller,
  projectId: string,
  fields: ProjectEdit,
  expected?: ExpectedVersions,
): Promise<Committed<Project>> {
  return commitChange(db, by, async (trx, act) => {
    const before = await lockProject(trx, by.organization_id, projectId)
    requireVersion(expected, before.version)
    const project = alter(before, fields as Partial<Project>, act)
    if (project === before) return {result: before, events: []}
    const {name, phase, version, updated_at} = project
    const update = trx
      .updateTable('projects')
      .set({name, phase, version, updated_at})
      .where('organization_id', '=', by.organization_id)
      .where('id', '=', project.id)
    const facts = projectFacts(project, act)
    const events: BoardEvent[] = [{type: 'project.updated', ...facts, project}]
    if (phase !== before.phase) {
      events.push({type: 'project.phase.changed', ...facts, old_phase: before.phase, new_phase: phase})
    }
    return {result: project, events: events.map(event => ({event})), writes: [update]}
  })
}
