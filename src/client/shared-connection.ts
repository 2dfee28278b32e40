/**
 * One connection for all tabs: whoever holds a lock of the browser leads and connects, for what all want together;
 * the others follow on a broadcast channel. A leader that goes or falls silent is followed by the next.
 */
import type {BoardEvent} from '../board/events.ts'
import type {ResetReason} from '../board/stream-events.ts'
import {isSignedOut, type Me} from './api.ts'
import {
  Connection,
  type ConnectionListener,
  type ConnectionStart,
  type EventPlace,
  type Status,
  unlive,
} from './connection.ts'
import {keepTrying, type Trying} from './keep-trying.ts'
import {earlier, isUpTo} from './position.ts'
import {isSame, unite, type Wanted, wants} from './selection.ts'
import {Watchdog} from './watchdog.ts'

/** What tabs say to each other; `from` is the tab that speaks. */
type Message = {from: string} & (
  | {kind: 'who'} // a new leader asks who is there
  | {kind: 'hello'; wanted: Wanted; cursor: string | undefined} // a tab says what it wants, and from where
  | {kind: 'welcome'; to: string; cursor: string | undefined; state: State} // what the leader says suits it from now on
  | {kind: 'bye'}
  | {kind: 'wake'} // somebody looks at this tab: is the stream alive?
  | {kind: 'news'; news: News; after: string | undefined} // and where the leader stood before
)

/** What a follower is told is what the leader's connection tells the leader. */
type News =
  | ['event', BoardEvent, EventPlace]
  | ['position', cursor: string, checkedAt: string | undefined]
  | ['reset', ResetReason, cursor: string]
  | ['state', State]

interface State {
  status: Status
  heartbeat: number
  /** The leader's tab is not looked at: its timers may be slowed down to one a minute. */
  isHidden: boolean
}

const gathering = 100 // milliseconds that a new leader waits for the others to say what they want
const answering = 5_000 // until a leader has answered
const hurrying = 3_000 // that a tab in sight waits for a hidden leader to reconnect
const waiting = 75_000 // that others do: its waits and attempts are shorter, even at one tick a minute

export class SharedConnection {
  readonly #start: ConnectionStart
  readonly #on: ConnectionListener
  readonly #id = crypto.randomUUID()
  readonly #watchdog = new Watchdog(() => this.#leaderIsSilent())
  readonly #identifying: Trying
  #name = ''
  #channel: BroadcastChannel | undefined
  #cursor: string | undefined
  /** The leader that has welcomed this tab; undefined before. */
  #leader: string | undefined
  #state: State | undefined
  /** While leading: the connection, the tabs that follow, and up to where they were told. */
  #connection: Connection | undefined
  #followers: Map<string, {wanted: Wanted; cursor: string | undefined}> | undefined
  #told: string | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Counts what leaders have said. */
  #heard = 0
  /** Takes the request for the lock back, or gives the lock away. */
  #leave: (() => void) | undefined
  #isClosed = false

  constructor(start: ConnectionStart, listener: ConnectionListener) {
    this.#start = start
    this.#on = listener
    this.#cursor = start.cursor
    this.#identifying = keepTrying(
      () => start.api.me(),
      me => this.#join(me),
      error => {
        listener.error(error)
        listener.status(isSignedOut(error) ? 'signed-out' : unlive(false))
      },
    )
  }

  wake(certain = false): void {
    this.#identifying.now()
    this.#connection?.wake(certain)
    if (this.#followers) return
    this.#post({kind: 'wake'})
    if (this.#state?.status !== 'live') this.#watch()
    this.#watchdog.suspect()
  }

  async offline(): Promise<void> {
    await this.#connection?.offline()
  }

  close(): void {
    this.#isClosed = true
    this.#identifying.stop()
    this.#watchdog.stop()
    clearTimeout(this.#timer)
    this.#post({kind: 'bye'})
    this.#connection?.close()
    this.#channel?.close()
    this.#leave?.()
  }

  /** Tabs of other members, servers and topics are another company: theirs is nothing for us. */
  #join({user_id}: Me): void {
    const server = new URL(this.#start.api.address(''), location.href).href
    this.#name = `${server} ${user_id} ${this.#start.wanted.topics}`
    this.#channel = new BroadcastChannel(this.#name)
    this.#channel.onmessage = ({data}) => this.#hear(data)
    this.#sayHello()
    this.#askToLead({})
  }

  #askToLead(how: {steal?: true}): void {
    const request = new AbortController()
    this.#leave = () => request.abort()
    const options = how.steal ? how : {signal: request.signal}
    navigator.locks
      .request(this.#name, options, () => (this.#isClosed ? undefined : this.#lead()))
      .catch(() => {
        // The request was taken back, or the lock was stolen because this tab was silent.
        if (this.#isClosed || request.signal.aborted) return
        this.#stopLeading()
        this.#sayHello()
        this.#askToLead({})
      })
  }

  /** Settles when this tab gives up the lead. */
  #lead(): Promise<void> {
    this.#leader = undefined
    this.#followers = new Map()
    this.#watchdog.stop()
    this.#post({kind: 'who'})
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#connect(), gathering)
    return new Promise(resolve => {
      this.#leave = resolve
    })
  }

  #stopLeading(): void {
    clearTimeout(this.#timer)
    this.#connection?.close()
    this.#connection = this.#followers = undefined
  }

  #connect(): void {
    const {api, transport} = this.#start
    let wanted = this.#start.wanted
    let cursor = this.#cursor
    for (const follower of this.#followers!.values()) {
      wanted = unite(wanted, follower.wanted)
      cursor = earlier(cursor, follower.cursor)
    }
    this.#told = cursor
    this.#connection = new Connection({api, transport, wanted, cursor}, this.#fromServer)
    for (const id of this.#followers!.keys()) this.#welcome(id)
    this.#tellState()
  }

  /** What the leader's connection brings is for this tab as for the others. */
  readonly #fromServer: ConnectionListener = {
    event: (event, place) => this.#tell(['event', event, place]),
    position: (cursor, checkedAt) => this.#tell(['position', cursor, checkedAt]),
    reset: (reason, cursor) => this.#tell(['reset', reason, cursor]),
    status: () => this.#tellState(),
    error: error => this.#on.error(error),
  }

  #tellState(): void {
    this.#tell(['state', this.#stateOf(this.#connection!)])
  }

  #tell(news: News): void {
    this.#post({kind: 'news', news, after: this.#told})
    this.#told = this.#connection!.cursor
    this.#take(news)
  }

  #stateOf({status, heartbeat}: Connection): State {
    return {status, heartbeat, isHidden: document.hidden}
  }

  #hear(message: Message): void {
    if (message.kind === 'who' || message.from === this.#leader) this.#heard++
    if (this.#followers) this.#hearFollower(message)
    else if (message.kind === 'who') this.#sayHello()
    else if (message.kind === 'welcome' && message.to === this.#id) this.#follow(message)
    else if (message.kind === 'news' && message.from === this.#leader) this.#hearLeader(message)
  }

  #hearFollower(message: Message): void {
    const {kind, from} = message
    if (kind === 'bye') this.#followers!.delete(from)
    else if (kind === 'wake') this.#connection?.wake()
    else if (kind === 'hello') {
      this.#followers!.set(from, message)
      if (this.#connection) this.#suit(this.#connection, message)
    }
  }

  /** Sees to it that what is told from now on is all that the tab wants. The others know how to skip what they know. */
  #suit(connection: Connection, {from, ...tab}: {from: string; wanted: Wanted; cursor: string | undefined}) {
    const wanted = unite(connection.wanted, tab.wanted)
    const cursor = tab.cursor ? earlier(connection.cursor, tab.cursor) : connection.cursor
    if (!isSame(wanted, connection.wanted) || cursor !== connection.cursor) {
      this.#told = cursor
      connection.reopen(wanted, cursor)
    }
    this.#welcome(from)
  }

  #welcome(to: string): void {
    const {cursor} = this.#connection!
    this.#post({kind: 'welcome', to, cursor, state: this.#stateOf(this.#connection!)})
  }

  #sayHello(): void {
    this.#leader = undefined
    this.#post({kind: 'hello', wanted: this.#start.wanted, cursor: this.#cursor})
    this.#watchdog.expect(answering)
  }

  #follow({from, cursor, state}: Message & {kind: 'welcome'}): void {
    this.#leader = from
    if (!this.#cursor && cursor) this.#stand(cursor)
    this.#see(state)
  }

  #hearLeader({after, news}: Message & {kind: 'news'}): void {
    this.#watchdog.hear()
    // Something between where this tab stands and this was not told: it must be told again.
    if (news[0] !== 'reset' && this.#isBefore(after)) this.#sayHello()
    else this.#take(news)
  }

  #isBefore(cursor: string | undefined): boolean {
    if (!cursor || !this.#cursor || this.#cursor === 'earliest') return false
    return !isUpTo(cursor, this.#cursor)
  }

  #take(news: News): void {
    switch (news[0]) {
      case 'event':
        this.#takeEvent(news[1], news[2])
        break
      case 'position':
        this.#stand(news[1], news[2])
        break
      case 'reset':
        this.#cursor = news[2]
        this.#on.reset(news[1], news[2])
        break
      case 'state':
        this.#see(news[1])
    }
  }

  #takeEvent(event: BoardEvent, place: EventPlace): void {
    const {cursor} = place
    if (isUpTo(cursor, this.#cursor)) return
    this.#cursor = cursor
    if (wants(this.#start.wanted, event)) this.#on.event(event, place)
    else this.#on.position(cursor)
  }

  #stand(cursor: string, checkedAt?: string): void {
    if (!isUpTo(cursor, this.#cursor)) this.#cursor = cursor
    this.#on.position(cursor, checkedAt)
  }

  #see(state: State): void {
    this.#state = state
    this.#on.status(state.status)
    if (!this.#followers) this.#watch()
  }

  #watch(): void {
    if (!this.#leader || !this.#state) return
    const {status, heartbeat, isHidden} = this.#state
    const isHurried = isHidden && !document.hidden
    // While live the server's heartbeats are passed on; while not, a leader has nothing to say for long.
    this.#watchdog.expect(status === 'live' ? 2.5 * heartbeat : isHurried ? hurrying : waiting)
  }

  /** All followers notice it together: who is first takes the lead, and the others hear of it. */
  #leaderIsSilent(): void {
    clearTimeout(this.#timer)
    this.#watchdog.expect(answering)
    const silentSince = this.#heard
    this.#timer = setTimeout(() => {
      if (this.#heard !== silentSince || this.#followers) return
      this.#leave?.()
      this.#askToLead({steal: true})
    }, Math.random() * 1_000)
  }

  #post(message: DistributiveOmit<Message, 'from'>): void {
    this.#channel?.postMessage({...message, from: this.#id})
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
