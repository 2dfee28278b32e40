// Tests the metrics of a server in this process: who may read them, and what they count.
import {once} from 'node:events'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {networkInterfaces} from 'node:os'
import type {ExecutionContext} from 'ava'
import {pino} from 'pino'
import {metricsApp} from '../../src/commands/metrics-port.ts'
import {type RunningServer, serve} from '../../src/commands/serve.ts'
import {readConfig} from '../../src/config.ts'
import {RefusalLimit} from '../../src/http/refusal-limit.ts'
import {mintToken} from '../../src/identity/mint-token.ts'
import {LimiterCounts, noRateLimits} from '../../src/limits/rate-counts.ts'
import {parseMetrics, sampleOf} from '../helpers/metrics.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

const secret = 'a test secret with at least 32 characters'
const token = 'a-token-for-metrics'
const withToken = {authorization: `Bearer ${token}`}

async function start(t: ExecutionContext, env: Record<string, string>): Promise<RunningServer> {
  const server = await serve(
    readConfig({
      HOST: '127.0.0.1',
      PORT: '0',
      DRAIN_SECONDS: '0',
      AUTH_JWT_SECRET: secret,
      DATABASE_URL: await createDatabase(),
      ...env,
    }),
    pino({level: 'silent'}),
  )
  t.teardown(() => server.stop())
  return server
}

const scrape = async (url: string) => (await fetch(`${url}/metrics`, {headers: withToken})).text()

test('without METRICS_TOKEN and METRICS_PORT, /metrics does not exist', async t => {
  const {url, metricsUrl} = await start(t, {})
  t.is((await fetch(`${url}/metrics`)).status, 404)
  t.is(metricsUrl, undefined)
})

test('with METRICS_TOKEN, only a request with the token can read the metrics', async t => {
  const {url} = await start(t, {METRICS_TOKEN: token})
  const statusWith = async (authorization: string) =>
    (await fetch(`${url}/metrics`, {headers: {authorization}})).status
  t.is((await fetch(`${url}/metrics`)).status, 401)
  t.is(await statusWith(`Bearer ${token}x`), 401)
  t.is(await statusWith(`Basic ${token}`), 401)
  const member = await mintToken(
    {secret},
    {subject: 'ada', organization: 'acme', role: 'admin', lifetime: 60},
  )
  t.is(await statusWith(`Bearer ${member}`), 401, 'an admin of an organization may not read the metrics')
  const response = await fetch(`${url}/metrics`, {headers: withToken})
  t.is(response.status, 200)
  t.is(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
})

test('METRICS_PORT serves the metrics instead of the main port, and without METRICS_TOKEN only on loopback', async t => {
  const {url, metricsUrl} = await start(t, {HOST: '0.0.0.0', METRICS_PORT: '0'})
  t.is((await fetch(`${url}/metrics`)).status, 404)
  t.is((await fetch(metricsUrl!)).status, 200)
  t.is((await fetch(metricsUrl!, {method: 'POST'})).status, 405)
  t.is((await fetch(new URL('/', metricsUrl))).status, 404)
  const address = Object.values(networkInterfaces())
    .flat()
    .find(it => it && !it.internal && it.family === 'IPv4')
  if (!address) return
  const {port} = new URL(metricsUrl!)
  await t.throwsAsync(fetch(`http://${address.address}:${port}/metrics`))
})

test('with METRICS_TOKEN, METRICS_PORT needs the token too', async t => {
  const {metricsUrl} = await start(t, {METRICS_PORT: '0', METRICS_TOKEN: token})
  t.is((await fetch(metricsUrl!)).status, 401)
  t.is((await fetch(metricsUrl!, {headers: withToken})).status, 200)
})

test('wrong tokens are counted as refused credentials of the address, and the right token is always accepted', async t => {
  const {url} = await start(t, {METRICS_TOKEN: token, TRUST_PROXY: '1', MAX_REFUSALS_PER_MINUTE: '2'})
  const scrapeAs = (address: string, headers: Record<string, string>) =>
    fetch(`${url}/metrics`, {headers: {'x-forwarded-for': address, ...headers}})
  const guess = (address: string) => scrapeAs(address, {authorization: 'Bearer a-guessed-token'})
  for (let request = 0; request < 3; request++) {
    t.is((await scrapeAs('203.0.113.7', {})).status, 401, 'a request without a token is not counted')
  }
  const statuses: number[] = []
  for (let request = 0; request < 3; request++) statuses.push((await guess('203.0.113.7')).status)
  t.deepEqual(statuses, [401, 401, 429])
  t.is((await scrapeAs('203.0.113.7', withToken)).status, 200)
  t.is((await guess('203.0.113.8')).status, 401)
  const member = {authorization: 'Bearer no-token-of-a-member', 'x-forwarded-for': '203.0.113.7'}
  t.is((await fetch(`${url}/api/v1/me`, {headers: member})).status, 401, 'each kind is counted separately')
})

test('METRICS_PORT counts wrong tokens too', async t => {
  const refusals = new RefusalLimit({
    rates: new LimiterCounts({...noRateLimits.limits, refusalsPerAddress: 1}),
    name: 'refusalsPerAddress',
    keyOf: () => '203.0.113.7',
  })
  const access = {token, read: async () => 'up 1\n', listOrganizations: async () => []}
  const server = createServer(metricsApp(access, refusals, pino({level: 'silent'})).callback())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const guess = () => fetch(`${url}/metrics`, {headers: {authorization: 'Bearer a-guessed-token'}})
  t.is((await guess()).status, 401)
  t.is((await guess()).status, 429)
  t.is(await scrape(url), 'up 1\n')
})

test('the metrics count streams, events, changes, requests and problems, and name no organization', async t => {
  const {url} = await start(t, {METRICS_TOKEN: token})
  const ada = await mintToken({secret}, {subject: 'ada', organization: 'acme', role: 'admin', lifetime: 60})
  const headers = {authorization: `Bearer ${ada}`, 'content-type': 'application/json'}
  const post = (body: object) =>
    fetch(`${url}/api/v1/projects`, {method: 'POST', headers, body: JSON.stringify(body)})
  const open = (query = '') => Stream.open(`${url}/api/v1/events/projects?token=${ada}${query}`)
  const [first, second] = [await open(), await open()]
  await first.waitFor('stream.ready')
  await second.waitFor('stream.ready')
  for (const name of ['One', 'Two']) t.is((await post({name})).status, 201)
  t.is((await post({})).status, 400)
  for (const stream of [first, second]) await stream.waitUntil(() => stream.events.length === 2)
  const resumed = await open('&lastEventId=earliest')
  await resumed.waitFor('stream.ready')
  const reset = await open('&lastEventId=nonsense')
  await reset.waitFor('stream.ready')
  first.close()
  await until(async () => sampleOf(await scrape(url), 'boardcast_streams_open{kind="stream"}') === 3)

  const text = await scrape(url)
  const value = (sample: string) => sampleOf(text, `boardcast_${sample}`)
  t.is(value('streams_opened_total{kind="stream"}'), 4)
  t.is(value('streams_ended_total{kind="stream",reason="client"}'), 1)
  t.is(value('stream_resets_total{reason="malformed"}'), 1)
  t.is(value('stream_replays_total{source="log"}'), 1)
  t.is(value('events_sent_total{how="live"}'), 4)
  const replayed = resumed.events.length
  t.true(replayed >= 2)
  t.is(value('events_sent_total{how="replay"}'), replayed)
  t.true(value('event_bytes_sent_total{how="live"}')! > 400)
  t.is(value('delivery_seconds_count'), 2, 'one duration per delivery of the channel, not per stream')
  t.is(value('change_seconds_count{operation="createProject",outcome="committed"}'), 2)
  t.is(value('http_requests_total{method="POST",route="/api/v1/projects",status="2xx"}'), 2)
  t.is(value('http_requests_total{method="POST",route="/api/v1/projects",status="4xx"}'), 1)
  t.is(value('http_requests_total{method="GET",route="/api/v1/events/projects",status="2xx"}'), 4)
  t.is(value('problems_total{code="invalid-request"}'), 1)
  t.is(value('database_pool_size'), 10)
  t.is(value('feeds'), 1)
  t.true(parseMetrics(text).has('nodejs_eventloop_lag_p99_seconds'))
  t.true(parseMetrics(text).has('process_start_time_seconds'))
  t.false(/acme|ada\b|[0-9a-f]{8}-[0-9a-f]{4}-/.test(text), 'a label contains a name or an id')
})

test('a request above a limit per minute is counted by the setting of the limit', async t => {
  const {url} = await start(t, {
    METRICS_TOKEN: token,
    MAX_REFUSALS_PER_MINUTE: '1',
    MAX_STREAM_OPENS_PER_MINUTE: '1',
  })
  const ada = await mintToken({secret}, {subject: 'ada', organization: 'acme', lifetime: 60})
  const open = () => Stream.open(`${url}/api/v1/events/tasks?token=${ada}`)
  await (await open()).waitFor('stream.ready')
  await (await open()).ended()
  const text = await scrape(url)
  t.is(sampleOf(text, 'boardcast_rate_limited_total{setting="MAX_STREAM_OPENS_PER_MINUTE"}'), 1)
  t.is(sampleOf(text, 'boardcast_streams_refused_total{reason="rate-limited"}'), 1)
})

test('METRICS_PORT must differ from PORT, and METRICS_TOKEN must be long enough', t => {
  const env = {AUTH_JWT_SECRET: secret}
  t.throws(() => readConfig({...env, METRICS_PORT: '8080'}), {message: /METRICS_PORT: must differ from PORT/})
  t.throws(() => readConfig({...env, METRICS_TOKEN: 'short'}), {
    message: /METRICS_TOKEN: must have at least 16/,
  })
  t.is(readConfig({...env, METRICS_PORT: '9464'}).metricsPort, 9464)
})
