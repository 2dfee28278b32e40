/** How much the live engine holds in memory and how long it waits. Every feed and stream stays within these limits. */

/** How many streams may be open. A stream beyond a limit ends at once with `stream.unavailable`. */
export interface StreamLimits {
  /** In this process. */
  maxStreams: number
  maxStreamsPerOrganization: number
  maxStreamsPerUser: number
}

export interface LiveLimits {
  /** Events that one feed keeps in memory for subscribers that resume. Default 4 000. */
  maxRingFrames: number
  /** Bytes of these events. Default 1 MiB: about 3 000 events of 300 bytes, which covers most reconnects. */
  maxRingBytes: number
  /**
   * Bytes of memory that all feeds of this process keep together for subscribers that resume. The feed whose events
   * were used least recently drops them first; they are read from the log again when needed. Default 48 MiB.
   */
  maxTotalRingBytes: number
  /**
   * Events that one query reads from the log. Default 128: a page of long events is not much larger than the bytes
   * that may wait for one socket.
   */
  pageLength: number
  /** Events that one query of a filtered replay examines. Default 50 000: about 25 ms of Postgres. */
  scanLength: number
  /**
   * Bytes that may wait in this process for one socket. A subscriber with more is behind. Default 256 KiB; at least
   * 64 KiB, because Node emits no `drain` for a smaller backlog.
   */
  maxWaitingBytes: number
  /** Milliseconds after which a socket that accepts none of its waiting bytes is cut. Default 30 000. */
  stallTimeoutMs: number
  /** Milliseconds that a record waits for its predecessor before the predecessor is read from the log. Default 5. */
  reorderHoldMs: number
  /** Milliseconds that a feed is kept after its last stream closed, for clients that reconnect. Default 60 000. */
  feedLingerMs: number
  /** Milliseconds between two polls of the heads of all watched logs, which find what the bus lost. Default 2 000. */
  pollIntervalMs: number
  /** Milliseconds after which a read of the log is abandoned. It is tried once more. Default 5 000. */
  readTimeoutMs: number
  /** Milliseconds without a check of the log after which a feed counts as stale. Default 10 000. */
  staleAfterMs: number
  /** Reads of the log for replays that run at the same time in this process. Default 2. */
  maxReplayReads: number
  /** Reads of the log that catch up with what the bus lost and run at the same time in this process. Default 2. */
  maxCatchUpReads: number
}

export const defaultLimits: LiveLimits = {
  maxRingFrames: 4_000,
  maxRingBytes: 1024 * 1024,
  maxTotalRingBytes: 48 * 1024 * 1024,
  pageLength: 128,
  scanLength: 50_000,
  maxWaitingBytes: 256 * 1024,
  stallTimeoutMs: 30_000,
  reorderHoldMs: 5,
  feedLingerMs: 60_000,
  pollIntervalMs: 2_000,
  readTimeoutMs: 5_000,
  staleAfterMs: 10_000,
  maxReplayReads: 2,
  maxCatchUpReads: 2,
}

/** A range to choose a random delay from, so that clients that lost their streams together return one by one. */
export interface DelayRange {
  minMs: number
  maxMs: number
}

/** How long a client waits before it reconnects after its stream broke. */
export const retryAfterBreak: DelayRange = {minMs: 500, maxMs: 1_500}

/** How long a client waits before it reconnects after `stream.unavailable`. */
export const retryWhenUnavailable: DelayRange = {minMs: 2_000, maxMs: 10_000}
