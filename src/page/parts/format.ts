/** Formats numbers, names, days and times as text. */

/** Returns one or two letters: 'AL' for 'Ada Lovelace', and 'G' for 'grace'. */
export function initials(name: string): string {
  const parts = name.trim().split(/\s+/)
  const letters = parts.length > 1 ? [parts[0]!, parts.at(-1)!] : parts
  return letters
    .map(part => Array.from(part)[0] ?? '')
    .join('')
    .toUpperCase()
}

/** Returns the number with its noun: '1 task', '2 tasks'. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? singular : plural}`
}

/** Returns the number with at most one decimal place. */
export function rounded(number: number): number {
  return Math.round(number * 10) / 10
}

/** Returns '7.5 h'. */
export function hoursText(hours: number): string {
  return `${hours.toLocaleString('en', {maximumFractionDigits: 1})} h`
}

/** Returns 'Ada', 'Ada and Bob' or 'Ada, Bob and 2 more'. The text is empty when there are no names. */
export function listNames(names: readonly string[], maxShown = 2): string {
  const shown = names.slice(0, maxShown)
  const more = names.length - shown.length
  if (more > 0) return `${shown.join(', ')} and ${more} more`
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

const dayFormat = new Intl.DateTimeFormat(undefined, {day: 'numeric', month: 'short', timeZone: 'UTC'})
const clockFormat = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
const shortTimeFormat = new Intl.DateTimeFormat(undefined, {timeStyle: 'short'})
const dateTimeFormat = new Intl.DateTimeFormat(undefined, {dateStyle: 'medium', timeStyle: 'short'})
const agoFormat = new Intl.RelativeTimeFormat('en', {numeric: 'auto', style: 'short'})

/** Returns '3 Mar – 16 Mar', 'from 3 Mar' or 'until 16 Mar'. The text is empty when both days are null. */
export function dateRange(startsOn: string | null, endsOn: string | null): string {
  const [start, end] = [startsOn, endsOn].map(day => day && dayFormat.format(new Date(day)))
  if (start && end) return `${start} – ${end}`
  if (start) return `from ${start}`
  return end ? `until ${end}` : ''
}

/** Returns a calendar day without its year, such as 'Jan 31'. */
export function shortDay(day: string): string {
  return dayFormat.format(new Date(day))
}

/**
 * Returns a text such as 'starts in 3 days', '6 days left' or 'ends today'. The text is empty when there is no end day
 * and the start day is not in the future.
 */
export function timeLeft(startsOn: string | null, endsOn: string | null, today: string): string {
  const daysUntil = (day: string) => (Date.parse(day) - Date.parse(today)) / 86_400_000
  if (startsOn && daysUntil(startsOn) > 0) return `starts in ${count(daysUntil(startsOn), 'day')}`
  if (!endsOn) return ''
  const left = daysUntil(endsOn)
  if (left < 0) return `ended ${count(-left, 'day')} ago`
  return left === 0 ? 'ends today' : `${count(left, 'day')} left`
}

/** Returns the calendar day in the time zone of the browser, such as `2026-01-31`. */
export function localDay(date: Date): string {
  const [month, day] = [date.getMonth() + 1, date.getDate()].map(number => String(number).padStart(2, '0'))
  return `${date.getFullYear()}-${month}-${day}`
}

/** Returns the time of day with seconds, in the time zone of the browser. */
export function clockTime(date: Date): string {
  return clockFormat.format(date)
}

/** Returns the time of day without seconds, in the time zone of the browser. */
export function shortTime(date: Date): string {
  return shortTimeFormat.format(date)
}

/** Returns the date and time of day, in the time zone of the browser. */
export function dateAndTime(timestamp: string): string {
  return dateTimeFormat.format(new Date(timestamp))
}

/**
 * Returns '5 min. ago', for example. For a future timestamp, returns 'just now', because the clock of the user's
 * machine may be slow.
 */
export function timeAgo(timestamp: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(timestamp)) / 1000)
  if (seconds < 45) return 'just now'
  if (seconds < 45 * 60) return agoFormat.format(-Math.round(seconds / 60), 'minute')
  if (seconds < 22 * 3600) return agoFormat.format(-Math.round(seconds / 3600), 'hour')
  return agoFormat.format(-Math.round(seconds / 86_400), 'day')
}
