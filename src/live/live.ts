/** From commit to wire: the feeds of the organizations that somebody here watches, and their streams. */
import type {ServerResponse} from 'node:http'
import type {Logger} from 'pino'
import {parseCursor} from '../board/cursor.ts'
import type {Database} from '../store/connection.ts'
import {type Appended, readHeads} from '../store/event-log.ts'
import {Channel} from './channel.ts'
import {StreamConnection} from './connection.ts'
import {Feed} from './feed.ts'
import type {Framing, UnavailableReason} from './frames.ts'
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

interface OpenFeed {
  feed: Feed
  ready: Promise<void>
  streams: number
  /** When the last stream left; undefined while there are some. */
  emptySince: number | undefined
}

export function startLive(options: LiveOptions): Live {
  const {db, log} = options
  const limits = {...defaultLimits, ...options.limits}
  const feeds = new Map<string, OpenFeed>()
  const subscribers = new Set<Subscriber>()
  const streamsOfUser = new Map<string, number>()
  const heartbeats = new Heartbeats<Subscriber>(options.heartbeatSeconds)
  const onError = (error: unknown) => log.warn({err: error}, 'the event log cannot be read')
  let isDraining = false
  let isLooking = false
  let timesBehind = 0
  let cut = 0

  const poll = setInterval(() => void lookAtHeads(), limits.pollInterval)
  poll.unref()

  return {
    publish(organizationId, appended) {
      feeds.get(organizationId)?.feed.offer(appended)
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
      heartbeats.stop()
      for (const subscriber of subscribers) subscriber.drain()
      for (const {feed} of feeds.values()) feed.close()
    },
    stats() {
      const behind = [...subscribers].filter(({state}) => state === 'behind').length
      const current = [...subscribers].reduce((sum, subscriber) => sum + subscriber.timesBehind, 0)
      return {streams: subscribers.size, feeds: feeds.size, behind, timesBehind: timesBehind + current, cut}
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

  function subscribe(
    {organizationId, userId, selection, framing, lastEventId}: StreamRequest,
    res: ServerResponse,
  ) {
    const open = feedOf(organizationId)
    const {feed, ready} = open
    const channelKey = `${framing}&${canonicalKey(selection)}`
    const channel = feed.channels.get(channelKey) ?? new Channel(selection, framing)
    feed.channels.set(channelKey, channel)
    count(open, channel, userId, +1)
    const onClosed = (closed: Subscriber) => {
      timesBehind += closed.timesBehind
      if (closed.wasCut) cut++
      subscribers.delete(closed)
      heartbeats.delete(closed)
      count(open, channel, userId, -1)
      if (channel.subscribers === 0) feed.channels.delete(channelKey)
    }
    const subscriber = new Subscriber(
      {
        feed,
        channel,
        connection: new StreamConnection(res),
        heartbeatSeconds: options.heartbeatSeconds,
        limits,
        startingPoint: startingPointOf(lastEventId),
        onClosed,
        onError,
      },
      ready,
    )
    subscribers.add(subscriber)
    heartbeats.add(subscriber)
  }

  function count(open: OpenFeed, channel: Channel, userId: string, step: 1 | -1): void {
    open.streams += step
    open.emptySince = open.streams === 0 ? Date.now() : undefined
    channel.subscribers += step
    const ofUser = (streamsOfUser.get(userId) ?? 0) + step
    if (ofUser === 0) streamsOfUser.delete(userId)
    else streamsOfUser.set(userId, ofUser)
  }

  function feedOf(organizationId: string): OpenFeed {
    const known = feeds.get(organizationId)
    if (known) return known
    const open: OpenFeed = {
      ...Feed.open({db, organizationId, limits, onError}),
      streams: 0,
      emptySince: undefined,
    }
    feeds.set(organizationId, open)
    // Its subscribers are told by the same promise; the next one tries anew.
    open.ready.catch(() => forget(organizationId, open))
    return open
  }

  function forget(organizationId: string, open: OpenFeed): void {
    open.feed.close()
    if (feeds.get(organizationId) === open) feeds.delete(organizationId)
  }

  /** What the bus lost is found here: a head or an epoch that a feed does not know. */
  async function lookAtHeads(): Promise<void> {
    for (const [organizationId, open] of feeds) {
      const isForgotten = open.emptySince !== undefined && Date.now() - open.emptySince > limits.feedLinger
      if (isForgotten) forget(organizationId, open)
    }
    if (feeds.size === 0 || isLooking) return
    isLooking = true
    try {
      const heads = await readHeads(db, [...feeds.keys()])
      await Promise.all(
        [...heads].map(([organizationId, head]) => feeds.get(organizationId)?.feed.follow(head)),
      )
    } catch (error) {
      onError(error)
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
