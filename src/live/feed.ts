/** One organization's events on their way to the streams: puts them in order, keeps the latest, delivers them. */
import type {ServerResponse} from 'node:http'
import {setImmediate as nextTurn} from 'node:timers/promises'
import type {Cursor} from '../board/cursor.ts'
import type {Database} from '../store/connection.ts'
import type {Appended, LogRecord} from '../store/event-log.ts'
import {Channel, type ChannelHost} from './channel.ts'
import {Channels} from './channels.ts'
import type {Frame, FrameEncoder, Framing} from './frames.ts'
import {LogFollower} from './log-follower.ts'
import {LogReader} from './log-reader.ts'
import type {ReadQueue} from './read-queue.ts'
import {Replay, startingPointOf} from './replay.ts'
import {Ring} from './ring.ts'
import type {RingBudget} from './ring-budget.ts'
import {canonicalKey, type Selection} from './selection.ts'
import {type StreamSettings, Subscriber} from './subscriber.ts'

/** What a caller asks of a stream. */
export interface StreamRequest {
  organizationId: string
  userId: string
  selection: Selection
  framing: Framing
  /** A cursor as the client sent it, or `earliest`. Default: live from now. */
  lastEventId?: string
}

/** What all feeds of a process share. */
export interface FeedResources {
  db: Database
  settings: StreamSettings
  /** For reads that replay the past. */
  replayQueue: ReadQueue
  /** For reads that catch up with the log. */
  catchUpQueue: ReadQueue
  ringBudget: RingBudget
  encoder: FrameEncoder
  /** Reads the head of a log. */
  readHead: (organizationId: string) => Promise<Cursor>
  /** Starts a new epoch when the log has lost events, unless another process has done so. Returns the head. */
  renewEpoch: (organizationId: string, epoch: string) => Promise<Cursor>
  /** Milliseconds of a clock that never goes back. */
  now: () => number
  /** Called each time when a subscriber was too slow for live delivery. */
  onBehind: () => void
  /** Called once for each stream, when it is over. */
  onClosed: (subscriber: Subscriber) => void
  /** Called when the log could not be read. */
  onError: (error: unknown) => void
}

export class Feed {
  /** Rejects when the head of the log cannot be read. The feed is unusable then. */
  readonly ready: Promise<void>
  readonly organizationId: string
  readonly #resources: FeedResources
  readonly #host: ChannelHost
  readonly #ring: Ring
  readonly #follower: LogFollower
  readonly #replay: Replay
  readonly #channels = new Channels()
  /** Events in order that are delivered at the end of this turn of the event loop. */
  #pending: Frame[] = []
  #checkedAt = 0
  /** As `#checkedAt`, on the clock that never goes back. */
  #checkedAtMonotonic: number
  #streams = 0
  #emptySince: number

  constructor(organizationId: string, resources: FeedResources) {
    const {db, encoder, onError} = resources
    const {limits} = resources.settings
    const source = {db, organizationId, encoder, limits}
    this.organizationId = organizationId
    this.#resources = resources
    this.#emptySince = this.#checkedAtMonotonic = resources.now()
    this.#host = this.#createHost()
    this.#ring = new Ring(limits, resources.ringBudget)
    this.#follower = new LogFollower({
      reader: new LogReader({...source, queue: resources.catchUpQueue}),
      encoder,
      limits,
      onFrame: frame => this.#schedule(frame),
      onRestart: position => this.#restart(position),
      isKnown: record => this.#isKnown(record),
      onWentBack: ({epoch}) => void this.renewEpoch(epoch).catch(onError),
      onError,
    })
    this.#replay = new Replay({
      ring: this.#ring,
      reader: new LogReader({...source, queue: resources.replayQueue}),
      limits,
      catchUp: head => this.follow(head),
      onError,
    })
    this.ready = this.#start()
  }

  /** Open streams. */
  get streams(): number {
    return this.#streams
  }

  /** The last event that is known here. Undefined until the feed is ready. */
  get position(): Cursor | undefined {
    return this.#follower.position
  }

  /** Milliseconds without a stream; 0 while there is one. */
  get emptyForMs(): number {
    return this.#streams > 0 ? 0 : this.#resources.now() - this.#emptySince
  }

  /** Milliseconds since the feed was compared with the log, or since it was created. */
  get uncheckedForMs(): number {
    return this.#resources.now() - this.#checkedAtMonotonic
  }

  /** Opens a stream on the response. */
  subscribe({selection, framing, userId, lastEventId}: StreamRequest, res: ServerResponse): Subscriber {
    const channel = this.#channelFor(selection, framing)
    const subscriber = new Subscriber(channel, userId, res)
    channel.add()
    this.#streams++
    this.ready.then(
      () => this.#replay.start(channel, subscriber, startingPointOf(lastEventId)),
      () => subscriber.endUnavailable('store'),
    )
    return subscriber
  }

  /** Takes the records of a committed change. They may be published late, repeatedly or in any order. */
  offer(appended: Appended): void {
    this.#follower.offer(appended)
  }

  /** Catches up with the head of the log, which was read just now. Rejects when the log cannot be read. */
  async follow(head: Cursor): Promise<void> {
    await this.#follower.follow(head)
    this.#setChecked()
    if (this.#pending.length > 0) await nextTurn() // the pending events are delivered by then
  }

  /** Ends every stream, because the log no longer exists. Replays end by themselves when they read the log. */
  end(): void {
    for (const channel of this.#channels) {
      for (const subscriber of channel.leaveBehind(this.#ring.end)) subscriber.endUnavailable('store')
    }
  }

  /** Starts a new epoch, because the log of this one lost events, and resets the streams. */
  async renewEpoch(epoch: string): Promise<void> {
    await this.follow(await this.#resources.renewEpoch(this.organizationId, epoch))
  }

  close(): void {
    this.#follower.close()
    this.#ring.evict()
  }

  async #start(): Promise<void> {
    const head = await this.#resources.readHead(this.organizationId)
    this.#setChecked()
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
    return channel
  }

  #schedule(frame: Frame): void {
    if (this.#pending.push(frame) === 1) setImmediate(() => this.#deliverPending())
  }

  /** In several runs when the events are large, so that a subscriber too slow for one falls behind before the next. */
  #deliverPending(): void {
    const frames = this.#pending
    this.#pending = []
    for (const run of runsOf(frames, this.#resources.settings.limits.maxWaitingBytes)) {
      this.#ring.push(run)
      for (const [channel, bytes] of this.#channels.payloadsOf(run)) {
        for (const subscriber of channel.deliver(bytes, this.#ring.end)) {
          this.#resources.onBehind()
          subscriber.waitForDrain()
        }
      }
    }
  }

  /** Live subscribers stay at the old position and continue by the log, which resets them if it has to. */
  #restart(position: Cursor): void {
    const served = this.#ring.end
    this.#pending = []
    this.#ring.restart(position)
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
      get served() {
        return feed.#ring.end
      },
      get checkedAt() {
        return feed.#checkedAt
      },
      onDrained: (channel, subscriber) => this.#replay.advance(channel, subscriber),
      onClosed: (channel, subscriber) => this.#streamClosed(channel, subscriber),
    }
  }

  #streamClosed(channel: Channel, subscriber: Subscriber): void {
    if (!channel.hasSubscribers) this.#channels.delete(channel)
    if (--this.#streams === 0) this.#emptySince = this.#resources.now()
    this.#resources.onClosed(subscriber)
  }
}

/** Splits the frames into runs of at most `maxBytes`; a longer frame is a run of its own. */
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
