/**
 * One connection for all tabs: whoever holds a lock of the browser leads and connects, for what all want together;
 * the others follow on a broadcast channel. A leader that goes or falls silent is followed by the next.
 */
import {isSignedOut, type Me} from './api.ts'
import {
  type Connection,
  type ConnectionListener,
  type ConnectionStart,
  connect,
  type Source,
  type Status,
  unlive,
} from './connection.ts'
import {keepTrying} from './keep-trying.ts'
import {earlier, isUpTo} from './position.ts'
import {isSame, unite, type Wanted, wants} from './selection.ts'
import {watch} from './watchdog.ts'

/** What tabs say to each other; `from` is the tab that speaks. */
type Message = {from: string} & (
  | {kind: 'who'} // a new leader asks who is there
  | {kind: 'hello'; to: string | undefined; wish: Wish} // a tab says what it wants: to a new leader, or to whoever leads
  | {kind: 'welcome'; to: string; cursor: string | undefined} // what the leader tells suits it from now on
  | {kind: 'bye'}
  | {kind: 'wake'} // somebody looks at this tab: is the stream alive?
  | {kind: 'news'; news: News; after: string | undefined} // and where the leader stood before
)

/** What a tab wants, and behind which cursor. */
interface Wish {
  wanted: Wanted
  cursor: string | undefined
}

/** What a leader's connection can tell; a follower is told the same. */
interface Telling extends Pick<ConnectionListener, 'event' | 'position' | 'reset'> {
  state(state: State): void
}
type News = {[K in keyof Telling]: [kind: K, ...what: Parameters<Telling[K]>]}[keyof Telling]

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

/** As `connect`, but over another tab's connection where there is one. */
export function connectTogether(start: ConnectionStart, on: ConnectionListener): Source {
  const {api, wanted, transport} = start
  const id = crypto.randomUUID()
  const watchdog = watch(replaceLeader)
  let {cursor} = start
  let name: string
  let channel: BroadcastChannel | undefined
  let leader: string | undefined // who has welcomed this tab
  let leadersState: State | undefined
  let timer: ReturnType<typeof setTimeout> | undefined // until a leader connects, or a follower leads
  let leave: (() => void) | undefined // takes the request for the lock back, or gives the lock away
  let isClosed = false
  // While leading: the connection, the tabs that follow, and up to where they were told.
  let connection: Connection | undefined
  let followers: Map<string, Wish> | undefined
  let told: string | undefined

  /** What the connection tells, its own or another tab's. */
  const taking: Telling = {
    event(event, place) {
      if (isUpTo(place.cursor, cursor)) return
      cursor = place.cursor
      if (wants(wanted, event)) on.event(event, place)
      else on.position(cursor)
    },
    position(at, checkedAt) {
      if (!isUpTo(at, cursor)) cursor = at
      on.position(at, checkedAt)
    },
    reset(reason, at) {
      cursor = at
      on.reset(reason, at)
    },
    state(state) {
      leadersState = state
      on.status(state.status)
      if (!followers) watchLeader()
    },
  }
  const identifying = keepTrying(
    () => api.me(),
    join,
    error => {
      on.error(error)
      on.status(isSignedOut(error) ? 'signed-out' : unlive(false))
    },
  )
  return {
    wake(certain) {
      identifying.now()
      connection?.wake(certain)
      if (followers) return
      post({kind: 'wake'})
      if (leadersState?.status !== 'live') watchLeader()
      watchdog.suspect()
    },
    offline: () => connection?.offline(),
    close() {
      isClosed = true
      identifying.stop()
      watchdog.stop()
      clearTimeout(timer)
      post({kind: 'bye'})
      connection?.close()
      channel?.close()
      leave?.()
    },
  }

  /** Tabs of other members, servers and topics are another company: theirs is nothing for us. */
  function join({user_id}: Me): void {
    name = `${new URL(api.address(''), location.href)} ${user_id} ${wanted.topics}`
    channel = new BroadcastChannel(name)
    channel.onmessage = ({data}) => hear(data)
    sayHello()
    askToLead()
  }

  function askToLead(steal?: true): void {
    const request = new AbortController()
    const {signal} = request
    leave = () => request.abort()
    navigator.locks
      .request(name, steal ? {steal} : {signal}, () => (isClosed ? undefined : lead()))
      .catch(() => {
        // The request was taken back, or the lock was stolen because this tab was silent.
        if (isClosed || signal.aborted) return
        clearTimeout(timer)
        connection?.close()
        connection = followers = undefined
        sayHello()
        askToLead()
      })
  }

  /** Settles when this tab gives up the lead. */
  function lead(): Promise<void> {
    leader = undefined
    followers = new Map()
    watchdog.stop()
    post({kind: 'who'})
    clearTimeout(timer)
    timer = setTimeout(connectForAll, gathering)
    return new Promise(resolve => {
      leave = resolve
    })
  }

  function connectForAll(): void {
    let all: Wish = {wanted, cursor}
    for (const wish of followers!.values()) {
      all = {wanted: unite(all.wanted, wish.wanted), cursor: earlier(all.cursor, wish.cursor)}
    }
    told = all.cursor
    // What the leader's connection brings is for this tab as for the others.
    connection = connect(
      {api, transport, ...all, status: leadersState?.status},
      {
        event: (...what) => tell(['event', ...what]),
        position: (...what) => tell(['position', ...what]),
        reset: (...what) => tell(['reset', ...what]),
        status: tellState,
        error: on.error,
      },
    )
    for (const follower of followers!.keys()) welcome(follower)
    tellState()
  }

  function tellState(): void {
    const {status, heartbeat} = connection!.state
    tell(['state', {status, heartbeat, isHidden: document.hidden}])
  }

  function tell(news: News): void {
    post({kind: 'news', news, after: told})
    told = connection!.state.cursor
    take(news)
  }

  function hear(message: Message): void {
    const {kind, from} = message
    if (followers) hearFollower(followers, message)
    else if (kind === 'who') sayHello(from)
    else if (kind === 'welcome' && message.to === id) follow(from, message.cursor)
    else if (kind === 'news' && from === leader) hearLeader(message)
  }

  function hearFollower(all: Map<string, Wish>, message: Message): void {
    const {kind, from} = message
    if (kind === 'bye') all.delete(from)
    if (kind === 'wake') connection?.wake()
    // One that was replaced, and has not heard of it yet, must not answer for its successor.
    if (kind === 'hello' && (message.to ?? id) === id) {
      all.set(from, message.wish)
      if (connection) suit(connection, from, message.wish)
    }
  }

  /** Sees to it that what is told from now on is all that the tab wants. The others know how to skip what they know. */
  function suit({state, reopen}: Connection, tab: string, wish: Wish): void {
    const all = unite(state.wanted, wish.wanted)
    const from = wish.cursor ? earlier(state.cursor, wish.cursor) : state.cursor
    if (!isSame(all, state.wanted) || from !== state.cursor) {
      told = from
      reopen(all, from)
    }
    welcome(tab)
    tellState()
  }

  function welcome(to: string): void {
    post({kind: 'welcome', to, cursor: told})
  }

  function sayHello(to?: string): void {
    leader = undefined
    clearTimeout(timer)
    post({kind: 'hello', to, wish: {wanted, cursor}})
    watchdog.expect(answering)
  }

  function follow(to: string, start: string | undefined): void {
    leader = to
    if (!cursor && start) taking.position(start)
  }

  function hearLeader({after, news}: Message & {kind: 'news'}): void {
    watchdog.hear()
    clearTimeout(timer)
    const isReset = news[0] === 'reset'
    const isKnown = !after || !cursor || cursor === 'earliest' || isUpTo(after, cursor)
    // Something between where this tab stands and this was not told: it must be told again.
    if (isReset || isKnown) take(news)
    else sayHello()
  }

  function take([kind, ...what]: News): void {
    const takeIt = taking[kind] as (...what: unknown[]) => void
    takeIt(...what)
  }

  function watchLeader(): void {
    if (!leader || !leadersState) return
    const {status, heartbeat, isHidden} = leadersState
    const isHurried = isHidden && !document.hidden
    // While live the server's heartbeats are passed on; while not, a leader has nothing to say for long.
    watchdog.expect(status === 'live' ? 2.5 * heartbeat : isHurried ? hurrying : waiting)
  }

  /** It is silent. All followers notice it together: who is first takes the lead, and the others hear of it. */
  function replaceLeader(): void {
    clearTimeout(timer)
    watchdog.expect(answering)
    timer = setTimeout(() => {
      leave?.()
      askToLead(true)
    }, Math.random() * 1_000)
  }

  function post(message: WithoutSender<Message>): void {
    channel?.postMessage({...message, from: id})
  }
}

type WithoutSender<M> = M extends unknown ? Omit<M, 'from'> : never
