/** Disturbs the notifications of a bus on their way to a server. */
import type {Message, SplitMessages} from './messages.ts'
import type {Random} from './random.ts'

/**
 * - `drop`: some notifications are lost.
 * - `double`: some notifications arrive twice.
 * - `reorder`: notifications wait briefly and then arrive in a random order.
 * - `deaf`: all notifications are lost.
 */
export type NotificationFault = 'none' | 'drop' | 'double' | 'reorder' | 'deaf'

const holdMs = 100

export class NotificationFilter {
  readonly #random: Random
  #fault: NotificationFault = 'none'

  constructor(random: Random) {
    this.#random = random
  }

  set(fault: NotificationFault): void {
    this.#fault = fault
  }

  /**
   * Returns a function for one connection. The function receives all bytes of the connection in order, and returns the
   * bytes that are passed on immediately. During the fault `reorder`, the function delays notifications, and passes
   * them to `write` later.
   */
  editor(split: SplitMessages, write: (bytes: Buffer) => void): (bytes: Buffer) => Buffer {
    let rest: Buffer = Buffer.alloc(0)
    let held: Buffer[] = []
    const release = () => {
      write(Buffer.concat(this.#random.shuffled(held)))
      held = []
    }
    return bytes => {
      const parts = split(Buffer.concat([rest, bytes]))
      rest = Buffer.from(parts.rest)
      const passed = parts.messages.flatMap(message => {
        if (!message.isNotification || this.#fault !== 'reorder') return this.#edit(message)
        if (held.push(Buffer.from(message.bytes)) === 1) setTimeout(release, holdMs)
        return []
      })
      return Buffer.concat(passed)
    }
  }

  #edit({bytes, isNotification}: Message): Buffer[] {
    if (!isNotification) return [bytes]
    switch (this.#fault) {
      case 'deaf':
        return []
      case 'drop':
        return this.#random.chance(0.5) ? [] : [bytes]
      case 'double':
        return this.#random.chance(0.5) ? [bytes, bytes] : [bytes]
      default:
        return [bytes]
    }
  }
}
