/**
 * Compares the log with the events that a subscriber receives. The subscriber must receive every event of its
 * selection once and in order. When the server cannot send every event, the subscriber must receive a reset.
 */
import {parseCursor} from '../../src/board/cursor.ts'
import type {LogRecord} from '../../src/store/event-log.ts'
import type {Received} from './stream.ts'

export interface AuditedLog {
  /** All records that were ever committed, in order. */
  records: LogRecord[]
  /** The oldest seq that has not been pruned. */
  oldest: number
}

export class Audit {
  /** The subscriber has received all events up to this seq. Undefined before the first `stream.open`. */
  position: number | undefined
  received = 0
  resets: string[] = []
  readonly #log: AuditedLog
  readonly #wants: (record: LogRecord) => boolean

  constructor(log: AuditedLog, wants: (record: LogRecord) => boolean) {
    this.#log = log
    this.#wants = wants
  }

  /** Throws when `received` is not the next expected event. */
  see(received: Received): void {
    const {data, id} = received
    if (!data || id === undefined) return
    const {seq} = parseCursor(id)!
    if (data.type === 'stream.open') this.#resume(seq, id)
    else if (data.type === 'stream.reset') this.#reset(seq, data.reason)
    else if (data.type.startsWith('stream.')) this.#advance(seq, data.type)
    else this.#receive(seq, data)
  }

  /** Throws when a selected event of the log was not received. */
  finish(): void {
    this.#advance(this.#log.records.length, 'the end')
  }

  #resume(seq: number, id: string): void {
    if (this.position !== undefined && seq < this.position)
      throw new Error(`Resumed at ${id}, although all events up to ${this.position} had been received`)
    // The stream may start at a seq after the position only when a reset follows. The reset then sets the position.
    if (this.position === undefined) this.position = seq
  }

  #reset(seq: number, reason: string): void {
    if (reason === 'expired' && this.position! >= this.#log.oldest - 1) {
      throw new Error(
        `Received a reset because ${this.position} is expired, but the log begins at ${this.#log.oldest}`,
      )
    }
    this.resets.push(reason)
    this.position = seq
  }

  #advance(seq: number, what: string): void {
    const missed = this.#wanted(this.position!, seq)
    if (missed.length > 0)
      throw new Error(`These events were not received before ${what} at ${seq}: ${missed.map(r => r.seq)}`)
    if (seq < this.position!) throw new Error(`${what} at ${seq} is before ${this.position}`)
    this.position = seq
  }

  #receive(seq: number, data: unknown): void {
    const [next] = this.#wanted(this.position!, this.#log.records.length)
    if (next?.seq !== seq)
      throw new Error(`Received ${seq}; expected ${next?.seq}, the next event after ${this.position}`)
    if (JSON.stringify(data) !== JSON.stringify(JSON.parse(next.data)))
      throw new Error(`The data of event ${seq} differs from the log`)
    this.position = seq
    this.received++
  }

  #wanted(after: number, upTo: number): LogRecord[] {
    return this.#log.records.slice(after, upTo).filter(this.#wants)
  }
}
