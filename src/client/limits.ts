/** How long the client waits. A file without imports, so that bundlers can inline the numbers. */

/** For the response to a request. */
export const requestTimeoutMs = 20_000

/** Until a connection is open. An EventSource that reconnects on its own waits first: up to 10 s, as `retry:` says. */
export const openTimeoutMs = 20_000

/** Before the next connection, whatever the server asks for: reconnecting must never be a tight loop. */
export const leastRetryMs = 500

/** An open connection without a message for so many heartbeats is dead. */
export const silentHeartbeats = 2.5

/** A planned move to another connection is not shown before. */
export const graceMs = 2_000

/** A new leader waits this long for the subscriptions of the other tabs. */
export const gatherMs = 100

/** Until a leader has accepted a follower. */
export const acceptMs = 5_000

/** At most, before a follower takes over from a silent leader. */
export const challengeMs = 1_000

/**
 * For a leader whose connection is not live: its waits last up to 30 s, and an attempt 20 s, and the timers of a hidden
 * tab run once a minute at worst.
 */
export const reconnectMs = 75_000

/** The same, for a leader in a hidden tab, when this tab is in sight. */
export const hiddenReconnectMs = 3_000
