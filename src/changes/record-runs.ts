import {sql, type Transaction} from 'kysely'
import type {NewActivity} from '../board/activity.ts'
import {applyToRuns, type Run, type RunState, runKey, runsIn} from '../board/agent-runs.ts'
import type {Tables} from '../store/tables.ts'

interface RunContext {
  organizationId: string
  projectId: string
  timestamp: string
}

/**
 * Locks the agent runs to which the activities belong, then starts and completes these runs. Throws the errors of
 * `applyToRuns`.
 */
export async function recordRuns(
  trx: Transaction<Tables>,
  context: RunContext,
  activities: readonly NewActivity[],
): Promise<void> {
  const runs = runsIn(activities)
  if (runs.length === 0) return
  const started = runsIn(activities.filter(({type}) => type === 'agent.started'))
  const inserted = await insertRuns(trx, context, started)
  const before = await lockRuns(trx, context, runs)
  for (const run of inserted) before.delete(runKey(run)) // the run did not exist before this change
  const after = applyToRuns(before, activities)
  const completed = runs.filter(run => after.get(runKey(run)) === 'completed')
  await completeRuns(trx, context, completed)
}

/**
 * Inserts the runs that do not exist, and returns the inserted runs. If another transaction is inserting the same runs,
 * waits until the other transaction ends.
 */
async function insertRuns(
  trx: Transaction<Tables>,
  {organizationId, projectId, timestamp}: RunContext,
  runs: readonly Run[],
): Promise<readonly Run[]> {
  const {rows} = await sql<Run>`
    insert into agent_runs (organization_id, project_id, agent, run_id, started_at)
    select ${organizationId}, ${projectId}, agent, run_id, ${timestamp} from ${asTable(runs)}
    on conflict do nothing
    returning agent, run_id`.execute(trx)
  return rows
}

async function lockRuns(
  trx: Transaction<Tables>,
  {organizationId, projectId}: RunContext,
  runs: readonly Run[],
): Promise<Map<string, RunState>> {
  const {rows} = await sql<Run & {completed_at: string | null}>`
    select agent, run_id, completed_at from agent_runs
    where (organization_id, project_id) = (${organizationId}, ${projectId})
      and (agent, run_id) in (select agent, run_id from ${asTable(runs)})
    order by agent, run_id
    for update`.execute(trx)
  return new Map(rows.map(({completed_at, ...run}) => [runKey(run), completed_at ? 'completed' : 'started']))
}

async function completeRuns(
  trx: Transaction<Tables>,
  {organizationId, projectId, timestamp}: RunContext,
  runs: readonly Run[],
): Promise<void> {
  await sql`
    update agent_runs set completed_at = ${timestamp}
    where (organization_id, project_id) = (${organizationId}, ${projectId})
      and (agent, run_id) in (select agent, run_id from ${asTable(runs)})`.execute(trx)
}

function asTable(runs: readonly Run[]) {
  const [agents, ids] = [runs.map(({agent}) => agent), runs.map(({run_id}) => run_id)]
  return sql`unnest(${agents}::text[], ${ids}::text[]) as run (agent, run_id)`
}
