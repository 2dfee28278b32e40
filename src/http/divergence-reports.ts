/** Counts and logs the reports of clients whose boards differed from the server's boards. */
import type {Logger} from 'pino'
import type {Divergence} from '../board/divergence.ts'
import type {Caller} from '../board/member.ts'

export class DivergenceReports {
  readonly #log: Logger
  #count = 0

  constructor(log: Logger) {
    this.#log = log
  }

  /** The number of reports since the start of the process. */
  get count(): number {
    return this.#count
  }

  add({organization_id, user_id}: Caller, divergence: Divergence): void {
    this.#count++
    this.#log.warn({organization_id, user_id, ...divergence}, 'a client has reported a wrong board')
  }
}
