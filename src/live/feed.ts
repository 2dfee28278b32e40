/**
 * Delivers the events of one organization to its streams. The feed puts the events in order, and keeps the latest
 * events in memory.
 */
import {setImmediate as nextTurn} from 'node:timers/promises'
import type {Context} from '@opentelemetry/api'
import type {AccessChange} from '../board/access.ts'
import {type Cursor, formatCursor} from '../board/cursor.ts'
import type {BoardEvent} from '../board/events.ts'
import {readBoardContent} from '../store/board-content.ts'
import type {Database} from '../store/connection.ts'
import type {Appended, LogRecord} from '../store/event-log.ts'
import {recordedContext, remoteContext} from '../tracing/spans.ts'
import {Channel, type ChannelHost} from './channel.ts'
import {Channels} from './channels.ts'
import {Checkpoints} from './checkpoints.ts'
import {CommitTimes} from './commit-times.ts'
import {controlBytes, entryOf, type Frame, type FrameEncoder, type Framing} from './frames.ts'
import {LogFollower} from './log-follower.ts'
import {LogReader} from './log-reader.ts'
import {MeasuredDelivery} from './measured-delivery.ts'
import {type AnnouncePresence, Presence} from './presence.ts'
import type {ReadQueue} from './read-queue.ts'
import {Replay, startingPointOf} from './replay.ts'
import {ReplayPages} from './replay-pages.ts'
import {Ring} from './ring.ts'
import type {RingBudget} from './ring-budget.ts'
import {canonicalKey, type Selection} from './selection.ts'
import type {StreamSettings, Subscriber, SubscriberHost, SubscriberOptions} from './subscriber.ts'
import type {WaitingBudget} from './waiting-budget.ts'

/** The stream that a caller requests. */
export interface StreamRequest extends SubscriberOptions {
  selection: Selection
  framing: Framing
  /** The name of the caller, for the presence. Default: the id of the caller. */
  userName?: string
  /** The cursor that the client sent, or `earliest`. Default: the stream starts at the current head. */
  lastEventId?: string
}

/** The resources that all feeds of a process share. */
export interface FeedResources {
  db: Database
  settings: StreamSettings
  /** The queue for reads that replay older events. */
  replayQueue: ReadQueue
  /** The queue for reads that catch up with the log. */
  catchUpQueue: ReadQueue
  /** The queue for reads of boards for checkpoints. */
  checkpointQueue: ReadQueue
  ringBudget: RingBudget
  waitingBudget: WaitingBudget
  /** Resolves when the next replay may write its events. */
  waitForReplayTurn: (organizationId: string) => Promise<void>
  /** Resolves when the next poll may be answered. */
  waitForAnswerTurn: (organizationId: string) => Promise<void>
  encoder: FrameEncoder
  /** Reads the head of a log. */
  readHead: (organizationId: string) => Promise<Cursor>
  /**
   * Replaces `epoch` with a new epoch. Does nothing when another process has already replaced `epoch`. Returns
   * the head.
   */
  renewEpoch: (organizationId: string, epoch: string) => Promise<Cursor>
  /** Sends the presence of this process to the other processes. Undefined when there are no other processes. */
  announcePresence: AnnouncePresence | undefined
  /** Returns the time of a clock that never goes back, in milliseconds. */
  now: () => number
  /** Called with each change of access in the log, in seq order. */
  onAccessChange: (change: AccessChange) => void
  /** Called when the feed has skipped a part of the log. The skipped part may contain changes of access. */
  onSkipped: (organizationId: string) => void
  /** Called each time a subscriber falls behind. */
  onBehind: () => void
  /** Called once for each stream, when the stream has ended. */
  onClosed: (subscriber: Subscriber) => void
  /** Called when the log cannot be read. */
  onError: (error: unknown) => void
}

// The number of records that the follower takes in one turn of the event loop. A change can have thousands of records.
// Encoding and delivering thousands of records in one turn would block the event loop for 100 ms.
const takenPerTurn = 128

export class Feed {
  /** Rejects when the head of the log cannot be read. The feed cannot be used after `ready` has rejected. */
  readonly ready: Promise<void>
  readonly organizationId: string
  readonly presence: Presence
  readonly #resources: FeedResources
  readonly #host: ChannelHost
  readonly #ring: Ring
  readonly #follower: LogFollower
  readonly #replay: Replay
  readonly #channels = new Channels()
  readonly #checkpoints: Checkpoints
  readonly #commitTimes = new CommitTimes()
  /** Events that are delivered at the end of this turn of the event loop. The events are in seq order. */
  #pending: Frame[] = []
  /** Records that the follower takes in later turns of the event loop, in the order of this array. */
  readonly #offered: Appended[] = []
  /** The time of the last comparison with the log, in milliseconds since 1970. */
  #checkedAt = 0
  /**
   * The time of the last comparison with the log, measured with the clock that never goes back. Before the first
   * comparison, the time when the feed was created.
   */
  #checkedAtMonotonic: number
  /** The time since which the feed has skipped no record, measured with the clock that never goes back. */
  #completeSince = Number.POSITIVE_INFINITY
  /** Whether the log no longer exists. */
  #isEnded = false
  #streams = 0
  #emptySince: number

  constructor(organizationId: string, resources: FeedResources) {
    const {db, encoder, onError} = resources
    const {limits} = resources.settings
    const source = {db, organizationId, encoder, limits}
    const catchUp = (head: Cursor) => this.follow(head)
    const waitForTurn = () => resources.waitForReplayTurn(organizationId)
    this.organizationId = organizationId
    this.#resources = resources
    this.#emptySince = this.#checkedAtMonotonic = resources.now()
    this.#host = this.#createHost()
    this.#ring = new Ring(limits, resources.ringBudget)
    this.#follower = new LogFollower({
      reader: new LogReader({...source, queue: resources.catchUpQueue}),
      encoder,
      limits,
      onFrame: frame => this.#take(frame),
      onRestart: position => this.#restart(position),
      isKnown: record => this.#isKnown(record),
      onWentBack: ({epoch}) => void this.renewEpoch(epoch).catch(onError),
      onGapFilled: events => {
        const {gaps} = resources.settings.counts
        gaps.filled++
        gaps.events += events
      },
      onError,
    })
    this.#replay = new Replay({
      ring: this.#ring,
      reader: new LogReader({...source, queue: resources.replayQueue}),
      pages: new ReplayPages({
        ...source,
        queue: resources.replayQueue,
        catchUp,
        waitForTurn,
      }),
      limits,
      isEnded: () => this.#isEnded,
      catchUp,
      waitForTurn,
      onReplay: source => resources.settings.counts.replays.add([source]),
      onError,
    })
    this.#checkpoints = new Checkpoints({
      limits,
      ring: this.#ring,
      read: sprintId =>
        resources.checkpointQueue.run(organizationId, () => readBoardContent(db, organizationId, sprintId)),
      send: (channel, digest) => this.#sendCheckpoint(channel, digest),
      now: resources.now,
      onError,
    })
    this.presence = new Presence({
      organizationId,
      limits,
      announce: resources.announcePresence,
      send: (channel, bytes) => this.#deliver(channel, bytes),
      now: resources.now,
    })
    this.ready = this.#start()
  }

  /** The number of open streams. */
  get streams(): number {
    return this.#streams
  }

  /** The position of the last event that the feed has received, or undefined until the feed is ready. */
  get position(): Cursor | undefined {
    return this.#follower.position
  }

  /** How long the feed has had no open stream, in milliseconds. The value is 0 while a stream is open. */
  get emptyForMs(): number {
    return this.#streams > 0 ? 0 : this.#resources.now() - this.#emptySince
  }

  /**
   * Milliseconds since the feed was last compared with the log. Before the first comparison, milliseconds since the
   * feed was created.
   */
  get uncheckedForMs(): number {
    return this.#resources.now() - this.#checkedAtMonotonic
  }

  /**
   * The time since which the feed has skipped no record, measured with the clock that never goes back. Infinity until
   * the feed is ready.
   */
  get completeSince(): number {
    return this.#completeSince
  }

  /** Adds the subscriber that `create` returns. The host of the subscriber is the channel of the request. */
  subscribe(request: StreamRequest, create: (host: SubscriberHost) => Subscriber): Subscriber {
    const channel = this.#channelFor(request.selection, request.framing)
    const subscriber = create(channel)
    channel.add()
    this.#streams++
    const {userId, userName = userId} = request
    if (request.selection.presence) this.presence.join(channel, {id: userId, name: userName})
    this.ready.then(
      () => this.#replay.start(channel, subscriber, startingPointOf(request.lastEventId)),
      () => subscriber.endUnavailable('store'),
    )
    return subscriber
  }

  /** Like `offer`, for a change that another process has announced. `trace` is the `traceparent` of the change. */
  offerAnnounced(appended: Appended, trace: string | undefined): void {
    if (trace !== undefined) this.#noteCommit(appended, undefined, remoteContext(trace))
    this.offer(appended)
  }

  /**
   * Accepts the records of a committed change. Records may arrive late, more than once, or in any order. If
   * `records` is empty, the feed reads the log up to `cursor`.
   */
  offer({cursor, records}: Appended): void {
    if (records.length === 0) {
      this.follow(cursor).catch(this.#resources.onError)
      return
    }
    const isFree = this.#offered.length === 0 && this.#pending.length < takenPerTurn
    if (isFree && records.length <= takenPerTurn) {
      this.#follower.offer({cursor, records})
      return
    }
    if (this.#offered.length === 0) setImmediate(() => this.#takeOffered())
    for (let start = 0; start < records.length; start += takenPerTurn) {
      this.#offered.push({cursor, records: records.slice(start, start + takenPerTurn)})
    }
  }

  /** Like `offer`, for a change that this process has just committed. */
  offerCommitted(appended: Appended): void {
    this.#noteCommit(appended, this.#resources.now(), recordedContext())
    this.offer(appended)
  }

  #noteCommit({cursor: {seq}}: Appended, at: number | undefined, trace: Context | undefined): void {
    // Without streams, nothing is delivered.
    if (this.#streams > 0 && seq > this.#ring.end.seq) this.#commitTimes.add({seq, at, trace})
  }

  /** Catches up with `head`, the current head of the log. Rejects when the log cannot be read. */
  async follow(head: Cursor): Promise<void> {
    await this.#follower.follow(head)
    this.#setChecked()
    if (this.#pending.length > 0) await nextTurn() // waits until the pending events are delivered
  }

  /**
   * Ends every live stream. A stream that is replaying events ends at the next step of its replay. Call this method
   * when the log no longer exists.
   */
  end(): void {
    this.#isEnded = true
    for (const channel of this.#channels) {
      for (const subscriber of channel.leaveBehind(this.#ring.end)) subscriber.endUnavailable('store')
    }
  }

  /** Starts a new epoch and resets the streams. Call this method when the log has lost events of `epoch`. */
  async renewEpoch(epoch: string): Promise<void> {
    await this.follow(await this.#resources.renewEpoch(this.organizationId, epoch))
  }

  close(): void {
    this.#offered.length = 0
    this.#follower.close()
    this.#checkpoints.close()
    this.presence.close()
    this.#ring.evict()
  }

  async #start(): Promise<void> {
    const head = await this.#resources.readHead(this.organizationId)
    this.#setChecked()
    this.#completeSince = this.#resources.now()
    this.#ring.restart(head)
    this.#follower.start(head)
  }

  #isKnown({seq, data}: LogRecord): boolean {
    const frame = this.#ring.frameAt(seq) ?? this.#pending[seq - this.#ring.end.seq - 1]
    return frame?.bytes.endsWith(`\ndata:${data}\n\n`) === true
  }

  #setChecked(): void {
    this.#checkedAt = Date.now()
    this.#checkedAtMonotonic = this.#resources.now()
  }

  #channelFor(selection: Selection, framing: Framing): Channel {
    const key = `${framing}&${canonicalKey(selection)}`
    const known = this.#channels.get(key)
    if (known) return known
    const channel = new Channel(this.#host, key, selection, framing)
    this.#channels.add(channel)
    this.#checkpoints.add(channel)
    this.presence.add(channel)
    return channel
  }

  #takeOffered(): void {
    let room = takenPerTurn
    while (room > 0 && this.#offered.length > 0) {
      const appended = this.#offered.shift()!
      room -= appended.records.length
      this.#follower.offer(appended)
    }
    if (this.#offered.length > 0) setImmediate(() => this.#takeOffered())
  }

  #take(frame: Frame): void {
    if (frame.type === 'access.changed') {
      const change = entryOf(frame) as AccessChange
      this.#resources.onAccessChange(change)
      if (change.reason && change.reason !== 'ticket-superseded') this.presence.withdraw(change.ids)
    }
    if (frame.type === 'member.updated' && this.presence.isUsed) {
      this.presence.rename((entryOf(frame) as BoardEvent & {type: 'member.updated'}).member)
    }
    if (this.#pending.push(frame) === 1) setImmediate(() => this.#deliverPending())
  }

  /**
   * Delivers the pending events. If these events together are large, they are delivered in several batches, so that
   * a slow subscriber falls behind before the next batch is delivered.
   */
  #deliverPending(): void {
    const frames = this.#pending
    this.#pending = []
    for (const run of runsOf(frames, this.#resources.settings.limits.maxWaitingBytes)) {
      const before = this.#ring.end
      this.#ring.push(run)
      const measured = this.#measureDelivery()
      for (const [channel, {bytes, events}] of this.#channels.payloadsOf(run)) {
        if (channel.isPolled) this.#answerPolls(channel, before)
        else this.#deliver(channel, bytes, events)
        measured?.written()
      }
      measured?.end()
      this.#checkpoints.onDelivered(run)
    }
  }

  #measureDelivery(): MeasuredDelivery | undefined {
    const commits = this.#commitTimes.takeUpTo(this.#ring.end.seq)
    const {settings, now} = this.#resources
    return commits.length > 0 ? new MeasuredDelivery(commits, settings.counts, now) : undefined
  }

  #deliver(channel: Channel, bytes: string, events = 0): void {
    for (const subscriber of channel.deliver(bytes, this.#ring.end, events)) {
      this.#resources.onBehind()
      subscriber.waitForDrain()
    }
  }

  #sendCheckpoint(channel: Channel, digest: string): void {
    const cursor = formatCursor(this.#ring.end)
    this.#resources.settings.counts.checkpoints++
    const event = {type: 'stream.checkpoint', cursor, digest} as const
    this.#deliver(channel, controlBytes(event, channel.framing, {id: cursor}))
  }

  /**
   * Replays the events after `before` to the waiting polls, so that the polls are answered. To answer a poll takes more
   * time than to write an event to a stream, so the polls take turns.
   */
  #answerPolls(channel: Channel, before: Cursor): void {
    for (const poll of channel.leaveBehind(before)) {
      void this.#resources
        .waitForAnswerTurn(this.organizationId)
        .then(() => this.#replay.advance(channel, poll))
    }
  }

  /**
   * Drops the pending events and continues at `position`. Live subscribers fall behind and read the log from their
   * old position. If the log cannot serve their old position, the subscribers are reset.
   */
  #restart(position: Cursor): void {
    const served = this.#ring.end
    this.#pending = []
    this.#commitTimes.takeUpTo(Number.POSITIVE_INFINITY)
    this.#completeSince = this.#resources.now()
    this.#ring.restart(position)
    this.#resources.onSkipped(this.organizationId)
    for (const channel of this.#channels) {
      for (const subscriber of channel.leaveBehind(served)) {
        this.#resources.onBehind()
        this.#replay.advance(channel, subscriber)
      }
    }
  }

  #createHost(): ChannelHost {
    const feed = this
    return {
      settings: this.#resources.settings,
      waitingBudget: this.#resources.waitingBudget.forOrganization(),
      get served() {
        return feed.#ring.end
      },
      get checkedAt() {
        return feed.#checkedAt
      },
      get hasMore() {
        return feed.#offered.length > 0 || feed.#pending.length > 0 || feed.#follower.hasMore
      },
      presenceFor: channel => this.presence.stateFor(channel),
      onDrained: (channel, subscriber) => this.#replay.advance(channel, subscriber),
      onClosed: (channel, subscriber, isWithdrawn) => this.#streamClosed(channel, subscriber, isWithdrawn),
    }
  }

  #streamClosed(channel: Channel, subscriber: Subscriber, isWithdrawn: boolean): void {
    if (channel.selection.presence) this.presence.leave(channel, subscriber.userId, isWithdrawn)
    if (!channel.hasSubscribers) {
      this.presence.delete(channel)
      this.#channels.delete(channel)
      this.#checkpoints.delete(channel)
    }
    if (--this.#streams === 0) this.#emptySince = this.#resources.now()
    this.#resources.onClosed(subscriber)
  }
}

/**
 * Splits the frames into batches of at most `maxBytes` bytes. A frame with more than `maxBytes` bytes becomes a
 * separate batch.
 */
function* runsOf(frames: readonly Frame[], maxBytes: number): Generator<readonly Frame[]> {
  let start = 0
  let bytes = 0
  for (const [index, frame] of frames.entries()) {
    bytes += frame.bytes.length
    if (bytes <= maxBytes || index === start) continue
    yield frames.slice(start, index)
    start = index
    bytes = frame.bytes.length
  }
  if (start < frames.length) yield start === 0 ? frames : frames.slice(start)
}
