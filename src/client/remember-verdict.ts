/**
 * Reads and writes verdicts. A verdict is a text: the name of the transport, and the time until which the verdict is
 * valid, in milliseconds since 1970. The word `unconfirmed` follows until the transport has worked once.
 */
import {verdictMs} from './limits.ts'
import type {VerdictPlace} from './verdicts.ts'

/** How long the client uses a transport that has not worked yet. */
export const unconfirmedMs = 60_000

export interface Verdict {
  name: 'fetch' | 'poll'
  /** Milliseconds since 1970. */
  until: number
  isConfirmed: boolean
}

/** Returns undefined when there is no valid verdict. */
export function readVerdict({all, key}: VerdictPlace, now = Date.now()): Verdict | undefined {
  const [name, end, isUnconfirmed] = (all[key] ?? '').split(' ')
  const until = Number(end)
  // A later end was written while the clock of the device was wrong.
  const isValid = until > now && until <= now + verdictMs
  if ((name !== 'fetch' && name !== 'poll') || !isValid) return undefined
  return {name, until, isConfirmed: !isUnconfirmed}
}

/** Returns the end of the verdict, in milliseconds since 1970. */
export function confirmVerdict(place: VerdictPlace, name: Verdict['name'], now = Date.now()): number {
  write(place, `${name} ${now + verdictMs}`)
  return now + verdictMs
}

export function proposeVerdict(place: VerdictPlace, name: Verdict['name'], now = Date.now()): void {
  write(place, `${name} ${now + unconfirmedMs} unconfirmed`)
}

export function forgetVerdict({all, key}: VerdictPlace): void {
  delete all[key]
}

function write(place: VerdictPlace, text: string): void {
  const {all, key} = place
  try {
    all[key] = text
  } catch {
    // The storage is full. The verdict then lasts as long as the stream.
    place.all = {[key]: text}
  }
}
