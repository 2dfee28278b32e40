/**
 * Records spans through the API of OpenTelemetry. Without an SDK, the API records nothing, and these functions cost very
 * little.
 */
import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'

export interface SpanOptions {
  /** The context of the span's parent. Default: the active context. */
  parent?: Context
  /** Whether the span is about a request of a client. Default false. */
  isRequest?: boolean
  attributes?: Attributes
  /** Whether the error is a fault of the server. Default: every error is. */
  isFault?: (error: unknown) => boolean
}

/** Runs `work` in a new span, which becomes the active span. The span ends when the promise of `work` is settled. */
export async function inSpan<T>(
  name: string,
  {isFault = () => true, ...options}: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const parent = options.parent ?? context.active()
  const span = startSpan(name, {...options, parent})
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span))
  } catch (error) {
    const {code, name: kind} = error as {code?: unknown; name?: unknown}
    span.setAttribute('error.type', String(code ?? kind))
    if (isFault(error)) span.setStatus({code: SpanStatusCode.ERROR})
    throw error
  } finally {
    span.end()
  }
}

/** The caller must end the span. */
export function startSpan(name: string, {parent, isRequest, attributes}: SpanOptions): Span {
  const kind = isRequest ? SpanKind.SERVER : SpanKind.INTERNAL
  const tracer = trace.getTracer('boardcast')
  return tracer.startSpan(name, {kind, ...(attributes && {attributes})}, parent ?? context.active())
}

/** Returns the context that the headers of a request describe. Without an SDK, returns the active context. */
export function contextOf(headers: Record<string, unknown>): Context {
  return propagation.extract(context.active(), headers)
}

/** Returns the active context if its span is recorded, so that later work can add spans to the trace. */
export function recordedContext(): Context | undefined {
  const active = context.active()
  const span = trace.getSpanContext(active)
  return span && span.traceFlags & TraceFlags.SAMPLED ? active : undefined
}

/** Returns the active span as the value of a header `traceparent`, if the span is recorded. */
export function recordedTraceparent(): string | undefined {
  const recorded = recordedContext()
  return recorded && traceparentOf(trace.getSpan(recorded)!)
}

/** Returns the context of a span of another process. `traceparent` is a value that `recordedTraceparent` returned. */
export function remoteContext(traceparent: string): Context {
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-')
  const traceFlags = Number.parseInt(flags, 16)
  return trace.setSpanContext(ROOT_CONTEXT, {traceId, spanId, traceFlags, isRemote: true})
}

/** Returns the id of the span's trace. Undefined without an SDK. */
export function traceIdOf(span: Span): string | undefined {
  const ids = span.spanContext()
  return isSpanContextValid(ids) ? ids.traceId : undefined
}

/** Returns the span as the value of a header `traceparent`. Undefined without an SDK. */
export function traceparentOf(span: Span): string | undefined {
  const ids = span.spanContext()
  if (!isSpanContextValid(ids)) return undefined
  return `00-${ids.traceId}-${ids.spanId}-${ids.traceFlags.toString(16).padStart(2, '0')}`
}
