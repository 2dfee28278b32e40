/** Makes values of a file acceptable for the schemas of `board/`. */

import {day, oneLine} from '../board/fields.ts'
import {acceptanceCriteriaRefs, type TaskPriority, type TaskStatus} from '../board/task.ts'
import type {NotKeptCounts, Person} from './imported-board.ts'
import {textOf} from './json-values.ts'

const maxTitle = 200
const maxProse = 10_000

/** Returns one line of 1 to `max` characters. An empty text becomes `fallback`. */
export function cleanTitle(
  value: unknown,
  notKept: NotKeptCounts,
  fallback = 'Untitled',
  max = maxTitle,
): string {
  const text = oneLine(storable(value)).trim()
  if (text.length <= max) return text || fallback
  notKept.add('cut-texts', text)
  return `${startOf(text, max - 1).trimEnd()}…`
}

/** Returns the first `max` UTF-16 code units, or one less when they end with half of a character. */
export function startOf(text: string, max: number): string {
  const start = text.slice(0, max)
  return start.isWellFormed() ? start : start.slice(0, -1)
}

/** Returns text of at most `max` characters. */
export function cleanProse(value: unknown, notKept: NotKeptCounts, max = maxProse): string {
  const text = storable(value)
  if (text.length <= max) return text
  notKept.add('cut-texts', text)
  return `${startOf(text, max - 1)}…`
}

const maxNames = 5 // a name, a handle and an address, or the cells of a row
const maxNameLength = 320 // of an e-mail address

export function cleanPerson(names: Person): Person {
  return names.slice(0, maxNames).map(name => startOf(storable(name), maxNameLength))
}

/** Postgres stores no NUL, and JSON in UTF-8 has no lone surrogate. */
function storable(value: unknown): string {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' ? value.replaceAll('\0', '').replaceAll('\r\n', '\n').toWellFormed() : ''
}

/**
 * Returns the time with milliseconds in UTC. A time without a zone is in UTC. Returns null when the value is no time after the
 * year 1970, and reports it when `notKept` is given.
 */
export function cleanTime(value: unknown, notKept?: NotKeptCounts): string | null {
  if (value === null || value === undefined || value === '') return null
  const time =
    typeof value === 'string' && value.length <= 40 ? Date.parse(withZone(value.trim())) : Number.NaN
  if (time > 0 && time < maxTime) return new Date(time).toISOString()
  notKept?.add('invalid-values', exampleOf(value))
  return null
}

// `10:00Z`, `10:00+02`, `10:00 GMT+0200 (CEST)` and `10:00 EST`.
const zone = /(z|utc|gmt|\d:\d\d.*([ecmp][sd]t|[+-]\d\d?(:?\d\d)?))( ?\([^)]*\))?$/i

/** `Date.parse` reads most times without a zone in the zone of the server. */
function withZone(time: string): string {
  if (zone.test(time)) return time
  return /^\d{4}-\d\d-\d\dt[\d:.]+$/i.test(time) ? `${time}Z` : `${time} UTC`
}

const maxTime = Date.UTC(2200, 0)

/** Returns the day in UTC of a day or time. An unreadable value is reported, and becomes null. */
export function cleanDay(value: unknown, notKept: NotKeptCounts): string | null {
  if (value === null || value === undefined || value === '') return null
  if (typeof value === 'string' && day.safeParse(value).success) return value
  const time = cleanTime(value)
  if (!time) notKept.add('invalid-values', exampleOf(value))
  return time?.slice(0, 10) ?? null
}

/** Returns a number of hours. An unreadable value is reported, and becomes null. */
export function cleanHours(value: unknown, notKept: NotKeptCounts): number | null {
  if (value === null || value === undefined || value === '') return null
  const hours = Number(textOf(value).replace(',', '.') || Number.NaN)
  if (hours >= 0 && hours <= 100_000) return Math.round(hours * 100) / 100
  notKept.add('invalid-values', exampleOf(value))
  return null
}

/** Returns the references. If one is invalid, all are reported, and left out. */
export function cleanRefs(value: unknown, title: string, notKept: NotKeptCounts): string[] {
  const {data, success} = acceptanceCriteriaRefs.safeParse(value)
  if (!success) notKept.add('invalid-values', title)
  return data ?? []
}

/** An object of a file can have a field `toString`, so it must not be converted to a text. */
function exampleOf(value: unknown): string {
  return textOf(value) || typeof value
}

const priorities: Readonly<Record<string, TaskPriority | null>> = {
  urgent: 'urgent',
  highest: 'urgent',
  blocker: 'urgent',
  critical: 'urgent',
  p0: 'urgent',
  high: 'high',
  major: 'high',
  p1: 'high',
  medium: 'medium',
  normal: 'medium',
  p2: 'medium',
  low: 'low',
  lowest: 'low',
  minor: 'low',
  trivial: 'low',
  p3: 'low',
  p4: 'low',
  '': null,
  none: null,
}

/** An unknown priority is reported, and becomes null. */
export function cleanPriority(value: unknown, notKept: NotKeptCounts): TaskPriority | null {
  const name = plainName(storable(value))
  if (Object.hasOwn(priorities, name)) return priorities[name]!
  notKept.add('invalid-values', exampleOf(value))
  return null
}

type ImportedStatus = Exclude<TaskStatus, 'owned'>

const statuses: readonly [RegExp, ImportedStatus][] = [
  [
    /\b(cancel|cancell?ed|won['’]?t|rejected|declined|abandoned|duplicate|obsolete|invalid|not planned|cannot reproduce)\b/,
    'cancelled',
  ],
  [/\b(failed|failure)\b/, 'failed'],
  [
    /\b(not started|to ?do|backlog|open|new|ready|available|owned|planned|next|later|ideas?|inbox|icebox|selected|reopened|unassigned|blocked)\b/,
    'available',
  ],
  [
    /\b(done|completed?|closed|resolved|finished|released?|shipped|deployed|live|fixed|merged)\b/,
    'completed',
  ],
  [
    /\b(doing|progress|wip|started|active|working|develop(ing|ment)?|review(ing)?|test(ing)?|qa|staging|verify|verification)\b/,
    'in_progress',
  ],
]

/** Returns the status that the name of a status or list means, or undefined. */
export function statusOf(name: string): ImportedStatus | undefined {
  const plain = plainName(name)
  return statuses.find(([pattern]) => pattern.test(plain))?.[1]
}

function plainName(name: string): string {
  return name.trim().toLowerCase().replaceAll(/[_-]+/g, ' ')
}
