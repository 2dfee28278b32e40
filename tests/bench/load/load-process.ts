/** The load generator: a process that reads the streams and sends the changes. */
import {Crowd, type Hostility} from '../../attacks/run/crowd.ts'
import {answerCalls, cpuTime, startOptions} from '../commands.ts'
import {openAtOnce} from './at-once.ts'
import {runBursts} from './bursts.ts'
import {floodWithChanges} from './change-flood.ts'
import {runChanges, runComments} from './changes.ts'
import {Client} from './clients.ts'
import {contend} from './contend.ts'
import {ask, type FloodRequest, startFlood} from './flood.ts'
import {runFollowedChanges} from './followed-changes.ts'
import {latenciesAt, measureLatency} from './latency.ts'
import {napBetweenReads} from './naps.ts'
import {runPaced} from './paced.ts'
import {type OpenRequest, Readers} from './readers.ts'
import {readReplay} from './replay.ts'
import {watchTicks} from './ticks.ts'
import {type Watched, type WatchRequest, watch} from './watch.ts'

export interface LoadOptions {
  /**
   * The process uses the IP addresses 127.<network>.*.*; `network` is at least 1. No other load process uses
   * these 65,000 addresses.
   */
  network: number
}

const {network} = startOptions<LoadOptions>()
const readers = new Readers(network)
let longestDelay = () => 0
let stopFlood = async (): Promise<Record<number, number>> => ({})
let crowd: Crowd | undefined
let watched: Watched = {events: [], probes: []}

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
  /** After this call, the end of a stream is not an error. */
  allowEnds: () => readers.allowEnds(),
  runBursts: (request: Parameters<typeof runBursts>[1]) => runBursts(readers, request),
  latenciesAt: (request: Parameters<typeof latenciesAt>[1]) => latenciesAt(readers, request),
  measureLatency: (request: Parameters<typeof measureLatency>[1]) => measureLatency(readers, request),
  runFollowedChanges: (request: Parameters<typeof runFollowedChanges>[1]) =>
    runFollowedChanges(readers, request),
  runChanges,
  runComments,
  runPaced,
  contend,
  floodWithChanges,
  /** Sends one request. Rejects when the status of the response is not 2xx. */
  async send({port, request}: {port: number; request: string}) {
    const client = new Client(port)
    await client.send(request)
    client.close()
  },
  /** Sends the requests one after another. Returns the milliseconds of each. Rejects when a status is not 2xx. */
  async timeRequests({port, requests}: {port: number; requests: readonly string[]}): Promise<number[]> {
    const client = new Client(port)
    const times: number[] = []
    for (const request of requests) {
      const startedAt = performance.now()
      await client.send(request)
      times.push(performance.now() - startedAt)
    }
    client.close()
    return times
  },
  readReplay,
  openAtOnce,
  ask,
  startFlood(request: FloodRequest) {
    stopFlood = startFlood(request)
  },
  /** Stops the flood. For each status, returns the number of responses since the call of `startFlood`. */
  stopFlood: () => stopFlood(),
  async openCrowd({port, count, hostility}: {port: number; count: number; hostility: Hostility}) {
    crowd = await Crowd.open(port, count, hostility)
  },
  closeCrowd: () => crowd?.close(),
  /** Starts to record a stream and the responses of `/readyz`. Resolves when the stream is ready. */
  async watch(request: WatchRequest) {
    watched = await watch(request)
  },
  watched: () => watched,
  watchTicks() {
    longestDelay = watchTicks(readers)
  },
  /** Returns the longest delay of a tick in milliseconds. Ticks before the call of `watchTicks` are ignored. */
  longestDelay: () => longestDelay(),
  /** Returns the microseconds of CPU time that this process has used. */
  cpu: cpuTime,
}

export type LoadCommands = typeof commands

answerCalls(commands)
