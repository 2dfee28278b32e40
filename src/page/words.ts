/** How the page calls things: statuses, roles, days and moments. */
import type {Role} from '../board/member.ts'
import type {StoryStatus} from '../board/story.ts'
import type {TaskStatus} from '../board/task.ts'
import {truncate} from '../board/truncate.ts'

/** In the order of the columns. */
export const statusLabels: Record<TaskStatus, string> = {
  available: 'Available',
  owned: 'Owned',
  in_progress: 'In progress',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
}
export const statuses = Object.keys(statusLabels) as TaskStatus[]

/** In the order in which a story goes through them. */
export const storyStatusLabels: Record<StoryStatus, string> = {
  draft: 'Draft',
  ready: 'Ready',
  committed: 'Committed',
  in_progress: 'In progress',
  done: 'Done',
}
export const storyStatuses = Object.keys(storyStatusLabels) as StoryStatus[]

export const roleLabels: Record<Role, string> = {viewer: 'Viewer', member: 'Member', admin: 'Admin'}

/** Up to two letters: 'Ada Lovelace' → 'AL', 'grace' → 'G'. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  const letters = words.length > 1 ? [words[0]!, words.at(-1)!] : words
  return letters
    .map(word => Array.from(word)[0] ?? '')
    .join('')
    .toUpperCase()
}

/** '1 task', '2 tasks'. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`
}

/** 'Ada', 'Ada and Bob', 'Ada, Bob and 2 more'; empty for none. */
export function listed(names: readonly string[], most = 2): string {
  const shown = names.slice(0, most)
  const more = names.length - shown.length
  if (more > 0) return `${shown.join(', ')} and ${more} more`
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

/** Longer texts end in an ellipsis. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${truncate(text, most - 1).trimEnd()}…`
}

const dayFormat = new Intl.DateTimeFormat(undefined, {day: 'numeric', month: 'short', timeZone: 'UTC'})
const clockFormat = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
const momentFormat = new Intl.DateTimeFormat(undefined, {dateStyle: 'medium', timeStyle: 'short'})
const agoFormat = new Intl.RelativeTimeFormat('en', {numeric: 'auto', style: 'short'})

/** '3 Mar – 16 Mar', 'from 3 Mar', 'until 16 Mar'; empty when neither day is known. */
export function days(startsOn: string | null, endsOn: string | null): string {
  const [start, end] = [startsOn, endsOn].map(day => day && dayFormat.format(new Date(day)))
  if (start && end) return `${start} – ${end}`
  if (start) return `from ${start}`
  return end ? `until ${end}` : ''
}

/** How far a sprint is: 'starts in 3 days', '6 days left', 'last day', 'ended 2 days ago'; empty without days. */
export function daysLeft(startsOn: string | null, endsOn: string | null, now: Date): string {
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate())
  const until = (day: string) => Math.round((Date.parse(day) - today) / 86_400_000)
  if (startsOn && until(startsOn) > 0) return `starts in ${count(until(startsOn), 'day')}`
  if (!endsOn) return ''
  const left = until(endsOn)
  if (left < 0) return `ended ${count(-left, 'day')} ago`
  return left === 0 ? 'last day' : `${count(left, 'day')} left`
}

/** The time of day, as on the viewer's own clock. */
export function clock(date: Date): string {
  return clockFormat.format(date)
}

export function moment(timestamp: string): string {
  return momentFormat.format(new Date(timestamp))
}

/** '5 min. ago'; a clock that runs late makes nothing lie in the future. */
export function ago(timestamp: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(timestamp)) / 1000)
  if (seconds < 45) return 'just now'
  if (seconds < 45 * 60) return agoFormat.format(-Math.round(seconds / 60), 'minute')
  if (seconds < 22 * 3600) return agoFormat.format(-Math.round(seconds / 3600), 'hour')
  return agoFormat.format(-Math.round(seconds / 86_400), 'day')
}
