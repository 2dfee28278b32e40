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
  const isOpen = open.has(status)
  if (isOpen && days < 0) return {text: `${count(-days, 'day')} late`, isOverdue: true}
  if (!isOpen || days > nearDays) {
    const format = dueOn.slice(0, 4) === today.slice(0, 4) ? shortFormat : yearFormat
    return {text: `Due ${format.format(new Date(dueOn))}`, isOverdue: false}
  }
  const near = days === 0 ? 'today' : days === 1 ? 'tomorrow' : `in ${days} days`
  return {text: `Due ${near}`, isOverdue: false}
}

/** Returns the day with its weekday and year. */
export function longDay(day: string): string {
  return longFormat.format(new Date(day))
}
