/**
 * Measures holds. A hold is a time in which the event loop of this process is blocked, so that the process
 * serves no request and no stream.
 */
import {readFileSync} from 'node:fs'
import {sql} from 'kysely'
import type {Database} from '../../../src/store/connection.ts'

/** All values are in milliseconds. */
export interface Hold {
  time: number
  /**
   * The CPU time of the main thread. The CPU time does not depend on other processes. NaN when the system is
   * not Linux.
   */
  cpu: number
}

/** Returns the highest CPU time of the holds. When the CPU time is unknown, returns the longest time of the holds. */
export function heldFor(...holds: readonly Hold[]): number {
  return Math.max(...holds.map(({time, cpu}) => (Number.isNaN(cpu) ? time : cpu)))
}

const tickMs = 2
let timer: NodeJS.Timeout | undefined
let longest: Hold = {time: 0, cpu: 0}

/** Starts to measure. A timer should run every 2 ms. When the event loop is blocked, the timer runs late. */
export function watchHolds(): void {
  clearInterval(timer)
  longest = {time: 0, cpu: 0}
  let last = {now: performance.now(), cpu: threadCpu()}
  timer = setInterval(() => {
    const current = {now: performance.now(), cpu: threadCpu()}
    longest = {
      time: Math.max(longest.time, current.now - last.now - tickMs),
      cpu: Math.max(longest.cpu, current.cpu - last.cpu),
    }
    last = current
  }, tickMs)
}

/** Returns the longest time of all holds since the call of `watchHolds`, and the highest CPU time of these holds. */
export function longestHold(): Hold {
  return longest
}

/** Returns whether the event loop stays free while the embedded database runs a long statement. */
export async function runsDatabaseInWorker(db: Database): Promise<boolean> {
  watchHolds()
  const startedAt = performance.now()
  await sql`select count(*) from generate_series(1, 1000000)`.execute(db)
  return longestHold().time < (performance.now() - startedAt) / 2
}

/** Returns the milliseconds of CPU time that the main thread has used. */
function threadCpu(): number {
  if (process.platform !== 'linux') return Number.NaN
  const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')
  return Number(nanoseconds) / 1e6
}
