import type {NewActivity} from '../board/activity.ts'
import type {Database} from '../store/connection.ts'
import type {HookedProject} from '../store/github-secrets.ts'
import {type Committed, commitWithoutCaller} from './change.ts'
import {shareProject} from './locks.ts'
import {activityEffects, newActivities} from './record-activity.ts'

/**
 * Records the activity of a GitHub delivery. A delivery that GitHub repeats within 7 days changes nothing. Throws Problem
 * 'project-not-found' when the project has just been deleted.
 */
export async function recordDelivery(
  db: Database,
  {organization_id, project_id}: HookedProject,
  delivery: string,
  activity: NewActivity,
): Promise<Committed<'recorded' | 'repeated'>> {
  return commitWithoutCaller(db, organization_id, async trx => {
    await shareProject(trx, organization_id, project_id)
    const timestamp = new Date().toISOString()
    // Waits for a transaction that is inserting the same delivery.
    const {numInsertedOrUpdatedRows: inserted} = await trx
      .insertInto('github_deliveries')
      .values({organization_id, project_id, delivery, received_at: timestamp})
      .onConflict(conflict => conflict.doNothing())
      .executeTakeFirstOrThrow()
    if (!inserted) return {result: 'repeated', events: []}
    const activities = newActivities({timestamp, actor_user_id: null, project_id}, [activity])
    return {result: 'recorded', ...activityEffects(trx, organization_id, activities)}
  })
}
