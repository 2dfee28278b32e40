/** Which events a stream wants: as a caller says it, as the URL says it, and over what several tabs want together. */
import type {BoardEvent, EventType, Topic} from '../board/events.ts'

/** Values of one name are alternatives, names add up; a name that is left out wants everything. */
export interface Selection {
  /** Default `['tasks']`. */
  topics?: readonly Topic[]
  projectId?: string | readonly string[] | undefined
  sprintId?: string | readonly string[] | undefined
  storyId?: string | readonly string[] | undefined
  taskId?: string | readonly string[] | undefined
  types?: readonly EventType[] | undefined
}

/** A selection in one form: by the names of the wire, every list sorted, without what wants everything. */
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
    // project_id is projectId to the caller.
    const values = selection[name.replace('_i', 'I') as keyof Selection]
    if (values) wanted[name] = sorted([values].flat())
  }
  return wanted
}

/** The path below `/api/v1` of a stream that continues behind `cursor`; undefined: live from now. */
export function pathOf(wanted: Wanted, cursor: string | undefined): string {
  const query = new URLSearchParams({framing: 'message'})
  const [topic, another] = wanted.topics
  if (another) query.set('topics', wanted.topics.join())
  for (const name of ids) for (const id of wanted[name] ?? []) query.append(name, id)
  if (wanted.types) query.set('types', wanted.types.join())
  if (cursor) query.set('lastEventId', cursor)
  return `/events${another ? '' : `/${topic}`}?${query}`
}

/** Whatever either wants, and perhaps more: a name that only one of them gives would be too narrow for the other. */
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

/** Whether the event is in the selection, as the server decides it. */
export function wants(wanted: Wanted, event: BoardEvent): boolean {
  if (wanted.types && !wanted.types.includes(event.type)) return false
  // What belongs to no project (a member's name) concerns every board.
  if (!(event as unknown as Facts).project_id) return true
  return ids.every(name => {
    const values = wanted[name]
    // A move (`from_sprint_id`) concerns the sprint that was left as well as the one that was joined.
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
