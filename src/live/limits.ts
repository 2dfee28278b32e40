/** What the engine holds in memory and how long it waits; every stream and feed stays within these. */
export interface LiveLimits {
  /** Events that a feed keeps in memory for those who resume. Default 4 000. */
  ringFrames: number
  /** Bytes of them. Default 1 MiB: at 300 bytes an event some 3 000, what a resuming reader most likely missed. */
  ringBytes: number
  /**
   * Events that one query reads of the log. Default 128: a page of long events is not much more than what may
   * wait in one socket.
   */
  pageLength: number
  /**
   * Bytes that may wait in the process for one socket; beyond them its stream is behind. Default 256 KiB; not less
   * than the 64 KiB at most for which Node says when they have left.
   */
  waitingBytes: number
  /** Milliseconds in which a socket that has bytes to send sends none, before it is cut. Default 30 000. */
  stalled: number
  /** Milliseconds that a record which came before its predecessor waits, before the log is asked. Default 5. */
  reorderHold: number
  /** Milliseconds that a feed outlives its last stream, so that those who come back find it. Default 60 000. */
  feedLinger: number
  /** Milliseconds between looks at the heads of the watched logs; heals what the bus lost. Default 2 000. */
  pollInterval: number
}

export const defaultLimits: LiveLimits = {
  ringFrames: 4_000,
  ringBytes: 1024 * 1024,
  pageLength: 128,
  waitingBytes: 256 * 1024,
  stalled: 30_000,
  reorderHold: 5,
  feedLinger: 60_000,
  pollInterval: 2_000,
}
