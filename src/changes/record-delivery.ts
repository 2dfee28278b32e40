import type {NewActivity} from '../board/activity.ts'
import type {Database} from '../store/connection.ts'
import type {HookedProject} from '../store/github-secrets.ts'
import {requireRow, selectProjects} from '../store/resources.ts'
import {type Committed, commitFor} from './change.ts'
import {activitiesOf, writesOf} from './record-activity.ts'

/**
 * Records what GitHub tells of a project, once for each delivery: one that is sent again within 7 days alters
 * nothing. Throws Problem 'project-not-found' for one that has just been deleted.
 */
export async function recordDelivery(
  db: Database,
  {organization_id, project_id}: HookedProject,
  delivery: string,
  activity: NewActivity,
): Promise<Committed<'recorded' | 'repeated'>> {
  return commitFor(db, organization_id, async (trx, moment) => {
    await requireRow('project', selectProjects(trx, organization_id).forKeyShare(), project_id)
    // Waits for whoever records the same delivery now.
    const {numInsertedOrUpdatedRows: inserted} = await trx
      .insertInto('github_deliveries')
      .values({organization_id, project_id, delivery, received_at: moment.at})
      .onConflict(conflict => conflict.doNothing())
      .executeTakeFirstOrThrow()
    if (!inserted) return {result: 'repeated', events: []}
    const activities = activitiesOf({timestamp: moment.at, actor_user_id: null, project_id}, [activity])
    return {result: 'recorded', ...writesOf(trx, organization_id, activities)}
  })
}
