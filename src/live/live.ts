/** From commit to wire: the feeds of the organizations that somebody here watches, and their streams. */
import type {ServerResponse} from 'node:http'
import type {Logger} from 'pino'
import {parseCursor} from '../board/cursor.ts'
import type {UnavailableReason} from '../board/stream-events.ts'
import type {Database} from '../store/connection.ts'
import {type Appended, readHeads} from '../store/event-log.ts'
import {Channel} from './channel.ts'
import {StreamConnection} from './connection.ts'
import {Feed} from './feed.ts'
import type {Framing} from './frames.ts'
import {Heartbeats} from './heartbeat.ts'
import {defaultLimits, type LiveLimits} from './limits.ts'
import {canonicalKey, type Selection} from './selection.ts'
import {type StartingPoint, Subscriber, unavailableBytes} from './subscriber.ts'

export interface LiveOptions {
  db: Database
  /** Seconds between the heartbeats of a stream. */
  heartbeatSeconds: number
  /** Open streams at the most: in this process, of one organization, of one member. Beyond: `stream.unavailable`. */
  maxStreams: number
  maxStreamsPerOrganization: number
  maxStreamsPerUser: number
  limits?: Partial<LiveLimits>
  log: Logger
}

/** What a caller asks of a stream. */
export interface StreamRequest {
  organizationId: string
  userId: string
  selection: Selection
  framing: Framing
  /** A cursor as the client gave it, or `earliest`; undefined: live from now. */
  lastEventId?: string
}

/** Counts since the start, but for `streams`, `feeds` and `behind`, which are counts of now. */
export interface LiveStats {
  streams: number
  feeds: number
  behind: number
  /** How often a stream was too slow for live bytes and turned to the log. */
  timesBehind: number
  /** Streams whose socket moved nothing for 30 s. */
  cut: number
}

export interface Live {
  /** Hands over what a change committed. Order does not matter, nor does losing or repeating a call. */
  publish(organizationId: string, appended: Appended): void
  /** Answers with an event stream that lasts until the client leaves. */
  open(request: StreamRequest, res: ServerResponse): void
  /** Answers with a stream that ends at once and says when to come back. */
  refuse(res: ServerResponse, reason: UnavailableReason, framing: Framing): void
  readonly isDraining: boolean
  /** Ends every stream with `stream.drain`; new ones are told to come back. Resolves when all are told. */
  drain(): Promise<void>
  stats(): LiveStats
}

export function startLive(options: LiveOptions): Live {
  const {db, log} = options
  const limits = {...defaultLimits, ...options.limits}
  const feeds = new Map<string, Feed>()
  const streamsOfUser = new Map<string, number>()
  const subscribers = new Heartbeats<Subscriber>(options.heartbeatSeconds)
  const counters = {timesBehind: 0, cut: 0}
  const streams = {limits, heartbeatSeconds: options.heartbeatSeconds, counters, closed, failed}
  let isDraining = false
  let isLooking = false

  const poll = setInterval(() => void lookAtHeads(), limits.pollInterval)
  poll.unref()

  return {
    publish(organizationId, appended) {
      feeds.get(organizationId)?.offer(appended)
    },
    open(request, res) {
      const reason = refusal(request)
      if (reason) refuse(res, reason, request.framing)
      else subscribe(request, res)
    },
    refuse,
    get isDraining() {
      return isDraining
    },
    async drain() {
      isDraining = true
      clearInterval(poll)
      subscribers.stop()
      for (const subscriber of subscribers) subscriber.drain()
      for (const feed of feeds.values()) feed.close()
    },
    stats() {
      const behind = [...subscribers].filter(({state}) => state === 'behind').length
      return {streams: subscribers.size, feeds: feeds.size, behind, ...counters}
    },
  }

  function refusal({organizationId, userId}: StreamRequest): UnavailableReason | undefined {
    if (isDraining) return 'draining'
    const isFull =
      subscribers.size >= options.maxStreams ||
      (feeds.get(organizationId)?.streams ?? 0) >= options.maxStreamsPerOrganization ||
      (streamsOfUser.get(userId) ?? 0) >= options.maxStreamsPerUser
    return isFull ? 'limit' : undefined
  }

  function subscribe(request: StreamRequest, res: ServerResponse): void {
    const {organizationId, userId, selection, framing, lastEventId} = request
    const channel = channelOf(feedOf(organizationId), selection, framing)
    const subscriber = new Subscriber(streams, channel, userId, startingPointOf(lastEventId), res)
    count(subscriber, +1)
    subscribers.add(subscriber)
  }

  function channelOf(feed: Feed, selection: Selection, framing: Framing): Channel {
    const key = `${framing}&${canonicalKey(selection)}`
    const channel = feed.channels.get(key) ?? new Channel(feed, key, selection, framing)
    feed.channels.set(key, channel)
    return channel
  }

  function closed(subscriber: Subscriber): void {
    const {channel} = subscriber
    subscribers.delete(subscriber)
    count(subscriber, -1)
    if (channel.subscribers === 0) channel.feed.channels.delete(channel.key)
  }

  function failed(error: unknown): void {
    log.warn({err: error}, 'the event log cannot be read')
  }

  function count(subscriber: Subscriber, step: 1 | -1): void {
    const {channel, userId} = subscriber
    channel.subscribers += step
    channel.feed.streams += step
    if (channel.feed.streams === 0) channel.feed.emptySince = Date.now()
    const ofUser = (streamsOfUser.get(userId) ?? 0) + step
    if (ofUser === 0) streamsOfUser.delete(userId)
    else streamsOfUser.set(userId, ofUser)
  }

  function feedOf(organizationId: string): Feed {
    const known = feeds.get(organizationId)
    if (known) return known
    const feed = new Feed({db, organizationId, limits, onError: failed})
    feeds.set(organizationId, feed)
    // Its subscribers are told by the same promise; the next one tries anew.
    feed.ready.catch(() => forget(feed))
    return feed
  }

  function forget(feed: Feed): void {
    feed.close()
    if (feeds.get(feed.organizationId) === feed) feeds.delete(feed.organizationId)
  }

  /** What the bus lost is found here: a head or an epoch that a feed does not know. */
  async function lookAtHeads(): Promise<void> {
    const forgotten = Date.now() - limits.feedLinger
    for (const feed of feeds.values()) if (feed.streams === 0 && feed.emptySince < forgotten) forget(feed)
    if (feeds.size === 0 || isLooking) return
    isLooking = true
    try {
      const heads = await readHeads(db, [...feeds.keys()])
      await Promise.all([...heads].map(([organizationId, head]) => feeds.get(organizationId)?.follow(head)))
    } catch (error) {
      failed(error)
    } finally {
      isLooking = false
    }
  }
}

function startingPointOf(lastEventId: string | undefined): StartingPoint {
  if (lastEventId === undefined || lastEventId === '') return 'now'
  if (lastEventId === 'earliest') return 'earliest'
  return parseCursor(lastEventId) ?? 'malformed'
}

/** Not a status: a native EventSource would give up for good. */
function refuse(res: ServerResponse, reason: UnavailableReason, framing: Framing): void {
  StreamConnection.writeHead(res)
  res.end(unavailableBytes(reason, framing), 'latin1')
}
