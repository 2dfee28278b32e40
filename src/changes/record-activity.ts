/** What agents, pipelines and webhooks tell of a project becomes events, and rows that outlive them. */
import {type Compilable, sql, type Transaction} from 'kysely'
import type {Activity, NewActivity} from '../board/activity.ts'
import {actFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import type {Database} from '../store/connection.ts'
import type {NewEvent} from '../store/event-log.ts'
import {newId} from '../store/ids.ts'
import {requireRow, selectProjects} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {type Committed, commitChange} from './change.ts'
import {recordRuns} from './record-runs.ts'

/**
 * Records all of them, in their order, or none. Throws Problem 'project-not-found', and 'run-already-started',
 * 'run-not-started' or 'run-already-completed' with the index of the activity that no run can have.
 */
export async function recordActivity(
  db: Database,
  by: Caller,
  projectId: string,
  activities: readonly NewActivity[],
): Promise<Committed<Activity[]>> {
  const {organization_id} = by
  return commitChange(db, by, async (trx, act) => {
    // Shared, for it alters nothing of the project, which must only not go meanwhile.
    const projects = selectProjects(trx, organization_id).forKeyShare()
    const {id: project_id} = await requireRow('project', projects, projectId)
    await recordRuns(trx, {organization_id, project_id}, act.at, activities)
    const facts = {...actFacts(act), project_id}
    const recorded = activitiesOf(facts, activities)
    return {result: recorded, ...writesOf(trx, organization_id, recorded)}
  })
}

/** Activities that stand in the project's past under these facts. */
export function activitiesOf(
  facts: Pick<Activity, 'timestamp' | 'actor_user_id' | 'project_id'>,
  activities: readonly NewActivity[],
): Activity[] {
  return activities.map(({type, ...fields}) => ({type, id: newId(), ...facts, ...fields}) as Activity)
}

/** The events that tell of the activities, and the write that keeps them. */
export function writesOf(
  trx: Transaction<Tables>,
  organization_id: string,
  activities: readonly Activity[],
): {events: NewEvent[]; writes: Compilable[]} {
  const rows = activities.map(({id, type, timestamp, actor_user_id, project_id, ...fields}) => {
    return {id, type, actor_user_id, project_id, created_at: timestamp, fields}
  })
  // One parameter, so that the statement is the same however many there are.
  const insert = sql`
    insert into activities (organization_id, id, type, actor_user_id, project_id, created_at, fields)
    select ${organization_id}, a.id, a.type, a.actor_user_id, a.project_id, a.created_at, a.fields
    from json_to_recordset(${JSON.stringify(rows)}::json) as a (
      id uuid, type text, actor_user_id uuid, project_id uuid, created_at timestamptz, fields jsonb
    )`
  return {
    events: activities.map(({id: _, ...event}) => ({event})),
    writes: [{compile: () => insert.compile(trx)}],
  }
}
