import {projectFacts} from '../board/facts.ts'
import type {NewProject, Project} from '../board/project.ts'
import {type Change, changeBy, firstVersion, startAction} from './change.ts'
import {projectBytes} from './text-bytes.ts'

export function createProject(input: NewProject): Change<Project> {
  return changeBy('member', async (trx, caller) => {
    const action = startAction(caller)
    const project: Project = {...firstVersion(action), ...input}
    const insert = trx.insertInto('projects').values({organization_id: caller.organization_id, ...project})
    const event = {type: 'project.created', ...projectFacts(project, action), project} as const
    return {
      result: project,
      events: [{event}],
      writes: [insert],
      textBytes: projectBytes(project),
      counted: [{setting: 'MAX_PROJECTS', added: 1, table: 'projects'}],
    }
  })
}
