import {projectFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import type {NewProject, Project} from '../board/project.ts'
import type {Database} from '../store/connection.ts'
import {type Committed, commitChange, firstVersion, startAction} from './change.ts'

export async function createProject(
  db: Database,
  caller: Caller,
  input: NewProject,
): Promise<Committed<Project>> {
  return commitChange(db, caller, async trx => {
    const action = startAction(caller)
    const project: Project = {...firstVersion(action), ...input}
    const insert = trx.insertInto('projects').values({organization_id: caller.organization_id, ...project})
    const event = {type: 'project.created', ...projectFacts(project, action), project} as const
    return {result: project, events: [{event}], writes: [insert]}
  })
}
