/** Activities of agents, pull requests and workflows, in the order in which the dashboard shows these activities. */
import type {Activity, ActivityType, BoardEvent} from '../../client/client.ts'

/** An activity without its id, because events do not contain this id. */
export type ActivityItem = DistributiveOmit<Activity, 'id'>
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

export const maxActivities = 40 // the dashboard shows only recent activity

const types: readonly string[] = [
  'agent.started',
  'agent.completed',
  'pr.created',
  'pr.merged',
  'workflow.error',
] satisfies ActivityType[]

/**
 * Returns the event as an activity. Returns undefined when the event is not an activity, or when the project of the
 * event is not `projectId`. When `projectId` is undefined, all projects are accepted.
 */
export function activityFromEvent(
  event: BoardEvent,
  projectId: string | undefined,
): ActivityItem | undefined {
  if (!types.includes(event.type)) return undefined
  const activity = event as ActivityItem
  return projectId && activity.project_id !== projectId ? undefined : activity
}

/** Returns at most `maxActivities` activities without duplicates, the newest first. */
export function newestFirst(activities: readonly ActivityItem[]): ActivityItem[] {
  const byKey = new Map(activities.map(activity => [activityKey(activity), activity]))
  return [...byKey.values()]
    .sort((one, other) => (one.timestamp < other.timestamp ? 1 : one.timestamp > other.timestamp ? -1 : 0))
    .slice(0, maxActivities)
}

/** Returns a key that identifies the activity. A fetched activity and the event of this activity have the same key. */
export function activityKey(activity: ActivityItem): string {
  const {type, timestamp, project_id} = activity
  return JSON.stringify([type, timestamp, project_id, subjectOf(activity)])
}

function subjectOf(activity: ActivityItem): unknown {
  if ('pr' in activity) return activity.pr.url
  return 'run_id' in activity ? activity.run_id : [activity.workflow, activity.message]
}
