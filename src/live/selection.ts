/** Which events a stream wants. Live and in replay one function decides, so both give the same. */
import {type EventType, type Topic, topicsOf} from '../board/events.ts'
import type {LogRecord} from '../store/event-log.ts'

/** Values of one name are alternatives, names add up; a name that is left out wants everything. */
export interface Selection {
  topics: readonly Topic[]
  types?: readonly EventType[] | undefined
  project_id?: readonly string[] | undefined
  sprint_id?: readonly string[] | undefined
  story_id?: readonly string[] | undefined
  task_id?: readonly string[] | undefined
  /** The caller, for topic `user`; set by the server, never by a parameter. */
  user_id?: string
}

/** Everything that `matches` looks at, and nothing else of the record. */
export type Matchable = Omit<LogRecord, 'seq' | 'data'>

const filters = ['project_id', 'sprint_id', 'story_id', 'task_id'] as const

/** The same text for selections that want the same, whatever the order of their values. */
export function canonicalKey(selection: Selection): string {
  const names = ['topics', 'types', ...filters] as const
  const parts = names.map(name => `${name}=${distinct(selection[name]).join(',')}`)
  if (selection.topics.includes('user')) parts.push(`user=${selection.user_id}`)
  return parts.join('&')
}

/** Compiles the selection: built once per channel, called once per event. */
export function matcher(selection: Selection): (record: Matchable) => boolean {
  const tests = [
    ofTopics(selection),
    ...(selection.types ? [ofTypes(new Set<string>(selection.types))] : []),
    ...filters.flatMap(name => (selection[name] ? [ofThing(name, new Set(selection[name]))] : [])),
  ]
  return record => tests.every(test => test(record))
}

function ofTopics({topics, user_id}: Selection) {
  const wanted = new Set<Topic>(topics)
  const wantsUser = wanted.has('user')
  return (record: Matchable) =>
    topicsOf(record.type).some(topic => wanted.has(topic)) ||
    (wantsUser && user_id !== undefined && record.recipients?.includes(user_id) === true)
}

function ofTypes(wanted: ReadonlySet<string>) {
  return (record: Matchable) => wanted.has(record.type)
}

function ofThing(name: (typeof filters)[number], wanted: ReadonlySet<string>) {
  return (record: Matchable) => {
    // What belongs to no project (a member's name) concerns every board of the organization.
    if (record.project_id === null) return true
    const id = record[name]
    if (id !== null && wanted.has(id)) return true
    // A move concerns the sprint that was left as well as the one that was joined.
    return name === 'sprint_id' && record.left_sprint_id !== null && wanted.has(record.left_sprint_id)
  }
}

function distinct(values: readonly string[] = []): string[] {
  return [...new Set(values)].sort()
}
