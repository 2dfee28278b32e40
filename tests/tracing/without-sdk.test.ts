// Tests a server without an SDK of OpenTelemetry.
import test from 'ava'
import {startTracing} from '../../src/commands/start-tracing.ts'
import {startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

const server = await startServer()
test.after.always(() => server.close())

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`

test('the events of a change contain its trace only if the request asks for it and is part of a trace', async t => {
  const {ada, story} = await server.team(t.title)
  const token = await server.tokenFor({sub: 'ada', org: t.title})
  const stream = await Stream.open(`${server.url}/api/v1/events/tasks?token=${token}`)
  await stream.waitFor('stream.ready')
  const requests: Record<string, string>[] = [
    {traceparent},
    {'x-trace-events': 'true'},
    {traceparent: 'nonsense', 'x-trace-events': 'true'},
    {traceparent, 'x-trace-events': 'false'},
    {traceparent, 'x-trace-events': 'true'},
  ]
  for (const headers of requests) {
    t.is((await ada.post(`/stories/${story.id}/tasks`, {title: 'Weld'}, headers)).status, 201)
  }
  await stream.waitUntil(() => stream.events.length === requests.length)
  t.deepEqual(
    stream.events.map(({data}) => data.trace),
    [undefined, undefined, undefined, undefined, traceparent],
  )

  const resumed = await Stream.open(
    `${server.url}/api/v1/events/tasks?token=${token}&lastEventId=${stream.events.at(-2)!.id}`,
  )
  await resumed.waitFor('stream.ready')
  t.is(resumed.events[0]!.data.trace, traceparent, 'the log keeps the trace')
})

test('the log line of a request contains the trace, and the line of a change the cursor of its last event', async t => {
  const ada = server.as({sub: 'ada', org: t.title, role: 'member'})
  const lineOf = async (id: string) => {
    await until(() => server.log.some(({request_id}) => request_id === id))
    return server.log.find(({request_id}) => request_id === id)!
  }
  const {headers} = await ada.post(
    '/projects',
    {name: 'Rocket'},
    {traceparent, 'x-request-id': 'traced-change'},
  )
  const line = await lineOf('traced-change')
  t.is(line.trace_id, traceId)
  t.is(line.event_id, headers.get('event-id'))
  await ada.get('/me', {'x-request-id': 'no-trace'})
  t.false('trace_id' in (await lineOf('no-trace')))
  t.false('event_id' in (await lineOf('no-trace')))
})

test('when traces are on and the SDK is not installed, the error names the command that installs it', async t => {
  await t.throwsAsync(startTracing('boardcast', '@opentelemetry/sdk-that-is-not-installed'), {
    code: 'command-failed',
    message: /npm install @opentelemetry\/sdk-node/,
  })
})
