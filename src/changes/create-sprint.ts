import {sprintFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import type {NewSprint, Sprint} from '../board/sprint.ts'
import type {Database} from '../store/connection.ts'
import {type Committed, commitChange, firstVersion} from './change.ts'
import {lockProject} from './locks.ts'

/** Throws Problem 'project-not-found'. */
export async function createSprint(
  db: Database,
  by: Caller,
  projectId: string,
  input: NewSprint,
): Promise<Committed<Sprint>> {
  return commitChange(db, by, async (trx, act) => {
    const project = await lockProject(trx, by.organization_id, projectId)
    const sprint: Sprint = {...firstVersion(act), project_id: project.id, ...input}
    const insert = trx.insertInto('sprints').values({organization_id: by.organization_id, ...sprint})
    const event = {type: 'sprint.created', ...sprintFacts(sprint, act), sprint} as const
    return {result: sprint, events: [{event}], writes: [insert]}
  })
}
