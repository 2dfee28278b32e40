/** Limits for the memory and for the waiting times of the live engine. */

/** How many streams may be open. A new stream that exceeds a limit ends immediately with `stream.unavailable`. */
export interface StreamLimits {
  /** The limit for the streams of all organizations together. */
  maxStreams: number
  maxStreamsPerOrganization: number
  maxStreamsPerUser: number
}

export interface LiveLimits {
  /** The maximum number of events that one feed keeps in memory for subscribers that resume. Default 4 000. */
  maxRingFrames: number
  /**
   * The maximum number of bytes of events that one feed keeps in memory for subscribers that resume. Default 1 MiB:
   * about 3 000 events of 300 bytes, which is enough for most reconnects.
   */
  maxRingBytes: number
  /**
   * Bytes of memory that the events of all feeds in this process may use together. When the events exceed this limit,
   * the feed that was used least recently drops its events first. Dropped events are read from the log when needed.
   * Default 48 MiB.
   */
  maxTotalRingBytes: number
  /**
   * The maximum number of events that one query reads from the log. Default 128. A query for a replay also stops when it
   * has read `maxPageBytes` bytes.
   */
  pageLength: number
  /**
   * The number of bytes of data after which a query for a replay stops. Default 224 KiB, so that the frames with
   * the results of one query have less than `maxWaitingBytes` bytes.
   */
  maxPageBytes: number
  /**
   * The maximum number of events that a query of a filtered replay examines. Default 50 000. Postgres examines 50 000
   * events in about 25 ms.
   */
  scanLength: number
  /**
   * Bytes that may wait in this process for one socket. When more bytes wait for the socket, the subscriber receives no
   * live events until the socket has drained. The subscriber then continues from the events in memory or from the log.
   * Default 256 KiB.
   */
  maxWaitingBytes: number
  /**
   * Bytes that may wait in this process for all slow sockets together. While the total approaches this limit, fewer
   * bytes may wait for each socket, but 16 KiB may always wait for each socket. The sockets of one organization may use
   * a quarter of this limit. Default 64 MiB.
   */
  maxTotalWaitingBytes: number
  /** Milliseconds after which a connection is cut if its socket accepts none of the waiting bytes. Default 30 000. */
  stallTimeoutMs: number
  /** Milliseconds that a record waits for its predecessor before the predecessor is read from the log. Default 5. */
  reorderHoldMs: number
  /** Milliseconds that a feed without streams stays in memory, so that clients can reconnect. Default 60 000. */
  feedLingerMs: number
  /**
   * Milliseconds between two polls of the log heads. A poll finds events that other processes appended. Default 1 800,
   * so that events that the bus has lost arrive within 2 seconds. A change of access also
   * takes effect within 2 seconds after its request arrives, even if the server first waits 100 ms for the rate limits
   * in Redis.
   */
  pollIntervalMs: number
  /**
   * The delay, in milliseconds, before the server checks the access of a new stream in the database. One query checks
   * all streams that open during this delay. Default 300.
   */
  accessCheckDelayMs: number
  /** Milliseconds after which a read of the log is abandoned. An abandoned read is retried once. Default 5 000. */
  readTimeoutMs: number
  /**
   * A feed is stale when the last comparison with its log is older than this number of milliseconds. Default 10 000.
   */
  staleAfterMs: number
  /**
   * The maximum number of streams that continue a replay from the log in one turn of the event loop. Default 1, so that
   * replays of large events do not delay live events for long.
   */
  replaysPerTurn: number
  /**
   * The maximum number of waiting polls of one organization that are answered in one turn of the event loop. Default
   * 16.
   */
  answersPerTurn: number
  /**
   * The maximum number of reads that replay older events at the same time in this process. The maximum number for one
   * organization is lower by one. Default 3.
   */
  maxReplayReads: number
  /**
   * When a board has not changed for this number of milliseconds, its streams receive a checkpoint. Default 5 000: a
   * person who has just changed a board soon sees that the board is right, and a series of changes causes one
   * checkpoint.
   */
  checkpointIdleMs: number
  /**
   * The minimum number of milliseconds between two checkpoints of a board that changes all the time. Default 30 000: a
   * checkpoint reads the whole board, and 1 000 such boards then need a few percent of a CPU core.
   */
  checkpointIntervalMs: number
  /**
   * The maximum number of boards that are read for checkpoints at the same time in this process. The maximum number for
   * one organization is lower by one. Default 2.
   */
  maxCheckpointReads: number
  /**
   * The minimum number of milliseconds between two `presence.changed` of a board. Default 1 000, so that members who
   * open and close streams quickly cause little work.
   */
  presenceIntervalMs: number
  /** Milliseconds that a member without streams stays present, so that a reconnect shows nothing. Default 10 000. */
  presenceGraceMs: number
  /**
   * Milliseconds after which the members of another process leave, if this process does not hear of them. Default
   * 12 000, so that the members of a killed process are gone within 15 s.
   */
  presenceLeaseMs: number
  /**
   * Milliseconds between two messages that renew the leases in the other processes. Default 4 000, so that two messages
   * of a lease may be lost.
   */
  presenceRenewalMs: number
  /** Milliseconds that the first read of a board's presence waits for the other processes. Default 250. */
  presenceAnswerMs: number
  /** Milliseconds after which a tab no longer shows a task, if the tab sends no further request. Default 60 000. */
  openTaskLeaseMs: number
  /** The maximum number of reads that catch up with the log at the same time in this process. Default 2. */
  maxCatchUpReads: number
}

export const defaultLimits: LiveLimits = {
  maxRingFrames: 4_000,
  maxRingBytes: 1024 * 1024,
  maxTotalRingBytes: 48 * 1024 * 1024,
  pageLength: 128,
  maxPageBytes: 224 * 1024,
  scanLength: 50_000,
  maxWaitingBytes: 256 * 1024,
  maxTotalWaitingBytes: 64 * 1024 * 1024,
  stallTimeoutMs: 30_000,
  reorderHoldMs: 5,
  feedLingerMs: 60_000,
  pollIntervalMs: 1_800,
  accessCheckDelayMs: 300,
  readTimeoutMs: 5_000,
  staleAfterMs: 10_000,
  replaysPerTurn: 1,
  answersPerTurn: 16,
  maxReplayReads: 3,
  checkpointIdleMs: 5_000,
  checkpointIntervalMs: 30_000,
  presenceIntervalMs: 1_000,
  presenceGraceMs: 10_000,
  presenceLeaseMs: 12_000,
  presenceRenewalMs: 4_000,
  presenceAnswerMs: 250,
  openTaskLeaseMs: 60_000,
  maxCheckpointReads: 2,
  maxCatchUpReads: 2,
}

/** Returns the limits for this interval between checkpoints. A board counts as idle after a sixth of the interval. */
export function checkpointLimits(
  checkpointIntervalMs: number,
): Pick<LiveLimits, 'checkpointIdleMs' | 'checkpointIntervalMs'> {
  const checkpointIdleMs = Math.min(defaultLimits.checkpointIdleMs, checkpointIntervalMs / 6)
  return {checkpointIdleMs, checkpointIntervalMs}
}

/**
 * A range for a random delay. Because of the random delay, clients that lost their streams at the same time reconnect
 * at different times.
 */
export interface DelayRange {
  minMs: number
  maxMs: number
}

/** The delay before a client replaces a broken stream. */
export const retryAfterBreak: DelayRange = {minMs: 500, maxMs: 1_500}

/**
 * The delay before a client reconnects after `stream.drain`. This delay is short, because the server spreads
 * the ends of its streams over `drainSeconds`.
 */
export const retryAfterDrain: DelayRange = {minMs: 100, maxMs: 1_000}

/**
 * When a ticket opens a new stream, the server ends the previous stream of the ticket. The client of the previous
 * stream reconnects after this delay. The delay is at least a day.
 */
export const retryAfterSuperseded: DelayRange = {minMs: 86_400_000, maxMs: 90_000_000}

/** The delay before a client reconnects after `stream.unavailable`. */
export const retryWhenUnavailable: DelayRange = {minMs: 2_000, maxMs: 10_000}
