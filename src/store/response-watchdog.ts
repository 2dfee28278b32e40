/**
 * Detects database connections that no longer respond: the peer vanished without closing them, or the network drops their
 * packets. TCP keep-alive does not notice this while a proxy acknowledges packets, or while a request is unacknowledged.
 */
import {Problem} from '../board/problem.ts'

/** A connection as the watchdog sees it. */
export interface WatchedConnection {
  /** Total bytes received so far. */
  readonly bytesRead: number
  /** The value of `bytesRead` at the last check. */
  bytesSeen: number
  /** The check since which nothing has been received. */
  silentSince: number
  /** Rejects the pending requests with the error and closes the connection. */
  destroy(error: Error): void
}

/** Calls `check` every second; returns the function that stops it. */
export type EverySecond = (check: () => void) => () => void

// More than statement_timeout, so that a server that is only slow reports that itself.
const maxSilentSeconds = 10

/**
 * Counts silence in checks instead of reading a clock: after this process was stalled or suspended, a single check runs,
 * and the responses that have arrived meanwhile are read before the next one.
 */
export class ResponseWatchdog {
  readonly #pending = new Set<WatchedConnection>()
  #checks = 0
  #suspectUntil = -1
  readonly #everySecond: EverySecond
  #stop = () => {}

  constructor(everySecond: EverySecond = runEverySecond) {
    this.#everySecond = everySecond
  }

  start(): void {
    this.#stop = this.#everySecond(() => this.#check())
  }

  stop(): void {
    this.#stop()
  }

  /** Call before sending a request. */
  expectResponse(connection: WatchedConnection): void {
    connection.bytesSeen = connection.bytesRead
    connection.silentSince = this.#checks
    this.#pending.add(connection)
  }

  /** Call when the request has succeeded or failed. */
  responseEnded(connection: WatchedConnection): void {
    this.#pending.delete(connection)
    connection.silentSince = this.#checks
  }

  /** A connection that was last heard before another one went silent: whatever killed that one may have killed both. */
  isSuspect({silentSince}: WatchedConnection): boolean {
    return silentSince <= this.#suspectUntil
  }

  #check(): void {
    this.#checks++
    for (const connection of this.#pending) {
      if (connection.bytesRead !== connection.bytesSeen) {
        connection.bytesSeen = connection.bytesRead
        connection.silentSince = this.#checks
      } else if (this.#checks - connection.silentSince > maxSilentSeconds) {
        this.#pending.delete(connection)
        this.#suspectUntil = Math.max(this.#suspectUntil, connection.silentSince)
        connection.destroy(silenceProblem())
      }
    }
  }
}

/** The error with which silent and suspect connections are destroyed. */
export function silenceProblem(): Problem {
  return new Problem('store-unavailable', 'The database connection stopped responding. Try again.')
}

function runEverySecond(check: () => void): () => void {
  const timer = setInterval(check, 1000).unref()
  return () => clearInterval(timer)
}
