/** Ends streams before their credentials end, and warns the clients a minute before the end. */
import {endStreams} from './end-streams.ts'

export interface ExpiringStream {
  /** The end of the stream's credential, in milliseconds since 1970. Undefined when the credential has no end. */
  readonly expiresAt: number | undefined
  /** Tells the client that the credential will end soon. A repeated call does nothing. */
  warnOfExpiry(): void
  /** Ends the stream. */
  expire(): void
}

interface Slot<T> {
  streams: Set<T>
  isWarned: boolean
}

export const expiryWarningMs = 60_000
// The length of a slot. All streams whose credentials end in the same slot are handled together.
export const slotMs = 250
const tickMs = 500
const warningWindowMs = 5_000 // the warnings of a slot are spread over this time
const marginMs = 250 // even when a tick is late by this time, every stream ends before its credential ends
/** A stream ends when its credential has less than this number of milliseconds left. */
export const leastMs = tickMs + marginMs

export interface ExpiriesOptions {
  /** Returns the time of day in milliseconds since 1970. */
  timeOfDay: () => number
  /** Returns the time of a monotonic clock in milliseconds. */
  now: () => number
}

/** The open streams whose credentials have an end. A stream ends in the last second before its credential ends. */
export class Expiries<T extends ExpiringStream> {
  readonly #slots = new Map<number, Slot<T>>()
  readonly #options: ExpiriesOptions
  readonly #timer: NodeJS.Timeout

  constructor(options: ExpiriesOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.tick(), tickMs)
    this.#timer.unref()
  }

  add(stream: T): void {
    if (stream.expiresAt === undefined) return
    const key = slotOf(stream.expiresAt)
    const slot = this.#slots.get(key)
    if (slot) slot.streams.add(stream)
    else this.#slots.set(key, {streams: new Set([stream]), isWarned: false})
  }

  delete(stream: T): void {
    if (stream.expiresAt === undefined) return
    const key = slotOf(stream.expiresAt)
    const slot = this.#slots.get(key)
    if (slot?.streams.delete(stream) && slot.streams.size === 0) this.#slots.delete(key)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /**
   * Warns the clients whose credentials end within a minute. Ends the streams whose credentials end within a second.
   * The time of day is read at every tick, so that a change of the system clock has an effect at once.
   */
  tick(): void {
    const timeOfDay = this.#options.timeOfDay()
    for (const [key, slot] of this.#slots) {
      const leftMs = key * slotMs - timeOfDay
      if (leftMs <= expiryWarningMs && !slot.isWarned) {
        slot.isWarned = true
        // The warnings are spread over time, because each warned client gets a new token and reconnects.
        const windowMs = Math.min(warningWindowMs, Math.max(0, leftMs - 2 * tickMs))
        void endStreams([...slot.streams], stream => stream.warnOfExpiry(), {
          windowMs,
          now: this.#options.now,
        })
      }
      if (leftMs <= leastMs) {
        this.#slots.delete(key)
        const windowMs = Math.max(0, leftMs - marginMs)
        void endStreams([...slot.streams], stream => stream.expire(), {windowMs, now: this.#options.now})
      }
    }
  }
}

function slotOf(expiresAt: number): number {
  return Math.floor(expiresAt / slotMs)
}
