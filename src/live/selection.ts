/** Which events a stream wants. Live delivery and replay use the same predicate, so both select the same events. */
import {type EventType, type Topic, topicsOf} from '../board/events.ts'
import type {LogRecord} from '../store/event-log.ts'

/** An event must match every property that is present; the values of one property are alternatives. */
export interface Selection {
  topics: readonly Topic[]
  types?: readonly EventType[] | undefined
  project_id?: readonly string[] | undefined
  sprint_id?: readonly string[] | undefined
  story_id?: readonly string[] | undefined
  task_id?: readonly string[] | undefined
  /** The caller, for topic `user`. Set by the server, never by a parameter. */
  user_id?: string
}

/** The columns of a record that a selection can match on. */
export type Matchable = Omit<LogRecord, 'seq' | 'data'>

const idFilters = ['project_id', 'sprint_id', 'story_id', 'task_id'] as const

/** A key that is equal for selections that want the same events, whatever the order of their values. */
export function canonicalKey(selection: Selection): string {
  const names = ['topics', 'types', ...idFilters] as const
  const parts = names.map(name => `${name}=${distinct(selection[name]).join(',')}`)
  if (selection.topics.includes('user')) parts.push(`user=${selection.user_id}`)
  return parts.join('&')
}

/** Compiles the selection to a predicate. Called once per channel; the predicate is called once per event. */
export function matcher(selection: Selection): (record: Matchable) => boolean {
  const tests = [
    matchesTopics(selection),
    ...(selection.types ? [matchesTypes(new Set<string>(selection.types))] : []),
    ...idFilters.flatMap(name => (selection[name] ? [matchesId(name, new Set(selection[name]))] : [])),
  ]
  return record => tests.every(test => test(record))
}

function matchesTopics({topics, user_id}: Selection) {
  const wanted = new Set<Topic>(topics)
  const wantsUser = wanted.has('user')
  return (record: Matchable) =>
    topicsOf(record.type).some(topic => wanted.has(topic)) ||
    (wantsUser && user_id !== undefined && record.recipients?.includes(user_id) === true)
}

function matchesTypes(wanted: ReadonlySet<string>) {
  return (record: Matchable) => wanted.has(record.type)
}

function matchesId(name: (typeof idFilters)[number], wanted: ReadonlySet<string>) {
  return (record: Matchable) => {
    // An event without a project (a renamed member) concerns every board of the organization.
    if (record.project_id === null) return true
    const id = record[name]
    if (id !== null && wanted.has(id)) return true
    // A move concerns the sprint that was left as well as the sprint that was joined.
    return name === 'sprint_id' && record.left_sprint_id !== null && wanted.has(record.left_sprint_id)
  }
}

function distinct(values: readonly string[] = []): string[] {
  return [...new Set(values)].sort()
}
