/** The texts about the day on which a task is due. */
import type {TaskStatus} from '../../client/client.ts'
import {count} from './format.ts'

const shortFormat = new Intl.DateTimeFormat(undefined, {day: 'numeric', month: 'short', timeZone: 'UTC'})
const yearFormat = new Intl.DateTimeFormat(undefined, {dateStyle: 'medium', timeZone: 'UTC'})
const longFormat = new Intl.DateTimeFormat(undefined, {dateStyle: 'full', timeZone: 'UTC'})

const nearDays = 14 // a day that is farther away is easier to understand as a date
const open: ReadonlySet<TaskStatus> = new Set(['available', 'owned', 'in_progress'])

/**
 * Returns a text such as 'Due tomorrow', 'Due in 3 days', 'Due 14 Mar' or '2 days late', because '2 days overdue' is too wide
 * for a card. `dueOn` and `today` are days such as `2026-12-31`.
 */
export function dueText(
  dueOn: string,
  status: TaskStatus,
  today: string,
): {text: string; isOverdue: boolean} {
  const days = (Date.parse(dueOn) - Date.parse(today)) / 86_400_000
  if (!isCounted(dueOn, status, today)) {
    const format = dueOn.slice(0, 4) === today.slice(0, 4) ? shortFormat : yearFormat
    return {text: `Due ${format.format(new Date(dueOn))}`, isOverdue: false}
  }
  if (days < 0) return {text: `${count(-days, 'day')} late`, isOverdue: true}
  const near = days === 0 ? 'today' : days === 1 ? 'tomorrow' : `in ${days} days`
  return {text: `Due ${near}`, isOverdue: false}
}

/** Whether the text about the day counts the days until or since the day, and is no date. */
export function isCounted(dueOn: string, status: TaskStatus, today: string): boolean {
  return open.has(status) && Date.parse(dueOn) - Date.parse(today) <= nearDays * 86_400_000
}

/** Returns the day with its year, such as '14 Mar 2027'. */
export function dayWithYear(day: string): string {
  return yearFormat.format(new Date(day))
}

/** Returns the day with its weekday and year. */
export function longDay(day: string): string {
  return longFormat.format(new Date(day))
}
