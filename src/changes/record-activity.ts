/**
 * Records the activity of agents, pipelines and webhooks as events and as rows. The rows remain after the events have
 * been pruned.
 */

import {type Compilable, sql, type Transaction} from 'kysely'
import type {Activity, NewActivity} from '../board/activity.ts'
import {actionFacts} from '../board/facts.ts'
import {compilable} from '../store/compilable.ts'
import {newId} from '../store/ids.ts'
import type {Tables} from '../store/tables.ts'
import {type Change, changeBy, type Effects, startAction} from './change.ts'
import {shareProject} from './locks.ts'
import {recordRuns} from './record-runs.ts'
import {activityBytes, sumOf} from './text-bytes.ts'

/**
 * Records all activities in order. When one activity is rejected, no activity is recorded. Throws Problem
 * 'project-not-found'. When an activity does not fit the state of its run, throws Problem 'run-already-started',
 * 'run-not-started' or 'run-already-completed'. This Problem contains the index of the rejected activity.
 */
export function recordActivity(
  projectId: string,
  activities: readonly NewActivity[],
): Change<{items: Activity[]}> {
  return changeBy('member', async (trx, caller) => {
    const organizationId = caller.organization_id
    const project_id = await shareProject(trx, organizationId, projectId)
    const action = startAction(caller)
    await recordRuns(trx, {organizationId, projectId: project_id, timestamp: action.timestamp}, activities)
    const items = newActivities({...actionFacts(action), project_id}, activities)
    return {result: {items}, ...activityEffects(trx, organizationId, items)}
  })
}

/** Returns an activity for each item of `activities`, in the same order, with ascending ids. */
export function newActivities(
  facts: Pick<Activity, 'timestamp' | 'actor_user_id' | 'project_id'>,
  activities: readonly NewActivity[],
): Activity[] {
  return activities.map(({type, ...fields}) => ({type, id: newId(), ...facts, ...fields}) as Activity)
}

export function activityEffects(
  trx: Transaction<Tables>,
  organizationId: string,
  activities: readonly Activity[],
): Effects {
  return {
    events: activities.map(({id: _, ...event}) => ({event})),
    writes: [insertActivities(trx, organizationId, activities)],
    textBytes: sumOf(activities, activityBytes),
  }
}

function insertActivities(
  trx: Transaction<Tables>,
  organizationId: string,
  activities: readonly Activity[],
): Compilable {
  const rows = activities.map(({id, type, timestamp, actor_user_id, project_id, ...fields}) => {
    return {id, type, actor_user_id, project_id, created_at: timestamp, fields}
  })
  // With one JSON parameter, the statement's text does not depend on the number of rows. The statement is therefore
  // prepared only once.
  const insert = sql`
    insert into activities (organization_id, id, type, actor_user_id, project_id, created_at, fields)
    select ${organizationId}, a.id, a.type, a.actor_user_id, a.project_id, a.created_at, a.fields
    from json_to_recordset(${JSON.stringify(rows)}::json) as a (
      id uuid, type text, actor_user_id uuid, project_id uuid, created_at timestamptz, fields jsonb
    )`
  return compilable(trx, insert)
}
