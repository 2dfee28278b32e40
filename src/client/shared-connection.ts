/**
 * Shares one connection between all tabs. The tab that holds a Web Lock is the leader. The leader's connection receives
 * every event that at least one tab selects. The other tabs are followers. The followers receive the leader's updates
 * on a broadcast channel. When the leader closes or is silent for too long, another tab becomes the leader.
 *
 *     seeking ──accepted──▶ following ──silent──▶ challenging ──▶ steals the lock
 *        ▲  ▲                  │   ▲                  │
 *        │  └──elected, gap────┘   └──────update──────┘
 *        │ the lock was stolen
 *     leading ◀── gathering ◀── each of these states, when this tab gets the lock
 */
import {type ConnectionStart, connect, type Source} from './connection.ts'
import type {Notification} from './connection-state.ts'
import type {BoardEvent, Me, ResetReason} from './contract.ts'
import {isUpTo} from './cursor.ts'
import {keepTrying} from './keep-trying.ts'
import {acceptMs, challengeMs, gatherMs} from './limits.ts'
import {call} from './machine.ts'
import {wants} from './selection.ts'
import {hasGap, include, type LeaderState, leaderSilence, type Subscription, type Update} from './sharing.ts'
import {statusAfter} from './signed-out.ts'
import type {EventPlace} from './task-stream.ts'
import {watch} from './watchdog.ts'

/**
 * A message between tabs on a BroadcastChannel. Tabs may run different versions of this code. If a version changes the
 * form of the messages, this version must also change the name of the BroadcastChannel.
 */
type Message =
  /** The sender is the new leader. All other tabs must subscribe. */
  | ['elected']
  /** The sender subscribes to the leader whose id is `to`. When `to` is undefined, any leader accepts the sender. */
  | ['subscribe', to: number | undefined, subscription: Subscription]
  /** The leader has accepted the tab with the id `to`. The accepted tab will receive the events after `cursor`. */
  | ['accepted', to: number, cursor: string | undefined]
  /** A follower's tab has become visible or active, so the leader must check the connection. */
  | ['wake']
  /** The leader delivers an update. `after` is the leader's cursor before the update. */
  | ['update', update: Update, after: string | undefined]

/**
 * Returns the source of a stream, like `connect`. If another tab has a connection, this tab uses the connection of that
 * tab.
 */
export function connectTogether(
  start: ConnectionStart,
  notify: (notification: Notification) => void,
): Source {
  const {api, wanted} = start
  const id = Math.random() // identifies this tab
  const closing = new AbortController()
  const {signal} = closing
  const watchdog = watch(onTimeout)
  let {cursor} = start
  let name: string
  let channel: BroadcastChannel | undefined
  let leader: number | undefined // the tab that has accepted this tab as a follower
  let leaderState: LeaderState | undefined
  let isChallenging = false
  // Set only in the leader: the union of all selections, and the cursor of the last update that was sent.
  let shared: Subscription | undefined
  let connection: ReturnType<typeof connect> | undefined

  const leaderMessages = {
    wake: () => connection?.send('wake'),
    subscribe(from: number, to: number | undefined, subscription: Subscription) {
      // This subscription is for another leader, for example for a tab that has stolen the lock from this tab.
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
      // After a gap, this tab subscribes again with its own cursor.
      if (hasGap(cursor, after, update)) seek()
      else call(updates, update)
    },
  }

  /** Passes updates to the listener. Events may be repeated, so `receive.ts` skips repeated events. */
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
      notify(['status', state.status, state.isPolling])
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
          wake(mustReconnect?: boolean) {
            identifying.now()
            connection?.send('wake', mustReconnect)
            if (!shared) {
              post('wake')
              if (leaderState?.status !== 'live') watchLeader()
              watchdog.suspect()
            }
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

  /**
   * Opens a channel to the other tabs with the same member, server and topics. Only these tabs share a connection. Tabs
   * with presence do not share with other tabs: the common selection might have no sprint, and then no presence.
   */
  function join({user_id}: Me): void {
    // `3` is the version of the messages. Tabs with different versions do not share a connection.
    name = `3 ${new URL(api.address(''), location.href)} ${user_id} ${wanted.topics} ${!!wanted.presence}`
    channel = new BroadcastChannel(name)
    channel.onmessage = ({data: [from, message]}) =>
      call(shared ? leaderMessages : followerMessages, message, from)
    seek()
    lock(false)
  }

  /**
   * Requests the lock. When the stream is closed, the request for the lock is cancelled. If the tab already has the
   * lock, the lock is released instead.
   */
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
        // Another tab stole the lock, because this tab was silent for too long.
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
      // All followers notice the silence at the same time, so each follower waits for a random time, and then steals
      // the lock. The first follower that becomes the leader sends `elected`. After this message, the other followers
      // do not steal the lock.
      isChallenging = true
      watchdog.start(0, challengeMs)
    }
  }

  function connectForAll([wanted, cursor]: Subscription): void {
    // The connection starts with the status of the previous leader, so that a quick change of leaders does not change
    // the status.
    connection = connect({...start, wanted, cursor, ...leaderState}, notification => {
      if (notification[0] === 'status') announce()
      else if (notification[0] === 'error') notify(notification)
      else publish(notification)
    })
    announce()
  }

  function announce(): void {
    if (!connection) return
    const {status, silenceMs, isPolling} = connection.state
    publish(['state', {status, silenceMs, isPolling, isHidden: document.hidden}])
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
