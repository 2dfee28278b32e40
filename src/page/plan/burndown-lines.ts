/** Pure functions that compute the lines of a burndown chart. */
import type {Burndown, Sprint} from '../../client/client.ts'

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
  /** From the tasks of the first day to no open task on the last day of the sprint. Undefined without this day. */
  ideal: [Point, Point] | undefined
}

/** Returns undefined when no day was recorded. A day without an entry is like the day before. */
export function linesOf({days}: Burndown, {ends_on}: Pick<Sprint, 'ends_on'>): BurndownLines | undefined {
  const [first] = days
  const last = days.at(-1)
  if (!first || !last) return undefined
  const actual: Point[] = []
  for (const entry of days) {
    const day = daysBetween(first.day, entry.day)
    const before = actual.at(-1)
    if (before && before.day < day - 1) actual.push({day: day - 1, open: before.open})
    actual.push({day, open: openOf(entry)})
  }
  const to = ends_on && ends_on > last.day ? ends_on : last.day
  const start = {day: 0, open: actual[0]!.open}
  return {
    from: first.day,
    to,
    days: Math.max(1, daysBetween(first.day, to)),
    top: Math.max(1, ...actual.map(({open}) => open)),
    actual,
    ideal:
      ends_on && ends_on > first.day ? [start, {day: daysBetween(first.day, ends_on), open: 0}] : undefined,
  }
}

export function openOf({task_count, completed_task_count}: Burndown['days'][number]): number {
  return task_count - completed_task_count
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)
}
