/**
 * One connection for all tabs. Whoever holds a lock of the browser leads, and connects for what all tabs want; the others
 * follow on a broadcast channel. When the leader closes or falls silent, another tab takes over.
 *
 *     seeking ──accepted──▶ following ──silent──▶ challenging ──▶ steals the lock
 *        ▲  ▲                  │   ▲                  │
 *        │  └──elected, gap────┘   └──────update──────┘
 *        │ the lock was stolen
 *     leading ◀── gathering ◀── any of these, when this tab holds the lock
 */
import type {BoardEvent} from '../board/events.ts'
import type {ResetReason} from '../board/stream-events.ts'
import {type Me, statusAfter} from './api.ts'
import {type ConnectionStart, connect, type Source} from './connection.ts'
import type {EventPlace, Notification} from './connection-state.ts'
import {isUpTo} from './cursor.ts'
import {keepTrying} from './keep-trying.ts'
import {acceptMs, challengeMs, gatherMs} from './limits.ts'
import {call} from './machine.ts'
import {wants} from './selection.ts'
import {hasGap, include, type LeaderState, leaderSilence, type Subscription, type Update} from './sharing.ts'
import {watch} from './watchdog.ts'

/** What tabs send to each other. Change the name of the channel with it: tabs may run different versions. */
type Message =
  /** A new leader asks every other tab to subscribe. */
  | ['elected']
  /** Sent to a new leader, or without `to` to whichever tab leads. */
  | ['subscribe', to: number | undefined, subscription: Subscription]
  /** The leader delivers to `to` what it wants, behind `cursor`. */
  | ['accepted', to: number, cursor: string | undefined]
  /** Somebody looks at a follower's tab: is the connection still alive? */
  | ['wake']
  /** `after` is the leader's cursor before the update. */
  | ['update', update: Update, after: string | undefined]

/** As `connect`, but over another tab's connection where there is one. */
export function connectTogether(
  start: ConnectionStart,
  notify: (notification: Notification) => void,
): Source {
  const {api, wanted} = start
  const id = Math.random() // distinguishes the tabs
  const closing = new AbortController()
  const {signal} = closing
  const watchdog = watch(onTimeout)
  let {cursor} = start
  let name: string
  let channel: BroadcastChannel | undefined
  let leader: number | undefined // the tab that has accepted this one
  let leaderState: LeaderState | undefined
  let isChallenging = false
  // While leading: what the connection is for, and up to where the followers have received updates.
  let shared: Subscription | undefined
  let connection: ReturnType<typeof connect> | undefined

  const leaderMessages = {
    wake: () => connection?.send('wake'),
    subscribe(from: number, to: number | undefined, subscription: Subscription) {
      // A tab that was replaced, and does not know it yet, must not accept the followers of its successor.
      if (to && to !== id) return
      const wider = include(shared!, subscription)
      if (wider !== shared) connection?.send('reopen', ...wider)
      shared = wider
      post('accepted', from, shared[1])
      announce()
    },
  }

  const followerMessages = {
    elected: seek,
    accepted(from: number, to: number, behind: string | undefined) {
      if (to !== id) return
      leader = from
      if (behind && !cursor) updates.progress(behind)
    },
    update(from: number, update: Update, after: string | undefined) {
      if (from !== leader) return
      watchdog.feed()
      isChallenging = false
      // After a gap this tab subscribes again, from its own cursor.
      if (hasGap(cursor, after, update)) seek()
      else call(updates, update)
    },
  }

  /** `stream.ts` skips the events that it has delivered before. */
  const updates = {
    event(event: BoardEvent, place: EventPlace) {
      advance(place.cursor)
      notify(wants(wanted, event) ? ['event', event, place] : ['progress', place.cursor])
    },
    progress(to: string, checkedAt?: string) {
      advance(to)
      notify(['progress', to, checkedAt])
    },
    reset(reason: ResetReason, to: string) {
      cursor = to
      notify(['reset', reason, to])
    },
    state(state: LeaderState) {
      leaderState = state
      watchLeader()
      notify(['status', state.status])
    },
  }

  const identifying = keepTrying(
    () => api.me(),
    join,
    error => {
      notify(['error', error])
      notify(['status', statusAfter(error)])
    },
  )
  return {
    send: (...event) =>
      call(
        {
          wake(isCertain?: boolean) {
            identifying.now()
            connection?.send('wake', isCertain)
            if (shared) return
            post('wake')
            if (leaderState?.status !== 'live') watchLeader()
            watchdog.suspect()
          },
          offline: () => connection?.send('offline'),
          close() {
            closing.abort()
            identifying.stop()
            watchdog.stop()
            connection?.send('close')
            channel?.close()
          },
        },
        event,
      ),
  }

  /** Tabs of other members, servers and topics do not share a connection. */
  function join({user_id}: Me): void {
    // The number is the version of the messages: tabs of two versions do not share a connection either.
    name = `2 ${new URL(api.address(''), location.href)} ${user_id} ${wanted.topics}`
    channel = new BroadcastChannel(name)
    channel.onmessage = ({data: [from, message]}) =>
      call(shared ? leaderMessages : followerMessages, message, from)
    seek()
    lock(false)
  }

  /** Closing withdraws the request, or releases the lock. */
  function lock(steal: boolean): void {
    navigator.locks
      .request(name, steal ? {steal} : {signal}, () => {
        if (signal.aborted) return
        lead()
        return new Promise(resolve => {
          signal.onabort = resolve
        })
      })
      .catch(() => {
        // Another tab stole the lock, because this one was silent.
        if (signal.aborted) return
        connection?.send('close')
        connection = shared = undefined
        seek()
        lock(false)
      })
  }

  function seek(to?: number): void {
    leader = undefined
    isChallenging = false
    post('subscribe', to, [wanted, cursor])
    watchdog.start(acceptMs)
  }

  function lead(): void {
    leader = undefined
    shared = [wanted, cursor]
    post('elected')
    watchdog.start(gatherMs)
  }

  function onTimeout(): void {
    if (shared) {
      connectForAll(shared)
    } else if (isChallenging) {
      isChallenging = false
      watchdog.start(acceptMs)
      lock(true)
    } else {
      // All followers notice the silence together. Whoever steals the lock first stops the others by its `elected`.
      isChallenging = true
      watchdog.start(0, challengeMs)
    }
  }

  function connectForAll([wanted, cursor]: Subscription): void {
    // The status of the leader before this one, so that a quick change of leaders is not shown.
    connection = connect({...start, wanted, cursor, ...leaderState}, notification => {
      if (notification[0] === 'status') announce()
      else if (notification[0] === 'error') notify(notification)
      else publish(notification)
    })
    announce()
  }

  function announce(): void {
    if (!connection) return
    const {status, silenceMs} = connection.state
    publish(['state', {status, silenceMs, isHidden: document.hidden}])
  }

  function publish(update: Update): void {
    post('update', update, shared![1])
    shared = [shared![0], connection!.state.cursor]
    call(updates, update)
  }

  function advance(to: string): void {
    if (!isUpTo(to, cursor)) cursor = to
  }

  function watchLeader(): void {
    if (leader && leaderState) watchdog.start(leaderSilence(leaderState, document.hidden))
  }

  function post(...message: Message): void {
    channel?.postMessage([id, message])
  }
}
