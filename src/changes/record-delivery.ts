import type {NewActivity} from '../board/activity.ts'
import type {HookedProject} from '../store/github-secrets.ts'
import type {ChangeWithoutCaller} from './change.ts'
import {shareProject} from './locks.ts'
import {activityEffects, newActivities} from './record-activity.ts'

/**
 * Records the activity of a GitHub delivery. A delivery that GitHub repeats within 7 days changes nothing. Throws
 * Problem 'project-not-found' when the project has just been deleted.
 */
export function recordDelivery(
  {organization_id, project_id}: HookedProject,
  delivery: string,
  activity: NewActivity,
): ChangeWithoutCaller<'recorded' | 'repeated'> {
  return async trx => {
    await shareProject(trx, organization_id, project_id)
    const timestamp = new Date().toISOString()
    // If another transaction is inserting the same delivery, this insert waits until the other transaction ends.
    const {numInsertedOrUpdatedRows: inserted} = await trx
      .insertInto('github_deliveries')
      .values({organization_id, project_id, delivery, received_at: timestamp})
      .onConflict(conflict => conflict.doNothing())
      .executeTakeFirstOrThrow()
    if (!inserted) return {result: 'repeated', events: []}
    const activities = newActivities({timestamp, actor_user_id: null, project_id}, [activity])
    return {result: 'recorded', ...activityEffects(trx, organization_id, activities)}
  }
}
