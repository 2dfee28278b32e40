/** Decides which events a stream wants. Live delivery and replay select the same events. */
import {type EventType, eventTypes, type Topic, topicsOf} from '../board/events.ts'
import {idFilters, matchesFilters} from '../board/selection.ts'
import type {LogRecord} from '../store/event-log.ts'
import type {EventFilter} from '../store/selected-events.ts'

/**
 * Describes the events that a stream wants. An event must match every property that is present. If a property has
 * several values, it is enough that the event matches one of these values.
 */
export interface Selection {
  topics: readonly Topic[]
  types?: readonly EventType[] | undefined
  project_id?: readonly string[] | undefined
  sprint_id?: readonly string[] | undefined
  story_id?: readonly string[] | undefined
  task_id?: readonly string[] | undefined
  /** Whether the stream shows who looks at the boards of the sprints in `sprint_id`. Default false. */
  presence?: boolean | undefined
  /** The id of the caller, for the topic `user`. The server sets this id; a request parameter cannot set it. */
  user_id?: string
}

/** The columns of a record that a selection compares. */
export type Matchable = Omit<LogRecord, 'seq' | 'data'>

/** Returns a key that is the same for equal selections. The order of the values in a selection does not matter. */
export function canonicalKey(selection: Selection): string {
  const names = ['topics', 'types', ...idFilters] as const
  const parts = names.flatMap(name =>
    selection[name] ? [`${name}=${distinct(selection[name]).join(',')}`] : [],
  )
  if (selection.topics.includes('user')) parts.push(`user=${selection.user_id}`)
  if (selection.presence) parts.push('presence')
  return parts.join('&')
}

/**
 * Returns the selection as conditions for the database. Returns undefined when the selection matches most events of a
 * typical log. A replay then reads all events from the log.
 */
export function filterOf(selection: Selection): EventFilter | undefined {
  const {topics, types, project_id, sprint_id, story_id, task_id, user_id} = selection
  const isWide = topics.includes('tasks') && !(types ?? project_id ?? sprint_id ?? story_id ?? task_id)
  if (isWide) return undefined
  return {
    topicTypes: eventTypes.filter(type => topicsOf(type).some(topic => topics.includes(topic))),
    recipient: topics.includes('user') ? (user_id ?? null) : null,
    types: types ?? null,
    project_id: project_id ?? null,
    sprint_id: sprint_id ?? null,
    story_id: story_id ?? null,
    task_id: task_id ?? null,
  }
}

/**
 * Returns the id of the sprint when the selection matches all events of exactly one sprint's board. Otherwise, returns
 * undefined.
 */
export function boardOf(selection: Selection): string | undefined {
  const {topics, types, project_id, sprint_id, story_id, task_id} = selection
  const isNarrowed = types ?? project_id ?? story_id ?? task_id
  return topics.includes('tasks') && !isNarrowed && sprint_id?.length === 1 ? sprint_id[0] : undefined
}

/** Returns the ids of the sprints whose presence the stream shows, without duplicates. */
export function presenceOf({presence, sprint_id = []}: Selection): readonly string[] {
  return presence ? distinct(sprint_id) : []
}

/** Returns whether the selection matches the event. */
export function matches(selection: Selection, event: Matchable): boolean {
  return matchesFilters(selection, event, 'left_') && matchesTopic(selection, event)
}

function matchesTopic({topics, user_id}: Selection, event: Matchable): boolean {
  if (topicsOf(event.type).some(topic => topics.includes(topic))) return true
  return topics.includes('user') && user_id !== undefined && event.recipients?.includes(user_id) === true
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort()
}
