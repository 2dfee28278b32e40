/** Shares the slots of a connection pool fairly between groups. Each organization is a group. */
import {Problem} from '../board/problem.ts'

export interface FairSlotsOptions {
  /** The number of slots, which is the size of the pool. */
  slots: number
  /** The maximum number of slots that one group may have at the same time. `noGroup` has no maximum. */
  maxPerGroup: number
  /** How many milliseconds `acquire` waits for a slot before it throws Problem 'store-busy'. */
  timeoutMs: number
}

/** The group of callers that act for no particular organization. */
export const noGroup = ''

interface Group {
  held: number
  waiting: Waiter[]
}

interface Waiter {
  admit(): void
  timer: NodeJS.Timeout
}

/**
 * Distributes a limited number of slots. The waiting groups take turns: in each turn, a group gets one free slot.
 * Within a group, callers get slots in the order of their calls.
 */
export class FairSlots {
  readonly #options: FairSlotsOptions
  #free: number
  /**
   * The groups that have a slot or wait for a slot. The next free slot goes to the first waiting group that is allowed
   * to take a slot.
   */
  readonly #groups = new Map<string, Group>()

  constructor(options: FairSlotsOptions) {
    this.#options = options
    this.#free = options.slots
  }

  /** The number of slots that callers have. */
  get held(): number {
    return this.#options.slots - this.#free
  }

  /** The number of callers that wait for a slot. */
  get waiting(): number {
    let waiting = 0
    for (const group of this.#groups.values()) waiting += group.waiting.length
    return waiting
  }

  /** Resolves when the caller has a slot. To return the slot, the caller must call `release` with the same group. */
  async acquire(name: string): Promise<void> {
    const group = this.#groupOf(name)
    if (this.#mayTake(name, group) && group.waiting.length === 0) return this.#take(group)
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        admit: resolve,
        timer: setTimeout(() => {
          group.waiting.splice(group.waiting.indexOf(waiter), 1)
          this.#forgetIfUnused(name, group)
          reject(new Problem('store-busy', 'All database connections are in use. Try again.'))
        }, this.#options.timeoutMs),
      }
      group.waiting.push(waiter)
    })
  }

  release(name: string): void {
    const group = this.#groups.get(name)!
    group.held--
    this.#free++
    this.#forgetIfUnused(name, group)
    this.#admitNext()
  }

  #admitNext(): void {
    for (const [name, group] of this.#groups) {
      if (group.waiting.length === 0 || !this.#mayTake(name, group)) continue
      const {admit, timer} = group.waiting.shift()!
      clearTimeout(timer)
      this.#take(group)
      // Move the group to the end, so that the other waiting groups get their slots first.
      this.#groups.delete(name)
      this.#groups.set(name, group)
      admit()
      return
    }
  }

  #mayTake(name: string, {held}: Group): boolean {
    return this.#free > 0 && (name === noGroup || held < this.#options.maxPerGroup)
  }

  #take(group: Group): void {
    group.held++
    this.#free--
  }

  #groupOf(name: string): Group {
    let group = this.#groups.get(name)
    if (!group) {
      group = {held: 0, waiting: []}
      this.#groups.set(name, group)
    }
    return group
  }

  #forgetIfUnused(name: string, {held, waiting}: Group): void {
    if (held === 0 && waiting.length === 0) this.#groups.delete(name)
  }
}
