import {sql, type Transaction} from 'kysely'
import {projectFacts} from '../board/facts.ts'
import {Problem} from '../board/problem.ts'
import type {NewProject, Project} from '../board/project.ts'
import {runBatch} from '../store/round-trips.ts'
import type {Tables} from '../store/tables.ts'
import {type Change, changeBy, firstVersion, startAction} from './change.ts'
import {projectBytes} from './text-bytes.ts'

/**
 * Creates a project. Without a key, the project gets a key from the letters of its name. Throws Problem
 * 'project-key-in-use' when another project has the key.
 */
export function createProject(input: NewProject): Change<Project> {
  return changeBy('member', async (trx, caller) => {
    const key = await chooseKey(trx, caller.organization_id, input)
    const action = startAction(caller)
    const project: Project = {...firstVersion(action), ...input, key, wip_limits: {}}
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

/** Locks the organization, so that no other transaction can choose a key. */
async function chooseKey(
  trx: Transaction<Tables>,
  organizationId: string,
  {key, name}: NewProject,
): Promise<string> {
  const lock = trx.selectFrom('organizations').select('id').where('id', '=', organizationId).forNoKeyUpdate()
  const choice = sql<{free: string; project_id: string | null}>`
    select free_project_key(${organizationId}, ${name}) as free,
      (select id from projects where organization_id = ${organizationId} and key = ${key ?? ''}) as project_id`
  const [found] = await runBatch(trx, [lock.compile()], choice.compile(trx))
  const {free, project_id} = found!
  if (!key) return free
  if (!project_id) return key
  throw new Problem('project-key-in-use', `Another project has the key ${key}. Choose another key.`, {
    project_id,
  })
}
