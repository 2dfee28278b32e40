// Tests which spans a server records, with an SDK of OpenTelemetry that keeps the spans in memory.
import {context, propagation, SpanStatusCode, trace} from '@opentelemetry/api'
import {AsyncLocalStorageContextManager} from '@opentelemetry/context-async-hooks'
import {W3CTraceContextPropagator} from '@opentelemetry/core'
import {BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor} from '@opentelemetry/sdk-trace-base'
import test from 'ava'
import {startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

const exporter = new InMemorySpanExporter()
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(new W3CTraceContextPropagator())
trace.setGlobalTracerProvider(new BasicTracerProvider({spanProcessors: [new SimpleSpanProcessor(exporter)]}))

const server = await startServer()
test.after.always(() => server.close())

/** Returns the finished spans of the trace. */
const spansOf = (traceId: string) =>
  exporter.getFinishedSpans().filter(span => span.spanContext().traceId === traceId)

let lastTrace = 0
function newTrace() {
  const traceId = String(++lastTrace).padStart(32, 'a')
  return {traceId, traceparent: `00-${traceId}-00f067aa0ba902b7-01`}
}

test('a trace shows a change from the request over the transaction to the delivery', async t => {
  const {ada, story} = await server.team(t.title)
  const token = await server.tokenFor({sub: 'ada', org: t.title})
  const stream = await Stream.open(`${server.url}/api/v1/events/tasks?token=${token}`)
  await stream.waitFor('stream.ready')
  const {traceId, traceparent} = newTrace()
  await ada.post(`/stories/${story.id}/tasks`, {title: 'Weld'}, {traceparent, 'x-trace-events': 'true'})
  await stream.waitUntil(() => stream.events.length === 1)
  await until(() => spansOf(traceId).length === 3)

  const named = (name: string) => spansOf(traceId).find(span => span.name === name)!
  const change = named('POST /api/v1/stories/{id}/tasks')
  t.is(change.parentSpanContext?.spanId, '00f067aa0ba902b7')
  const seq = Number(stream.events[0]!.id!.split('-')[1])
  t.like(change.attributes, {
    'http.route': '/api/v1/stories/{id}/tasks',
    'boardcast.operation': 'createTask',
    'boardcast.events': 1,
    'boardcast.seq': seq,
  })
  const changeId = change.spanContext().spanId
  t.is(named('transaction').parentSpanContext?.spanId, changeId)
  const delivery = named('deliver')
  t.is(delivery.parentSpanContext?.spanId, changeId)
  t.like(delivery.attributes, {'boardcast.seq': seq, 'boardcast.selections': 1})
  t.is(
    stream.events[0]!.data.trace,
    `00-${traceId}-${changeId}-01`,
    'the event continues the span of the change',
  )
  t.true(server.log.some(line => line.trace_id === traceId && line.event_id === stream.events[0]!.id))
  const texts = JSON.stringify(spansOf(traceId).map(({name, attributes}) => ({name, attributes})))
  t.false(texts.includes(token) || texts.includes(t.title))
})

test('the span of a stream ends with the stream, and contains its selection, its events and the reason of the end', async t => {
  const {ada, story, sprint} = await server.team(t.title)
  const token = await server.tokenFor({sub: 'ada', org: t.title})
  const {traceId, traceparent} = newTrace()
  const stream = await Stream.open(
    `${server.url}/api/v1/events/tasks?sprint_id=${sprint.id}&token=${token}`,
    {headers: {traceparent}},
  )
  await stream.waitFor('stream.ready')
  await ada.post(`/stories/${story.id}/tasks`, {title: 'Weld'})
  await stream.waitUntil(() => stream.events.length === 1)
  t.is(spansOf(traceId).length, 0)
  stream.close()
  await until(() => spansOf(traceId).length === 1)
  const [span] = spansOf(traceId)
  t.is(span!.name, 'stream /api/v1/events/tasks')
  t.like(span!.attributes, {
    'boardcast.topics': 'tasks',
    'boardcast.events': 1,
    'boardcast.reason': 'client',
  })
  t.deepEqual(span!.attributes['boardcast.filters'], ['sprint_id'])
  t.true(server.log.some(line => line.trace_id === traceId && line.reason === 'client'))
})

test('a rejected change has a span with the code of the problem, which is not a fault of the server', async t => {
  const {bob, ada, task} = await server.team(t.title)
  await ada.put(`/tasks/${task.id}/ownership`)
  const {traceId, traceparent} = newTrace()
  t.is((await bob.put(`/tasks/${task.id}/ownership`, undefined, {traceparent})).status, 409)
  await until(() => spansOf(traceId).length === 2)
  for (const span of spansOf(traceId)) {
    t.is(span.attributes['error.type'], 'task-already-owned')
    t.is(span.status.code, SpanStatusCode.UNSET)
  }
})

test('a trace that its sender does not sample records no span', async t => {
  const ada = server.as({sub: 'ada', org: t.title, role: 'member'})
  const {traceId, traceparent} = newTrace()
  await ada.post('/projects', {name: 'Rocket'}, {traceparent: traceparent.replace(/01$/, '00')})
  const later = newTrace()
  await ada.post('/projects', {name: 'Rocket'}, {traceparent: later.traceparent})
  await until(() => spansOf(later.traceId).length >= 2)
  t.is(spansOf(traceId).length, 0)
})
