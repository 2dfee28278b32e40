import {sprintFacts} from '../board/facts.ts'
import type {NewSprint, Sprint} from '../board/sprint.ts'
import {type Change, changeBy, firstVersion, startAction} from './change.ts'
import {lockProject} from './locks.ts'
import {sprintBytes} from './text-bytes.ts'

/** Throws Problem 'project-not-found'. */
export function createSprint(projectId: string, input: NewSprint): Change<Sprint> {
  return changeBy('member', async (trx, caller) => {
    const project = await lockProject(trx, caller.organization_id, projectId)
    const action = startAction(caller)
    const sprint: Sprint = {
      ...firstVersion(action),
      project_id: project.id,
      ...input,
      status: 'planned',
      started_at: null,
      closed_at: null,
    }
    const insert = trx.insertInto('sprints').values({organization_id: caller.organization_id, ...sprint})
    const event = {type: 'sprint.created', ...sprintFacts(sprint, action), sprint} as const
    const parent = {column: 'project_id', id: project.id} as const
    return {
      result: sprint,
      events: [{event}],
      writes: [insert],
      textBytes: sprintBytes(sprint),
      counted: [{setting: 'MAX_SPRINTS_PER_PROJECT', added: 1, table: 'sprints', parent}],
    }
  })
}
