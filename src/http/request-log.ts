/** Logs one line at the end of every request and of every stream. */
import {randomUUID} from 'node:crypto'
import type {ServerResponse} from 'node:http'
import type {ServerHttp2Stream} from 'node:http2'
import type {Context, Middleware} from 'koa'
import type {Level, Logger} from 'pino'
import type {Caller} from '../board/member.ts'
import type {StreamReport} from '../live/subscriber.ts'
import {sentTraceId} from '../tracing/traceparent.ts'
import {redact} from './redact.ts'
import {sentRequestId} from './request-id.ts'

// Probes and scrapes arrive every few seconds, so they are logged at level debug.
const quietPaths = ['/livez', '/readyz', '/metrics', '/metrics/organizations']
const maxPathLength = 200 // characters of a path or a selection that are logged

/**
 * What the log line contains in addition to the request. The middleware that runs after `logRequests` sets these
 * fields.
 */
export interface Outcome extends StreamReport {
  /** The code of the problem, or the reason in `stream.unavailable`. */
  code?: string
  /** The id of the trace of the request, if the request is part of a trace. */
  traceId?: string
  /** The cursor of the last event of a committed change. */
  eventId?: string
  /** Called when a stream or a poll has ended. Set only if its span is recorded. */
  onEnded?: () => void
  /** The setting whose limit per minute was exceeded. */
  limit?: string
  /** An error that an operator must look at. */
  failure?: unknown
  /**
   * Set for a poll. A poll is answered after the middleware has ended. `requestId` is set when the poll is answered,
   * because a new id takes 0.6 KB of memory. If the client has sent an id, the poll uses this id.
   */
  poll?: {requestId?: string; status: number}
}

/**
 * Logs a request when the response of the request has been sent, or when the connection of the request has ended.
 * `request_id` is the `X-Request-Id` of the request, or a new id. It is also the `X-Request-Id` of the response. The
 * response of a stream has no `X-Request-Id`, because Node would keep this header in memory until the stream ends. The
 * log line of a stream has a `request_id` only if the client or a proxy has sent one.
 */
export function logRequests(log: Logger): Middleware {
  return async (ctx, next) => {
    const startedAt = performance.now()
    const outcome = outcomeOf(ctx)
    const sentId = sentRequestId(ctx.req)
    try {
      await next()
    } finally {
      const {poll} = outcome
      const isOpen = ctx.respond === false
      const isStream = isOpen && !poll
      const id = isOpen ? sentId : (sentId ?? randomUUID())
      const described = isOpen ? copiedStrings(describe(ctx)) : describe(ctx)
      const traceId = outcome.traceId ?? sentTraceId(ctx.headers)
      const request = {
        ...(id !== undefined && {request_id: id}),
        ...described,
        ...(traceId !== undefined && {trace_id: traceId}),
      }
      if (!isOpen) ctx.set('X-Request-Id', id!)
      const {status: ctxStatus, res} = ctx
      if (isStream && !res.destroyed) log.debug(request, 'stream opened')
      let isSent = false
      // A waiting poll has no listener, because the listener takes 0.2 KB of memory.
      if (!isOpen) {
        res.prependOnceListener('finish', () => {
          isSent = !isBroken(res) // Node emits `finish` even if the socket was destroyed before the last write
        })
      }
      onceClosed(res, () => {
        const {code, failure: err, eventId} = outcome
        outcome.onEnded?.()
        const status = poll?.status ?? ctxStatus
        const ms = Math.round(performance.now() - startedAt)
        const isComplete = poll ? poll.requestId !== undefined && res.writableFinished : isSent
        const isAborted = !isStream && !isComplete
        const facts = {
          status,
          ms,
          ...(poll?.requestId && {request_id: poll.requestId}),
          ...(code && {code}),
          ...(eventId && {event_id: eventId}),
          ...(outcome.reason && streamFacts(outcome)),
          ...(isAborted && {aborted: true}),
          ...(err ? {err} : {}),
        }
        log[levelOf(request.path, status, outcome)]({...request, ...facts}, 'request')
      })
    }
  }
}

export function outcomeOf({state}: Context): Outcome {
  state.outcome ??= {}
  return state.outcome
}

/** The query is not part of the description, because the query of a stream may contain a credential. */
function describe({method, path, ip: address, state}: Context) {
  const {organization_id, user_id} = (state.caller ?? {}) as Partial<Caller>
  return {
    method,
    path: redact(cut(path)),
    address,
    ...(organization_id && {organization_id, user_id}),
  }
}

function streamFacts({selection = '', reason, events, bytes}: StreamReport) {
  return {selection: cut(selection), reason, events, bytes}
}

function cut(text: string): string {
  return text.length > maxPathLength ? `${text.slice(0, maxPathLength)}…` : text
}

/**
 * Copies the strings. The string `path` refers to the memory of the whole URL, which can contain a token. Without the
 * copy, the URL would stay in memory until the stream ends.
 */
function copiedStrings<T extends {path: string; address: string}>(request: T): T {
  const copy = (text: string) => Buffer.from(text).toString()
  return {...request, path: copy(request.path), address: copy(request.address)}
}

function onceClosed(res: ServerResponse, listener: () => void): void {
  if (res.closed || res.destroyed) listener()
  else res.once('close', listener)
}

/** Whether the connection of the response, or its stream of HTTP/2, has ended before the response was complete. */
function isBroken(res: ServerResponse): boolean {
  return 'stream' in res ? (res.stream as ServerHttp2Stream).aborted : res.req.socket.destroyed
}

function levelOf(path: string, status: number, {code, failure}: Outcome): Level {
  if (quietPaths.includes(path)) return 'debug'
  if (failure) return 'error'
  return status >= 400 || code ? 'warn' : 'info'
}
