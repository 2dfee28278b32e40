/**
 * The digest of the items `has` of one process, as far as another process knows them. It does not depend on the order of
 * the items, and changing one item costs the same for any number of items.
 */
import {createHash} from 'node:crypto'
import type {PresenceItem} from '../board/presence-message.ts'

const hashBytes = 6 // the largest whole number of bytes that fits into a JavaScript number
const range = 2 ** (8 * hashBytes)

export class PresenceDigest {
  readonly #hashes = new Map<string, number>()
  #sum = 0

  /** 0 when there are no items. */
  get value(): number {
    return this.#sum
  }

  /** Adds or replaces the item of the member. */
  set(userId: string, item: PresenceItem): void {
    this.delete(userId)
    const hash = createHash('sha256').update(JSON.stringify(item)).digest().readUIntBE(0, hashBytes)
    this.#hashes.set(userId, hash)
    this.#sum = (this.#sum + hash) % range
  }

  delete(userId: string): void {
    const hash = this.#hashes.get(userId)
    if (hash === undefined) return
    this.#hashes.delete(userId)
    this.#sum = (this.#sum - hash + range) % range
  }
}
