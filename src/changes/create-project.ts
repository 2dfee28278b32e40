import type {BoardEvent} from '../board/events.ts'
import type {Caller} from '../board/member.ts'
import type {NewProject, Project} from '../board/project.ts'
import type {Database} from '../store/connection.ts'
import {type Committed, commitChange, firstVersion} from './change.ts'

export async function createProject(
  db: Database,
  by: Caller,
  input: NewProject,
): Promise<Committed<Project>> {
  return commitChange(db, by, async (trx, act) => {
    const project: Project = {...firstVersion(act), ...input}
    await trx
      .insertInto('projects')
      .values({organization_id: by.organization_id, ...project})
      .execute()
    const event: BoardEvent = {
      type: 'project.created',
      timestamp: act.at,
      actor_user_id: by.user_id,
      project_id: project.id,
      version: project.version,
      project,
    }
    return {result: project, events: [{event}]}
  })
}
