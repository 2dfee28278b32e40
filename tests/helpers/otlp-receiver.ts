/** Receives the spans that OpenTelemetry exporters send with OTLP over HTTP in JSON, like a collector. */
import {once} from 'node:events'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {json} from 'node:stream/consumers'

export interface ReceivedSpan {
  name: string
  traceId: string
  spanId: string
  parentSpanId: string | undefined
  /** Nanoseconds since 1970. */
  startedAt: bigint
  durationMs: number
  attributes: Record<string, unknown>
  /** The attributes of the process that recorded the span, such as `service.name` and `process.pid`. */
  resource: Record<string, unknown>
}

export interface OtlpReceiver {
  /** The value for OTEL_EXPORTER_OTLP_ENDPOINT. */
  url: string
  /** Returns the spans of the trace in the order of their starts. */
  spansOf(traceId: string): ReceivedSpan[]
  /** Returns the spans of the trace as a tree, one line for each span. */
  treeOf(traceId: string): string
  close(): Promise<void>
}

// [spec] OTLP 1.x, JSON Protobuf Encoding: ids are in hexadecimal digits, and integers of 64 bits are strings.
interface ExportRequest {
  resourceSpans: {
    resource: {attributes: KeyValue[]}
    scopeSpans: {spans: SentSpan[]}[]
  }[]
}
interface SentSpan {
  name: string
  traceId: string
  spanId: string
  parentSpanId?: string
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes?: KeyValue[]
}
interface KeyValue {
  key: string
  value: {stringValue?: string; intValue?: number | string; arrayValue?: unknown}
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = []
  const server = createServer(async (req, res) => {
    const isTraces = req.method === 'POST' && req.url === '/v1/traces'
    if (isTraces) spans.push(...decode((await json(req)) as ExportRequest))
    res.writeHead(isTraces ? 200 : 404, {'content-type': 'application/json'}).end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const spansOf = (traceId: string) =>
    spans
      .filter(span => span.traceId === traceId)
      .sort((one, other) => Number(one.startedAt - other.startedAt))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spansOf,
    treeOf: traceId => formatTree(spansOf(traceId)),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function decode({resourceSpans}: ExportRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({resource, scopeSpans}) =>
    scopeSpans.flatMap(scope =>
      scope.spans.map(({name, traceId, spanId, parentSpanId, ...span}) => ({
        name,
        traceId,
        spanId,
        parentSpanId: parentSpanId || undefined,
        startedAt: BigInt(span.startTimeUnixNano),
        durationMs: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
        attributes: valuesOf(span.attributes),
        resource: valuesOf(resource.attributes),
      })),
    ),
  )
}

function valuesOf(attributes: readonly KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({key, value}) => [
      key,
      value.intValue === undefined ? value.stringValue : Number(value.intValue),
    ]),
  )
}

function formatTree(spans: readonly ReceivedSpan[]): string {
  const isRoot = ({parentSpanId}: ReceivedSpan) => !spans.some(({spanId}) => spanId === parentSpanId)
  const linesOf = (span: ReceivedSpan, indent: string): string[] => [
    `${indent}${span.name}  ${span.durationMs.toFixed(2)} ms  pid ${span.resource['process.pid']}  ${JSON.stringify(span.attributes)}`,
    ...spans
      .filter(({parentSpanId}) => parentSpanId === span.spanId)
      .flatMap(child => linesOf(child, `${indent}  `)),
  ]
  return spans
    .filter(isRoot)
    .flatMap(root => linesOf(root, ''))
    .join('\n')
}
