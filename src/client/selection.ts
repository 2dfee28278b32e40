/** Normalizes selections, adds selections to URLs, and combines the selections of several tabs. */
import {idFilters, matchesFilters} from '../board/selection.ts'
import type {BoardEvent, EventType, Topic} from './contract.ts'

/**
 * The events to deliver. An event must match every filter that is present. A filter matches an event that has one of
 * the filter's values.
 */
export interface Selection {
  /** Default `['tasks']`. */
  topics?: readonly Topic[]
  projectId?: string | readonly string[] | undefined
  sprintId?: string | readonly string[] | undefined
  storyId?: string | readonly string[] | undefined
  taskId?: string | readonly string[] | undefined
  types?: readonly EventType[] | undefined
}

/**
 * A selection in normal form. A normal selection has the field names of the API, sorted lists, and no undefined
 * filters.
 */
export interface Wanted {
  topics: string[]
  project_id?: string[]
  sprint_id?: string[]
  story_id?: string[]
  task_id?: string[]
  types?: string[]
  /** Whether the stream shows who has the boards of its sprints open. */
  presence?: boolean | undefined
}

const maxPresenceSprints = 10 // the server refuses presence for more sprints

const filters = [...idFilters, 'types'] as const

export function wantedBy(selection: Selection = {}): Wanted {
  const wanted: Wanted = {topics: sorted(selection.topics ?? ['tasks'])}
  for (const name of filters) {
    // `Selection` has `projectId` instead of `project_id`.
    const values = selection[name.replace('_i', 'I') as keyof Selection]
    if (values) wanted[name] = sorted([values].flat())
  }
  return wanted
}

/**
 * Returns the path of a stream that resumes after `cursor`. The path is relative to `/api/v1`. When `cursor` is
 * undefined, the stream starts at the current head.
 */
export function pathOf(wanted: Wanted, cursor: string | undefined): string {
  const query = new URLSearchParams({framing: 'message'})
  const [topic, another] = wanted.topics
  if (another) query.append('topics', wanted.topics.join())
  for (const name of idFilters) for (const id of wanted[name] ?? []) query.append(name, id)
  if (wanted.types) query.append('types', wanted.types.join())
  if (wanted.presence && wanted.sprint_id && wanted.sprint_id.length <= maxPresenceSprints)
    query.append('presence', 'true')
  if (cursor) query.append('lastEventId', cursor)
  return `/events${another ? '' : `/${topic}`}?${query}`
}

/**
 * Returns a selection that matches all events of the first selection and all events of the second selection. The
 * returned selection may also match other events, because it contains only the filters that both selections have. It
 * has presence if one of the two selections has presence.
 */
export function union(one: Wanted, other: Wanted): Wanted {
  const both: Wanted = {topics: one.topics}
  for (const name of filters) {
    const [ours, theirs] = [one[name], other[name]]
    if (ours && theirs) both[name] = sorted([...ours, ...theirs])
  }
  if (one.presence || other.presence) both.presence = true
  return both
}

export function isSame(one: Wanted, other: Wanted): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** Returns whether the selection matches the event. */
export function wants(wanted: Wanted, event: BoardEvent): boolean {
  return matchesFilters(wanted, event, 'from_')
}

function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].sort()
}
