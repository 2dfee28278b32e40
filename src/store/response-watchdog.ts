/**
 * Detects database connections that no longer respond. The cause may be a failed database host, or a network that
 * drops packets. TCP keep-alive does not detect such a connection in two cases: a proxy acknowledges the packets, or a
 * request has not been acknowledged yet.
 */
import {Problem} from '../board/problem.ts'

/** The watchdog uses these fields and this method of a connection. */
export interface WatchedConnection {
  /** Total bytes received so far. */
  readonly bytesRead: number
  /** The value of `bytesRead` at the last check. */
  bytesSeen: number
  /** The number of the check at which the watchdog last noticed activity of the connection. */
  silentSince: number
  /** Rejects the pending requests with the error and closes the connection. */
  destroy(error: Error): void
}

/** Calls `check` every second. Returns a function that stops the calls of `check`. */
export type EverySecond = (check: () => void) => () => void

// This limit must be longer than statement_timeout, so that a slow database can report its own timeout first.
const maxSilentSeconds = 10

/**
 * Destroys connections that are silent for too long. The watchdog counts checks instead of seconds of a clock, because
 * the process may be suspended for hours. When the process resumes, the watchdog runs only one check before the process
 * reads the responses that arrived during the suspension.
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

  /**
   * Returns whether the connection is suspect. When the watchdog destroys a connection that was last active at check n,
   * every connection without activity after check n is suspect. The same fault may have broken all these connections.
   */
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

/** Returns the error for connections that are destroyed because they are silent or suspect. */
export function silenceProblem(): Problem {
  return new Problem('store-unavailable', 'The database connection stopped responding. Try again.')
}

function runEverySecond(check: () => void): () => void {
  const timer = setInterval(check, 1000).unref()
  return () => clearInterval(timer)
}
