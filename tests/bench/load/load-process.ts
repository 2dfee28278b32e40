/** The load generator: a process that reads the streams and sends the changes. */
import {answerCalls, cpuTime, startOptions} from '../commands.ts'
import {runBursts} from './bursts.ts'
import {runChanges, runComments} from './changes.ts'
import {measureLatency} from './latency.ts'
import {napBetweenReads} from './naps.ts'
import {type OpenRequest, Readers} from './readers.ts'
import {watchTicks} from './ticks.ts'

export interface LoadOptions {
  /**
   * The second number of the process's IP addresses, at least 1. Each load process has 65,000 separate
   * addresses.
   */
  network: number
}

const {network} = startOptions<LoadOptions>()
const readers = new Readers(network)
let longestDelay = () => 0

const commands = {
  /** Opens streams. Returns the milliseconds until all streams were ready. */
  async open(request: OpenRequest): Promise<number> {
    const startedAt = performance.now()
    const stopNapping = napBetweenReads()
    try {
      await readers.open(request)
      return performance.now() - startedAt
    } finally {
      stopNapping()
    }
  },
  close: () => readers.close(),
  runBursts: (request: Parameters<typeof runBursts>[1]) => runBursts(readers, request),
  measureLatency: (request: Parameters<typeof measureLatency>[1]) => measureLatency(readers, request),
  runChanges,
  runComments,
  watchTicks() {
    longestDelay = watchTicks(readers)
  },
  /** Returns the longest delay of a tick since `watchTicks` was called, in milliseconds. */
  longestDelay: () => longestDelay(),
  /** Returns the microseconds of CPU time that this process has used. */
  cpu: cpuTime,
}

export type LoadCommands = typeof commands

answerCalls(commands)
