/** The live engine delivers the events of committed changes to the open streams of this process. */
import type {ServerResponse} from 'node:http'
import type {Logger} from 'pino'
import type {AccessChange} from '../board/access.ts'
import type {Presence} from '../board/apply-presence.ts'
import type {Cursor} from '../board/cursor.ts'
import type {PresenceMessage} from '../board/presence-message.ts'
import type {UnavailableReason} from '../board/stream-events.ts'
import {limitPerTurnAndGroup} from '../limits/turns.ts'
import type {Database} from '../store/connection.ts'
import {type Appended, accessChangesOf} from '../store/event-log.ts'
import {type AccessHost, AccessWatch, type FindRevoked, type GrantedStream} from './access-watch.ts'
import {StreamConnection} from './connection.ts'
import {endStreams} from './end-streams.ts'
import {Expiries} from './expiry.ts'
import {Feed, type FeedResources, type StreamRequest} from './feed.ts'
import {FrameEncoder, type Framing, unavailableBytes} from './frames.ts'
import {HeadWatch} from './head-watch.ts'
import {HeartbeatWheel} from './heartbeat.ts'
import {type DelayRange, defaultLimits, type LiveLimits, type StreamLimits} from './limits.ts'
import {LiveCounts} from './live-counts.ts'
import {Poll, type PollOptions} from './poll.ts'
import type {AnnouncePresence} from './presence.ts'
import {ReadQueue} from './read-queue.ts'
import {RingBudget} from './ring-budget.ts'
import {Staleness} from './staleness.ts'
import {StreamCounts, type StreamPermits} from './stream-counts.ts'
import {StreamSubscriber} from './stream-subscriber.ts'
import type {EngineReason, Subscriber, SubscriberHost} from './subscriber.ts'
import {WaitingBudget} from './waiting-budget.ts'

export interface LiveOptions extends StreamLimits {
  db: Database
  /** Seconds between two heartbeats of a stream. */
  heartbeatSeconds: number
  /** Seconds over which `drain` spreads the ends of the streams. Default 0. */
  drainSeconds?: number
  limits?: Partial<LiveLimits>
  /** Decides whether a stream may open. By default, the limits of `StreamLimits` apply to this process alone. */
  permits?: StreamPermits
  log: Logger
  /** Caches the access of callers, and finds streams whose access was withdrawn. Default: no access is withdrawn. */
  access?: AccessHost
  /** Called when the first stream of an organization opens. Default: none. */
  onFeedOpened?: (organizationId: string) => void
  /**
   * Called when the organization's feed is dropped, for example because the feed has had no stream for `feedLingerMs`.
   * Default: none.
   */
  onFeedClosed?: (organizationId: string) => void
  /** Called when a stream has ended. Default: none. */
  onStreamEnded?: (stream: Pick<GrantedStream, 'organizationId' | 'grant'>) => void
  /** Sends who looks at a board to the other processes. The message may be lost. Default: there are no other processes. */
  announcePresence?: AnnouncePresence | undefined
  /** Returns the time of a monotonic clock in milliseconds. Default: `performance.now`. */
  now?: () => number
  /**
   * Returns the time of day in milliseconds since 1970. This clock decides when the credentials of streams end. Default:
   * `Date.now`.
   */
  timeOfDay?: () => number
}

/** `timesBehind`, `cut` and `counts` count since the start of the process. The other fields are current values. */
export interface LiveStats {
  /** Open streams and waiting polls. */
  streams: number
  /** Waiting polls. */
  polls: number
  feeds: number
  /** Members on the boards with presence. A member who looks at two boards counts twice. */
  presentMembers: number
  behind: number
  /** Bytes of memory that all rings use. */
  ringBytes: number
  /** Bytes that wait for the clients of all slow streams. */
  waitingBytes: number
  /** How often a stream was too slow for live delivery and continued from the log. */
  timesBehind: number
  /** How many streams were cut because their sockets accepted no bytes. */
  cut: number
  counts: LiveCounts
}

/** If the server ends a new stream immediately with `stream.unavailable`, this function is called with the reason. */
type OnRefused = (reason: EngineReason) => void

export type PollRequest = Omit<StreamRequest, 'framing'> & PollOptions

/** How a request becomes a subscriber, and what happens to a request that is refused. */
interface Admission {
  create: (host: SubscriberHost) => Subscriber
  refuse: OnRefused
}

/** A tab of a member. */
export interface PresentTab {
  organizationId: string
  userId: string
  userName: string
  clientId: string
}

export interface Live {
  /**
   * Publishes the records of a change that another process has committed. If there are no records, the engine reads the
   * log up to the cursor. Calls may be repeated, reordered or lost. `trace` is the `traceparent` of the change, if the
   * change is traced.
   */
  publish(organizationId: string, appended: Appended, trace?: string): void
  /** Like `publish`, for a change that this process has just committed. */
  publishCommitted(organizationId: string, appended: Appended): void
  /**
   * Reads the head of every log that has open streams. If an organization is given, reads only the head of its log.
   * Call `checkLogs` when published records may have been lost.
   */
  checkLogs(organizationId?: string): void
  /**
   * Returns a time of the monotonic clock. From this time until now, the process has received every change of access of
   * the organization. Returns undefined when the process does not follow the log of the organization, or when the last
   * comparison with the log is too old.
   */
  followedSince(organizationId: string): number | undefined
  /** Responds with an event stream that lasts until the client disconnects or the server ends the stream. */
  open(request: StreamRequest, res: ServerResponse, onRefused?: OnRefused): void
  /**
   * Waits for the events of the request, and passes them to `respond`. A waiting poll is counted as a stream. The poll
   * ends without a response when the client disconnects.
   */
  poll(request: PollRequest, res: ServerResponse): void
  /**
   * Responds with a stream that ends immediately. The stream contains the delay after which the client may request a
   * stream again. Default delay: a few seconds.
   */
  refuse(res: ServerResponse, reason: UnavailableReason, framing: Framing, retry?: DelayRange): void
  /** Returns who looks at the board. In a server with several processes, the first call for a board takes 250 ms. */
  readPresence(organizationId: string, sprintId: string): Promise<Presence>
  /**
   * The tab `clientId` of the member shows the task, or no task. The caller must repeat the call while the tab shows the
   * task.
   */
  showTask(member: PresentTab, shown: {sprintId: string; taskId: string | null}): void
  /** Receives a message from the process `sender`. Messages may be repeated, reordered or lost. */
  receivePresence(sender: string, message: PresenceMessage): void
  /**
   * Asks the other processes who looks at the boards of this process. Call this method when messages may have been lost.
   * If an organization is given, asks only about the boards of this organization.
   */
  refreshPresence(organizationId?: string): void
  readonly isDraining: boolean
  /**
   * Whether at least one feed with open streams has not been compared with its log for more than `staleAfterMs`. The
   * streams of such a feed may lack events that other processes published.
   */
  readonly isStale: boolean
  /**
   * Refuses new streams, and ends every stream with `stream.drain`. A stream receives events until the stream ends.
   * Resolves when all streams have ended.
   */
  drain(): Promise<void>
  stats(): LiveStats
}

export function startLive(options: LiveOptions): Live {
  const {db, log, heartbeatSeconds, drainSeconds = 0, timeOfDay = Date.now} = options
  const {now = performance.now.bind(performance)} = options
  const limits = {...defaultLimits, ...options.limits}
  const permits = options.permits ?? new StreamCounts(options)
  const feeds = new Map<string, Feed>()
  const subscribers = new HeartbeatWheel<Subscriber>(heartbeatSeconds, now)
  const expiries = new Expiries<Subscriber>({timeOfDay, now})
  const watch = new AccessWatch<Subscriber>({
    findRevoked: options.access && findRevokedAndForget(options.access),
    readTimeoutMs: limits.readTimeoutMs,
    checkDelayMs: limits.accessCheckDelayMs,
    retryIntervalMs: limits.pollIntervalMs,
    now,
    onError,
  })
  const waitingBudget = new WaitingBudget({
    maxPerStream: limits.maxWaitingBytes,
    maxTotal: limits.maxTotalWaitingBytes,
  })
  const staleness = new Staleness(feeds, limits.staleAfterMs, log)
  let isDraining = false
  const counts = new LiveCounts()
  let cut = 0
  const heads = new HeadWatch({
    db,
    limits,
    watched: () => {
      staleness.report()
      forgetEmptyFeeds()
      return knownPositions()
    },
    onHead: async (organizationId, head) => feeds.get(organizationId)?.follow(head),
    onEpoch: (organizationId, epoch) => {
      options.access?.observeEpoch(organizationId, epoch)
      if (epoch === null) endStreamsOf(organizationId)
    },
    onRenewed: (organization_id, epoch) =>
      log.error({organization_id, epoch}, 'the event log lost events; streams are reset'),
    onPolled: outcome => counts.headPolls.add([outcome]),
    onError,
  })
  const resources: FeedResources = {
    db,
    settings: {limits, heartbeatSeconds, timeOfDay, counts},
    waitingBudget,
    replayQueue: new ReadQueue(limits.maxReplayReads, limits.readTimeoutMs),
    catchUpQueue: new ReadQueue(limits.maxCatchUpReads, limits.readTimeoutMs),
    checkpointQueue: new ReadQueue(limits.maxCheckpointReads, limits.readTimeoutMs),
    ringBudget: new RingBudget(limits.maxTotalRingBytes),
    waitForReplayTurn: limitPerTurnAndGroup(limits.replaysPerTurn),
    waitForAnswerTurn: limitPerTurnAndGroup(limits.answersPerTurn),
    encoder: new FrameEncoder(),
    readHead: organizationId => heads.read(organizationId),
    renewEpoch: (organizationId, epoch) => heads.renewEpoch(organizationId, epoch),
    announcePresence: options.announcePresence,
    now,
    onAccessChange: applyAccessChange,
    onSkipped(organizationId) {
      options.access?.forgetLookups(organizationId)
      watch.check([...subscribers].filter(subscriber => subscriber.organizationId === organizationId))
    },
    onBehind: () => counts.timesBehind++,
    onClosed,
    onError,
  }

  const renewals =
    options.announcePresence &&
    setInterval(() => {
      for (const {presence} of feeds.values()) presence.renew()
    }, limits.presenceRenewalMs).unref()

  return {
    publish(organizationId, appended, trace) {
      applyAccessChanges(appended)
      feeds.get(organizationId)?.offerAnnounced(appended, trace)
    },
    publishCommitted(organizationId, appended) {
      applyAccessChanges(appended)
      feeds.get(organizationId)?.offerCommitted(appended)
    },
    checkLogs: organizationId => heads.check(organizationId),
    followedSince(organizationId) {
      const feed = feeds.get(organizationId)
      const isFollowed = feed !== undefined && feed.uncheckedForMs < 1.5 * limits.pollIntervalMs
      return isFollowed && Number.isFinite(feed.completeSince) ? feed.completeSince : undefined
    },
    open(request, res, onRefused = () => {}) {
      admit(request, res, {
        create: host => new StreamSubscriber(host, request, res),
        refuse(reason) {
          counts.refused.add([reason])
          refuseStream(res, reason, request.framing)
          onRefused(reason)
        },
      })
    },
    poll({waitMs, respond, ...request}, res) {
      admit({...request, framing: 'json'}, res, {
        create: host => new Poll(host, request, res, {waitMs, respond}),
        refuse(reason) {
          counts.refused.add([reason])
          respond({end: reason})
        },
      })
    },
    readPresence: (organizationId, sprintId) => feedOf(organizationId).presence.read(sprintId),
    showTask({organizationId, userId, userName, clientId}, {sprintId, taskId}) {
      const member = {id: userId, name: userName}
      feedOf(organizationId).presence.showTask(sprintId, member, {clientId, taskId})
    },
    receivePresence(sender, message) {
      feeds.get(message.organizationId)?.presence.receive(sender, message)
    },
    refreshPresence(organizationId) {
      for (const feed of feeds.values()) {
        if (organizationId === undefined || feed.organizationId === organizationId) feed.presence.refresh()
      }
    },
    refuse(res, reason, framing, retry) {
      counts.refused.add([reason])
      refuseStream(res, reason, framing, retry)
    },
    get isDraining() {
      return isDraining
    },
    get isStale() {
      return staleness.isStale
    },
    async drain() {
      isDraining = true
      const windowMs = drainSeconds * 1_000
      await endStreams([...subscribers], subscriber => subscriber.drain(), {windowMs, now})
      heads.stop()
      subscribers.stop()
      expiries.stop()
      watch.stop()
      clearInterval(renewals)
      for (const feed of feeds.values()) feed.close()
    },
    stats() {
      let behind = 0
      let polls = 0
      for (const {state, kind} of subscribers) {
        if (state === 'behind') behind++
        if (kind === 'poll') polls++
      }
      let presentMembers = 0
      for (const {presence} of feeds.values()) presentMembers += presence.memberCount
      return {
        streams: subscribers.size,
        polls,
        feeds: feeds.size,
        behind,
        presentMembers,
        ringBytes: resources.ringBudget.totalBytes,
        waitingBytes: waitingBudget.total,
        timesBehind: counts.timesBehind,
        cut,
        counts,
      }
    },
  }

  function admit(request: StreamRequest, res: ServerResponse, admission: Admission): void {
    if (isDraining) {
      admission.refuse('draining')
      return
    }
    const isPermitted = permits.acquire(request)
    if (isPermitted === true) subscribe(request, admission)
    else if (isPermitted === false) admission.refuse('limit')
    else void admitLater(isPermitted, request, res, admission)
  }

  function subscribe(request: StreamRequest, {create}: Admission): void {
    const feed = feedOf(request.organizationId)
    const subscriber = feed.subscribe(request, create)
    subscribers.add(subscriber)
    counts.opened.add([subscriber.kind])
    expiries.add(subscriber)
    watch.add(subscriber)
    // When the feed is ready, the feed finds every new change of access. `watch.check` finds the changes that were
    // committed before the check.
    feed.ready.then(
      () => subscriber.state !== 'closed' && watch.check([subscriber]),
      () => {},
    )
  }

  /**
   * Subscribes if the stream is permitted. While this function waits for the permit, the client may disconnect,
   * and a drain may begin.
   */
  async function admitLater(
    permitted: Promise<boolean>,
    request: StreamRequest,
    res: ServerResponse,
    admission: Admission,
  ): Promise<void> {
    const refusal = await permitted.then(
      isPermitted => (isPermitted ? undefined : 'limit'),
      error => {
        log.warn({err: error}, 'the open streams could not be counted')
        // The server has an outage. The reason `limit` would be wrong, because possibly no limit is reached.
        return 'store' as const
      },
    )
    const isGone = res.destroyed || res.req.socket.destroyed
    if (isGone || isDraining) {
      if (!refusal) permits.release(request)
      if (!isGone) admission.refuse('draining')
    } else if (refusal) {
      admission.refuse(refusal)
    } else {
      subscribe(request, admission)
    }
  }

  /** A feed also finds changes of access, but only after all earlier records of the log. */
  function applyAccessChanges(appended: Appended): void {
    for (const change of accessChangesOf(appended)) applyAccessChange(change)
  }

  function applyAccessChange(change: AccessChange): void {
    options.access?.applyAccessChange(change)
    watch.apply(change)
  }

  function feedOf(organizationId: string): Feed {
    const known = feeds.get(organizationId)
    if (known) return known
    const feed = new Feed(organizationId, resources)
    feeds.set(organizationId, feed)
    options.onFeedOpened?.(organizationId)
    feed.ready.catch(error => {
      onError(error)
      forget(feed) // the next request for a stream creates a new feed
    })
    return feed
  }

  /**
   * Ends the streams of an organization whose log no longer exists. When a client reconnects, its authentication
   * creates the organization again.
   */
  function endStreamsOf(organizationId: string): void {
    const feed = feeds.get(organizationId)
    if (!feed) return
    feed.end()
    forget(feed)
  }

  function knownPositions(): Map<string, Cursor> {
    const positions = new Map<string, Cursor>()
    for (const [id, {position}] of feeds) if (position) positions.set(id, position)
    return positions
  }

  function forgetEmptyFeeds(): void {
    for (const feed of feeds.values()) {
      if (feed.emptyForMs > limits.feedLingerMs && !feed.presence.isUsed) forget(feed)
    }
  }

  function forget(feed: Feed): void {
    feed.close()
    if (feeds.get(feed.organizationId) !== feed) return
    feeds.delete(feed.organizationId)
    options.onFeedClosed?.(feed.organizationId)
  }

  function onClosed(subscriber: Subscriber): void {
    subscribers.delete(subscriber)
    expiries.delete(subscriber)
    watch.delete(subscriber)
    const {organizationId, userId} = subscriber
    permits.release({organizationId, userId})
    if (subscriber.wasCut) cut++
    options.onStreamEnded?.(subscriber)
  }

  function onError(error: unknown): void {
    log.warn({err: error}, 'the event log could not be read')
  }
}

/**
 * Finds streams whose access was withdrawn. If there is such a stream, the cached lookups of its organization may be
 * outdated too, because this process has not received the change of access yet.
 */
function findRevokedAndForget({findRevoked, forgetLookups}: AccessHost): FindRevoked {
  return async streams => {
    const reasons = await findRevoked(streams)
    for (const [index, {organizationId}] of streams.entries()) {
      if (reasons[index]) forgetLookups(organizationId)
    }
    return reasons
  }
}

/** Responds with a stream and status 200, because EventSource never reconnects after a different status. */
function refuseStream(
  res: ServerResponse,
  reason: UnavailableReason,
  framing: Framing,
  retry?: DelayRange,
): void {
  StreamConnection.writeHead(res)
  res.end(unavailableBytes(reason, framing, retry), 'latin1')
}
