/** What happens around the boards, in the order in which it is shown: the newest first. */
import type {Activity, ActivityType} from '../board/activity.ts'
import type {BoardEvent} from '../board/events.ts'

/** As its event tells it: without an id. */
export type Happening = DistributiveOmit<Activity, 'id'>
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

export const mostHappenings = 40 // what is older is history

const types: readonly string[] = [
  'agent.started',
  'agent.completed',
  'pr.created',
  'pr.merged',
  'workflow.error',
] satisfies ActivityType[]

/** Undefined for an event that is none, or of another project than the only one that is shown. */
export function happeningOf(event: BoardEvent, projectId: string | undefined): Happening | undefined {
  if (!types.includes(event.type)) return undefined
  const happening = event as Happening
  return projectId && happening.project_id !== projectId ? undefined : happening
}

/** All of them, each once, the newest first. */
export function newestFirst(happenings: readonly Happening[]): Happening[] {
  const each = new Map(happenings.map(happening => [keyOf(happening), happening]))
  return [...each.values()]
    .sort((one, other) => (one.timestamp < other.timestamp ? 1 : one.timestamp > other.timestamp ? -1 : 0))
    .slice(0, mostHappenings)
}

/** The same for an activity of the list and for its event. */
export function keyOf(happening: Happening): string {
  const {type, timestamp, project_id} = happening
  return JSON.stringify([type, timestamp, project_id, subjectOf(happening)])
}

function subjectOf(happening: Happening): unknown {
  if ('pr' in happening) return happening.pr.url
  return 'run_id' in happening ? happening.run_id : [happening.workflow, happening.message]
}
