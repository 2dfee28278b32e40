/** Pure functions that compute the lines of a burndown chart. */
import type {Burndown, Sprint} from '../../client/client.ts'
import {count, rounded, shortDay} from '../parts/format.ts'

/** A point of the chart: days since its first day, and open tasks. */
export interface Point {
  day: number
  open: number
}

export interface BurndownLines {
  /** The first and the last day of the chart, such as `2026-01-31`. */
  from: string
  to: string
  /** The number of days between them; at least 1. */
  days: number
  /** The highest number of open tasks; at least 1. */
  top: number
  actual: Point[]
  /** The first recorded day, when the sprint began before. */
  recordedSince: string | undefined
  /** From all tasks on the first day of the sprint to no open task on its last day. Undefined without the last day. */
  ideal: [Point, Point] | undefined
}

/** Returns undefined when no day was recorded. A day without an entry is like the day before. */
export function linesOf(
  {days}: Burndown,
  {starts_on, ends_on}: Pick<Sprint, 'starts_on' | 'ends_on'>,
): BurndownLines | undefined {
  const [first] = days
  const last = days.at(-1)
  if (!first || !last) return undefined
  const from = starts_on && starts_on < first.day ? starts_on : first.day
  const actual: Point[] = []
  for (const entry of days) {
    const day = daysBetween(from, entry.day)
    const before = actual.at(-1)
    if (before && before.day < day - 1) actual.push({day: day - 1, open: before.open})
    actual.push({day, open: openOf(entry)})
  }
  const to = ends_on && ends_on > last.day ? ends_on : last.day
  const start = {day: 0, open: first.task_count}
  return {
    from,
    to,
    days: Math.max(1, daysBetween(from, to)),
    top: Math.max(1, start.open, ...actual.map(({open}) => open)),
    actual,
    recordedSince: first.day > from ? first.day : undefined,
    ideal: ends_on && ends_on > from ? [start, {day: daysBetween(from, ends_on), open: 0}] : undefined,
  }
}

/** Returns the state of now as sentences. Requires that a day was recorded. */
export function totalsText({days}: Burndown, {actual, ideal}: BurndownLines): string {
  const [first, last] = [days[0]!, days.at(-1)!]
  const tasks = `${last.completed_task_count} of ${count(last.task_count, 'task')}`
  const hours = ` and ${rounded(last.completed_hours)} of ${rounded(last.estimated_hours)} estimated hours`
  const added = last.task_count - first.task_count
  return [
    `${tasks}${last.estimated_hours > 0 ? hours : ''} done.`,
    ...(ideal ? [paceText(actual.at(-1)!, ideal)] : []),
    ...(added > 0 ? [`${count(added, 'task')} added since ${shortDay(first.day)}.`] : []),
  ].join(' ')
}

function paceText({day, open}: Point, [start, end]: [Point, Point]): string {
  const planned = start.open * Math.max(0, 1 - day / end.day)
  const more = Math.round(open - planned)
  if (more === 0) return 'On an even pace.'
  const tasks = `open ${Math.abs(more) === 1 ? 'task' : 'tasks'}`
  return `${Math.abs(more)} ${more > 0 ? 'more' : 'fewer'} ${tasks} than at an even pace.`
}

export function openOf({task_count, completed_task_count}: Burndown['days'][number]): number {
  return task_count - completed_task_count
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)
}
