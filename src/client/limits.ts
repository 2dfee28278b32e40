/** The time limits and delays of the client. This file has no imports, so that bundlers can inline the numbers. */

/** The time limit for the response to a request. */
export const requestTimeoutMs = 20_000

/**
 * The time limit for opening a connection. An EventSource waits before it reconnects, and this limit includes that
 * wait. The server's `retry:` field asks for a wait of up to 10 s.
 */
export const openTimeoutMs = 20_000

/**
 * How long a new connection may be silent before the client checks whether something holds its stream back. A lost
 * packet is usually sent again within a second.
 */
export const suspectMs = 2_000

/**
 * This limit applies in place of `suspectMs` when a stream has opened before. After a restart of the server, thousands
 * of streams open at the same time, so each of them can open late.
 */
export const suspectAgainMs = 10_000

/**
 * The minimum delay before the next connection. The server cannot lower this minimum, so the client never reconnects in
 * a tight loop.
 */
export const leastRetryMs = 500

/** When no message arrives for this number of heartbeat intervals, an open connection is treated as dead. */
export const silentHeartbeats = 2.5

/**
 * How long the choice of a transport is valid. A wrong choice costs at most an hour of long polls. A correct choice saves
 * the pages of this hour some seconds at their start.
 */
export const verdictMs = 3_600_000

/** How long a planned move to another connection may take before the status changes. */
export const graceMs = 2_000

// The limits below are for tabs that share one connection. `shared-connection.ts` describes leaders and followers.

/** How long a new leader waits for the subscriptions of the other tabs. */
export const gatherMs = 100

/** How long a follower waits until a leader accepts the follower. */
export const acceptMs = 5_000

/** The maximum random delay before a follower replaces a silent leader. */
export const challengeMs = 1_000

/**
 * How long a leader may be silent while its connection is not live. The leader waits up to 30 s between attempts, and
 * an attempt takes up to 20 s. The timers of a hidden tab may run only once a minute.
 */
export const reconnectMs = 75_000

/** This limit applies in place of `reconnectMs` when the leader's tab is hidden and the follower's tab is visible. */
export const hiddenReconnectMs = 3_000

/** The time between two reports of an open task. The server forgets an open task after 60 s. */
export const openTaskRenewalMs = 20_000

/** The time that a stream has for the first `presence.state`. After this time, the client reads the presence. */
export const stateTimeoutMs = 1_500
