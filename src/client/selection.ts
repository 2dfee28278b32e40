/** Selections: as a caller writes them, as the URL carries them, and as several tabs share them. */
import type {BoardEvent, EventType, Topic} from '../board/events.ts'

/** Values of one filter are alternatives; an event must match every filter. A missing filter matches everything. */
export interface Selection {
  /** Default `['tasks']`. */
  topics?: readonly Topic[]
  projectId?: string | readonly string[] | undefined
  sprintId?: string | readonly string[] | undefined
  storyId?: string | readonly string[] | undefined
  taskId?: string | readonly string[] | undefined
  types?: readonly EventType[] | undefined
}

/** A selection in normal form: the names of the wire, every list sorted, no filter that matches everything. */
export interface Wanted {
  topics: string[]
  project_id?: string[]
  sprint_id?: string[]
  story_id?: string[]
  task_id?: string[]
  types?: string[]
}

type Facts = {[field: string]: string | null | undefined}

const ids = ['project_id', 'sprint_id', 'story_id', 'task_id'] as const
const filters = [...ids, 'types'] as const

export function wantedBy(selection: Selection = {}): Wanted {
  const wanted: Wanted = {topics: sorted(selection.topics ?? ['tasks'])}
  for (const name of filters) {
    // The caller writes projectId for project_id.
    const values = selection[name.replace('_i', 'I') as keyof Selection]
    if (values) wanted[name] = sorted([values].flat())
  }
  return wanted
}

/** The path below `/api/v1` of a stream that resumes after `cursor`; undefined: live from now. */
export function pathOf(wanted: Wanted, cursor: string | undefined): string {
  const query = new URLSearchParams({framing: 'message'})
  const [topic, another] = wanted.topics
  if (another) query.set('topics', wanted.topics.join())
  for (const name of ids) for (const id of wanted[name] ?? []) query.append(name, id)
  if (wanted.types) query.set('types', wanted.types.join())
  if (cursor) query.set('lastEventId', cursor)
  return `/events${another ? '' : `/${topic}`}?${query}`
}

/** Matches what either selection matches, and perhaps more: only filters that both have can be kept. */
export function union(one: Wanted, other: Wanted): Wanted {
  const both: Wanted = {topics: one.topics}
  for (const name of filters) {
    const [ours, theirs] = [one[name], other[name]]
    if (ours && theirs) both[name] = sorted([...ours, ...theirs])
  }
  return both
}

export function isSame(one: Wanted, other: Wanted): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** Whether the selection matches the event, by the server's rules. */
export function wants(wanted: Wanted, event: BoardEvent): boolean {
  if (wanted.types && !wanted.types.includes(event.type)) return false
  // An event without a project (the name of a member) matches every selection.
  if (!(event as unknown as Facts).project_id) return true
  return ids.every(name => {
    const values = wanted[name]
    // A move (`from_sprint_id`) matches the sprint that the task leaves and the sprint that it joins.
    return (
      !values ||
      [(event as unknown as Facts)[name], (event as unknown as Facts)[`from_${name}`]].some(id =>
        values.includes(id!),
      )
    )
  })
}

function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].sort()
}
