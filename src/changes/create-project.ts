import {projectFacts} from '../board/facts.ts'
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
    const insert = trx.insertInto('projects').values({organization_id: by.organization_id, ...project})
    const event = {type: 'project.created', ...projectFacts(project, act), project} as const
    return {result: project, events: [{event}], writes: [insert]}
  })
}
