import type {Transaction} from 'kysely'
import type {NewActivity} from '../board/activity.ts'
import type {FoundLink} from '../board/task-links.ts'
import type {HookedProject} from '../store/github-secrets.ts'
import type {Tables} from '../store/tables.ts'
import type {ChangeWithoutCaller} from './change.ts'
import {linkTasks, lockLinked} from './link-tasks.ts'
import {shareProject} from './locks.ts'
import {activityEffects, newActivities} from './record-activity.ts'

/** What a delivery reports. */
export interface DeliveryContent {
  /** Undefined when the delivery reports nothing that the dashboard shows. */
  activity: NewActivity | undefined
  links: readonly FoundLink[]
}

/**
 * Records the activity of a GitHub delivery, and adds its links to tasks of the organization. A delivery that GitHub repeats
 * within 7 days changes nothing. Later, it changes no links, because the tasks already have newer ones. Throws Problem
 * 'project-not-found' when the project has just been deleted.
 */
export function recordDelivery(
  {organization_id, project_id}: HookedProject,
  delivery: string,
  {activity, links}: DeliveryContent,
): ChangeWithoutCaller<'recorded' | 'repeated' | 'ignored'> {
  return async trx => {
    await shareProject(trx, organization_id, project_id)
    const isRepeated = activity && !(await isFirst(trx, {organization_id, project_id}, delivery))
    if (isRepeated) return {result: 'repeated', events: []}
    const tasks = await lockLinked(trx, organization_id, links)
    const timestamp = new Date().toISOString()
    const linked = linkTasks(trx, organization_id, timestamp, tasks, links)
    if (!activity) return {result: linked.events.length > 0 ? 'recorded' : 'ignored', ...linked}
    const activities = newActivities({timestamp, actor_user_id: null, project_id}, [activity])
    const recorded = activityEffects(trx, organization_id, activities)
    return {
      result: 'recorded',
      ...recorded,
      events: [...recorded.events, ...linked.events],
      writes: [...recorded.writes, ...linked.writes],
    }
  }
}

async function isFirst(trx: Transaction<Tables>, project: HookedProject, delivery: string): Promise<boolean> {
  const received_at = new Date().toISOString()
  // If another transaction is inserting the same delivery, this insert waits until the other transaction ends.
  const {numInsertedOrUpdatedRows: inserted} = await trx
    .insertInto('github_deliveries')
    .values({...project, delivery, received_at})
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return inserted !== 0n && inserted !== undefined
}
