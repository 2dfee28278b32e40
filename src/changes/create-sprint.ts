import {sprintFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import type {NewSprint, Sprint} from '../board/sprint.ts'
import type {Database} from '../store/connection.ts'
import {type Committed, commitChange, firstVersion, startAction} from './change.ts'
import {lockProject} from './locks.ts'

/** Throws Problem 'project-not-found'. */
export async function createSprint(
  db: Database,
  caller: Caller,
  projectId: string,
  input: NewSprint,
): Promise<Committed<Sprint>> {
  return commitChange(db, caller, async trx => {
    const project = await lockProject(trx, caller.organization_id, projectId)
    const action = startAction(caller)
    const sprint: Sprint = {...firstVersion(action), project_id: project.id, ...input}
    const insert = trx.insertInto('sprints').values({organization_id: caller.organization_id, ...sprint})
    const event = {type: 'sprint.created', ...sprintFacts(sprint, action), sprint} as const
    return {result: sprint, events: [{event}], writes: [insert]}
  })
}
