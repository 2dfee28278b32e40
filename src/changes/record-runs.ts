/** The runs of a project's agents, of which activities tell. */
import {sql, type Transaction} from 'kysely'
import type {NewActivity} from '../board/activity.ts'
import {followRuns, keyOf, type Run, type RunState, runsIn} from '../board/agent-runs.ts'
import type {Tables} from '../store/tables.ts'

interface Place {
  organization_id: string
  project_id: string
}

/** Locks the runs that the activities tell of, decides by `followRuns`, and writes how they stand then. */
export async function recordRuns(
  trx: Transaction<Tables>,
  place: Place,
  at: string,
  activities: readonly NewActivity[],
): Promise<void> {
  const runs = runsIn(activities)
  if (runs.length === 0) return
  const begun = await begin(trx, place, at, runsIn(activities.filter(({type}) => type === 'agent.started')))
  const before = await lock(trx, place, runs)
  for (const run of begun) before.delete(keyOf(run)) // it is there by what this change writes
  const after = followRuns(before, activities)
  await end(
    trx,
    place,
    at,
    runs.filter(run => after.get(keyOf(run)) === 'completed'),
  )
}

/** Writes those that are not there yet, and answers these. Waits for whoever begins the same ones now. */
async function begin(
  trx: Transaction<Tables>,
  {organization_id, project_id}: Place,
  at: string,
  runs: readonly Run[],
): Promise<readonly Run[]> {
  const {rows} = await sql<Run>`
    insert into agent_runs (organization_id, project_id, agent, run_id, started_at)
    select ${organization_id}, ${project_id}, agent, run_id, ${at} from ${asTable(runs)}
    on conflict do nothing
    returning agent, run_id`.execute(trx)
  return rows
}

async function lock(
  trx: Transaction<Tables>,
  {organization_id, project_id}: Place,
  runs: readonly Run[],
): Promise<Map<string, RunState>> {
  const {rows} = await sql<Run & {completed_at: string | null}>`
    select agent, run_id, completed_at from agent_runs
    where (organization_id, project_id) = (${organization_id}, ${project_id})
      and (agent, run_id) in (select agent, run_id from ${asTable(runs)})
    order by agent, run_id
    for update`.execute(trx)
  return new Map(rows.map(({completed_at, ...run}) => [keyOf(run), completed_at ? 'completed' : 'started']))
}

async function end(
  trx: Transaction<Tables>,
  {organization_id, project_id}: Place,
  at: string,
  runs: readonly Run[],
): Promise<void> {
  await sql`
    update agent_runs set completed_at = ${at}
    where (organization_id, project_id) = (${organization_id}, ${project_id})
      and (agent, run_id) in (select agent, run_id from ${asTable(runs)})`.execute(trx)
}

function asTable(runs: readonly Run[]) {
  const [agents, ids] = [runs.map(({agent}) => agent), runs.map(({run_id}) => run_id)]
  return sql`unnest(${agents}::text[], ${ids}::text[]) as run (agent, run_id)`
}
