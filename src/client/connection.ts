/**
 * Runs one stream. A stream has at most one connection at a time. `connection-state.ts` decides the next state and its
 * effects. This file has the timers and the connection.
 */
import type {Api} from './api.ts'
import {
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionState,
  type Notification,
  transition,
} from './connection-state.ts'
import {call, type Handlers} from './machine.ts'
import {pathOf, type Wanted} from './selection.ts'
import type {Status} from './task-stream.ts'
import {overFetch, type Transport} from './transport.ts'
import {watch} from './watchdog.ts'

export interface ConnectionStart {
  api: Api
  wanted: Wanted
  /** The cursor after which the stream resumes. When `cursor` is undefined, the stream starts at the current head. */
  cursor: string | undefined
  transport: Transport
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
  {api, wanted, cursor, transport, status}: ConnectionStart,
  notify: (notification: Notification) => void,
): Connection {
  let attempt = new AbortController()
  const grace = watch(() => send('graceOver'))
  const state: ConnectionState = {
    phase: 'closed',
    cursor,
    wanted,
    status,
    failures: 0,
    hasGetToken: !!api.options.getToken,
  }
  const handlers: Handlers<Exclude<ConnectionEffect, Notification>> = {
    ...watch(() => send('timeout')),
    async connect(isRefused) {
      const {signal} = attempt
      const {wanted, cursor, needsFetch} = state
      const report = reporter()
      try {
        const token = await api.token(isRefused)
        if (signal.aborted) return
        const open = needsFetch ? overFetch : transport
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
    grace: grace.start,
    close: grace.stop,
  }
  send('reopen', wanted, cursor)
  return {state, send}

  function send(...event: ConnectionEvent): void {
    const {status} = state
    const isOnline = globalThis.navigator?.onLine !== false
    Object.assign(state, transition({...state, isOnline}, event))
    for (const effect of state.effects!) {
      if (effect[0] in handlers) call(handlers, effect)
      else notify(effect as Notification)
    }
    if (state.status !== status) notify(['status', state.status])
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
