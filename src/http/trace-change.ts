/** Records a span for each change and for each stream. */
import type {Span} from '@opentelemetry/api'
import type {Context} from 'koa'
import {formatCursor} from '../board/cursor.ts'
import type {StreamReport} from '../live/subscriber.ts'
import type {Appended} from '../store/event-log.ts'
import {contextOf, inSpan, startSpan, traceIdOf, traceparentOf} from '../tracing/spans.ts'
import {sentTraceparent} from '../tracing/traceparent.ts'
import {problemTable, toProblem} from './problems.ts'
import {outcomeOf} from './request-log.ts'

/** With the value `true`, the events of a change contain the trace of the change. */
export const traceEventsHeader = 'X-Trace-Events'

export interface TracedOperation {
  method: string
  /** A template such as `/api/v1/tasks/{id}`. */
  path: string
  operationId: string
}

/**
 * Commits the change in a span whose parent is the `traceparent` of the request. `commit` gets the value for the field
 * `trace` of the events: undefined when the client has not asked for this field, or when there is no trace.
 */
export async function traceChange<Committed extends Appended>(
  ctx: Context,
  {method, path, operationId}: TracedOperation,
  commit: (trace: string | undefined) => Promise<Committed>,
): Promise<Committed> {
  const outcome = outcomeOf(ctx)
  const attributes = {
    'http.request.method': method.toUpperCase(),
    'http.route': path,
    'boardcast.operation': operationId,
  }
  const name = `${method.toUpperCase()} ${path}`
  const parent = contextOf(ctx.headers)
  return inSpan(name, {parent, isRequest: true, attributes, isFault}, async span => {
    const traceId = traceIdOf(span)
    if (traceId) outcome.traceId = traceId
    const isAsked = ctx.get(traceEventsHeader) === 'true'
    const trace = isAsked ? (traceparentOf(span) ?? sentTraceparent(ctx.headers)) : undefined
    const committed = await commit(trace)
    const {records, cursor} = committed
    if (records.length > 0) outcome.eventId = formatCursor(cursor)
    span.setAttributes({'boardcast.events': records.length, 'boardcast.seq': cursor.seq})
    return committed
  })
}

function isFault(error: unknown): boolean {
  return problemTable[toProblem(error).code].status >= 500
}

/** Starts the span of a stream or a poll. Returns undefined when the span is not recorded, so that it needs no memory. */
export function startStreamSpan(
  ctx: Context,
  kind: 'stream' | 'poll',
  selection: Readonly<Record<string, unknown>>,
): Span | undefined {
  const filters = Object.entries(selection).filter(([, value]) => value !== undefined)
  const span = startSpan(`${kind} ${ctx.path}`, {
    parent: contextOf(ctx.headers),
    isRequest: true,
    attributes: {
      'http.route': ctx.path,
      'boardcast.kind': kind,
      'boardcast.topics': String(selection.topics),
      'boardcast.filters': filters.map(([name]) => name).filter(name => name !== 'topics'),
    },
  })
  if (!span.isRecording()) return undefined
  outcomeOf(ctx).traceId = traceIdOf(span)!
  return span
}

export function endStreamSpan(span: Span, {reason, events = 0, bytes = 0}: StreamReport): void {
  span.setAttributes({'boardcast.events': events, 'boardcast.bytes': bytes})
  if (reason) span.setAttribute('boardcast.reason', reason)
  span.end()
}
