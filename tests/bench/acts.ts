/** Measures large requests, and other large work of the server. Other changes are made at the same time. */
import {setTimeout as delay} from 'node:timers/promises'
import type {Load, Server} from './processes.ts'
import type {Board} from './servers/boards.ts'
import type {LargeCommands} from './servers/large.ts'
import {atMost, type Bar, type Cell, type Result} from './table.ts'

/** Large work of the server, for example a request that deletes a project. */
export interface Act {
  name: string
  /** The tasks of the same organization that change at the same time. */
  beside: Board
  /** The duration of the measurement. The work must end in this time. */
  milliseconds: number
  run: () => Promise<unknown>
}

export interface Measured {
  name: string
  actMs: number
  holdMs: number
  holdCpuMs: number
  /** The longest response times of changes of the same organization and of another organization. */
  sameMs: number
  otherMs: number
  failed: number
  growthMb: number
}

export const besideTasks = 100 // more tasks than changes can wait at the same time
const changesPerSecond = 20
export const leadMs = 500 // the other changes begin this number of milliseconds before the work

export class Acts {
  readonly #server: Server<LargeCommands>
  readonly #pacer: Load
  /** The tasks of the other organization. */
  readonly #other: Board
  readonly #measured: Measured[] = []

  constructor(server: Server<LargeCommands>, pacer: Load, other: Board) {
    this.#server = server
    this.#pacer = pacer
    this.#other = other
  }

  async measure({name, beside, milliseconds, run}: Act): Promise<void> {
    const {child} = this.#server
    const {rss} = await child.call('memory')
    await child.call('watch')
    const changes = [beside, this.#other].map(board =>
      this.#pacer.call('runPaced', {...board, changesPerSecond, milliseconds}),
    )
    await delay(leadMs)
    const startedAt = performance.now()
    await run()
    const actMs = performance.now() - startedAt
    const [same, others] = await Promise.all(changes)
    const {hold, highestRss} = await child.call('watched')
    this.#measured.push({
      name,
      actMs,
      holdMs: hold.time,
      holdCpuMs: hold.cpu,
      sameMs: same!.longest,
      otherMs: others!.longest,
      failed: same!.failed + others!.failed,
      growthMb: (highestRss - rss) / 1e6,
    })
  }

  /** Returns a table of all measurements. `subject` is part of the names of the bars. */
  resultOf(title: string, subject: string, notes: readonly string[]): Result {
    const line = ({name, ...figures}: Measured): Cell[] => [name, ...Object.values(figures)]
    return {
      title,
      columns: [
        '',
        'time ms',
        'hold ms',
        'its CPU ms',
        'same organization ms',
        'other organization ms',
        'failed',
        'RSS MB',
      ],
      lines: this.#measured.map(line),
      notes: [
        `A hold is a time in which the event loop does not run. Other processes of the machine make a hold longer. The CPU time is that of the server's main thread. The limit applies to the CPU time.`,
        `At the same time, the same organization and another organization each make ${changesPerSecond} changes/s. The columns contain the longest response times of these changes. RSS is the growth of the resident memory after a garbage collection.`,
        ...notes,
      ],
      bars: this.#bars(subject),
    }
  }

  #bars(subject: string): Bar[] {
    const worst = (figure: Exclude<keyof Measured, 'name'>) =>
      Math.max(...this.#measured.map(one => one[figure]).filter(value => !Number.isNaN(value)))
    const failed = this.#measured.reduce((sum, one) => sum + one.failed, 0)
    return [
      atMost(`hold, ${subject}`, 50, 'ms of CPU time', worst('holdCpuMs')),
      atMost(`changes of the same organization, ${subject}`, 1_000, 'ms', worst('sameMs')),
      atMost(`changes of another organization, ${subject}`, 1_000, 'ms', worst('otherMs')),
      atMost(`failed changes, ${subject}`, 0, '', failed),
    ]
  }
}
