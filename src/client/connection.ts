/**
 * Runs one stream. A stream has at most one connection at a time. `connection-state.ts` decides the next state and its
 * effects. This file has the timers and the connection.
 */
import type {Api} from './api.ts'
import {isVisible} from './backoff.ts'
import {
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionState,
  type Notification,
  transition,
} from './connection-state.ts'
import {call, type Handlers} from './machine.ts'
import {pathOf, type Wanted} from './selection.ts'
import type {Status, TaskStreamOptions} from './task-stream.ts'
import {overFetch, type Transport} from './transport.ts'
import {recall, verdictPlaceOf} from './verdicts.ts'
import {watch} from './watchdog.ts'

export interface ConnectionStart {
  api: Api
  wanted: Wanted
  /** The cursor after which the stream resumes. When `cursor` is undefined, the stream starts at the current head. */
  cursor: string | undefined
  transport: TaskStreamOptions['transport']
  /** Opens a stream. */
  overStream: Transport
  /** The initial status: `connecting`, or the status of the connection that this connection replaces. */
  status: Status
}

/** The source of a stream's events: a connection of this tab, or the connection of another tab. */
export interface Source {
  send(...event: ['wake', mustReconnect?: boolean | undefined] | ['offline'] | ['close']): void
}

export interface Connection extends Source {
  readonly state: Readonly<ConnectionState>
  send(...event: ConnectionEvent): void
}

export function connect(
  {api, wanted, cursor, transport, overStream, status}: ConnectionStart,
  notify: (notification: Notification) => void,
): Connection {
  let attempt = new AbortController()
  const isAuto = transport === 'auto'
  const place = verdictPlaceOf(api)
  let used: unknown // the name of the transport of the current attempt
  const grace = watch(() => send('graceOver'))
  const state: ConnectionState = {
    phase: 'closed',
    cursor,
    wanted,
    status,
    failures: 0,
    silences: 0,
    hasGetToken: !!api.options.getToken,
  }
  const handlers: Handlers<Exclude<ConnectionEffect, Notification>> = {
    ...watch(isHalf => send('timeout', isHalf)),
    async connect(isRefused) {
      const {signal} = attempt
      const {wanted, cursor, needsFetch} = state
      const report = reporter()
      try {
        const token = await api.token(isRefused)
        const name = isAuto ? recall(place) : transport
        const overPoll = name === 'poll' && (await loadPoll())
        if (signal.aborted) return
        used = name
        const open = overPoll || (needsFetch || name === 'fetch' ? overFetch : overStream)
        open(api, pathOf(wanted, cursor), token, signal, {
          message: (data, id) => report('message', JSON.parse(data), id),
          ended: end => report('ended', end),
        })
      } catch (error) {
        report('ended', {error})
      }
    },
    disconnect() {
      attempt.abort()
      attempt = new AbortController()
    },
    probe() {
      const report = reporter()
      api.call('GET', '/me').then(
        () => report('probed'),
        error => report('probed', error),
      )
    },
    find() {
      const {signal} = attempt
      const report = reporter()
      // When the module does not load, the client continues to wait for the stream.
      if (isAuto && used !== 'poll') {
        loadFinder().then(
          ({find}) =>
            find({api, state, signal, place, isSecond: used === 'fetch'}, () => report('wake', true)),
          () => {},
        )
      }
    },
    grace: grace.start,
    close: grace.stop,
  }
  send('reopen', wanted, cursor)
  return {state, send}

  function send(...event: ConnectionEvent): void {
    const {status, isPolling} = state
    const isOnline = globalThis.navigator?.onLine !== false
    Object.assign(state, transition({...state, isOnline, isVisible: isVisible()}, event))
    for (const effect of state.effects!) {
      if (effect[0] in handlers) call(handlers, effect)
      else notify(effect as Notification)
    }
    if (state.status !== status || state.isPolling !== isPolling)
      notify(['status', state.status, state.isPolling])
  }

  /** When the module does not load, returns undefined, and the client opens a stream. */
  async function loadPoll(): Promise<Transport | undefined> {
    return loadFinder().then(
      ({overPoll}) => overPoll(isAuto && {overStream, place}),
      () => undefined,
    )
  }

  /**
   * Returns a function that calls `send`. After the current attempt has been aborted, the returned function does
   * nothing.
   */
  function reporter(): typeof send {
    const {signal} = attempt
    return (...event) => {
      if (!signal.aborted) send(...event)
    }
  }
}

/** Loads the module that few clients need. Bundlers put this module into a file of its own. */
function loadFinder() {
  return import('./transport-finder.ts')
}
