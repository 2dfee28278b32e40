import type {Transaction} from 'kysely'
import {Problem} from '../board/problem.ts'
import type {Sprint} from '../board/sprint.ts'
import {requireRow, selectSprints} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'

/** Returns the sprint. Throws Problem 'sprint-not-found' or 'sprint-of-another-project'. */
export async function requireSprint(
  trx: Transaction<Tables>,
  organizationId: string,
  projectId: string,
  sprintId: string,
): Promise<Sprint> {
  const sprint = await requireRow('sprint', selectSprints(trx, organizationId), sprintId)
  if (sprint.project_id === projectId) return sprint
  throw new Problem(
    'sprint-of-another-project',
    'This sprint belongs to another project. Choose a sprint of the story’s project.',
    {project_id: sprint.project_id},
  )
}
