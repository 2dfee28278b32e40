/** The load generator: a process that reads the streams and sends the changes. */
import {answerCalls, cpuTime, startOptions} from '../commands.ts'
import {runBursts} from './bursts.ts'
import {runChanges, runComments} from './changes.ts'
import {measureLatency} from './latency.ts'
import {napBetweenReads} from './naps.ts'
import {type OpenRequest, Readers} from './readers.ts'
import {watchTicks} from './ticks.ts'

export interface LoadOptions {
  /** The second number of its addresses, from 1. Each process has its own 65,000 addresses. */
  network: number
}

const {network} = startOptions<LoadOptions>()
const readers = new Readers(network)
let longestDelay = () => 0

const commands = {
  /** Returns the milliseconds until the last stream was ready. */
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
  /** The longest delay of a tick since `watchTicks`, in milliseconds. */
  longestDelay: () => longestDelay(),
  /** Microseconds of CPU time used so far. */
  cpu: cpuTime,
}

export type LoadCommands = typeof commands

answerCalls(commands)
