// Tests the limits per minute: which requests count, what a client receives above a limit, and which requests
// are accepted above a limit.
import {createHmac, randomUUID} from 'node:crypto'
import {setTimeout as delay, setImmediate as nextTurn} from 'node:timers/promises'
import test from 'ava'
import {countTasks, limitChanges} from '../../src/http/rate-limits.ts'
import {LimiterCounts, noRateLimits, type RateCounts, type RateLimits} from '../../src/limits/rate-counts.ts'
import type {Store} from '../../src/store/connection.ts'
import {createApiKey} from '../helpers/api-keys.ts'
import * as payloads from '../helpers/github-payloads.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {readAnswer, type Server, type ServerOptions, startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'

let store: Store
test.before(async () => {
  store = await openNewStore()
})
test.after.always(() => store?.close())

/** Starts a server behind a trusted proxy, so that a header of a request can contain the address of the client. */
async function start(
  t: {teardown(close: () => Promise<void>): void},
  rateLimits: Partial<RateLimits>,
  options: ServerOptions = {},
): Promise<Server> {
  const server = await startServer({rateLimits, trustProxy: 1, store, ...options})
  t.teardown(() => server.close())
  return server
}

const from = (address: string) => ({'x-forwarded-for': address})

test('a change above the limit of the member has no effect, and the response has the status 429 and says when to retry', async t => {
  const server = await start(t, {changesPerUser: 2})
  const {ada, bob, organizationId} = await server.team(t.title)
  const first = await ada.post('/projects', {name: 'One'})
  t.is(first.status, 201)
  t.is(first.headers.get('ratelimit-policy'), '"user";q=2;w=60')
  t.is(first.headers.get('ratelimit'), '"user";r=1;t=60')
  t.is((await ada.post('/projects', {name: 'Two'})).status, 201)

  const before = await server.stateOf(organizationId)
  const rejected = await ada.post('/projects', {name: 'Three'})
  t.is(rejected.status, 429)
  t.like(rejected.body, {code: 'rate-limited', setting: 'MAX_CHANGES_PER_MINUTE_PER_USER', limit: 2})
  const seconds = Number(rejected.headers.get('retry-after'))
  t.true(seconds >= 1 && seconds <= 60)
  t.is(rejected.body.retry_after_seconds, seconds)
  t.is(rejected.headers.get('ratelimit'), `"user";r=0;t=${seconds}`)
  t.deepEqual(await server.stateOf(organizationId), before)

  t.is((await ada.get('/projects')).status, 200)
  t.is((await bob.post('/projects', {name: 'Three'})).status, 201)
})

test('the changes of all members of an organization count for its limit, and the changes of other organizations do not count for this limit', async t => {
  const server = await start(t, {changesPerOrganization: 3, changesPerUser: 2})
  const {ada, bob, root} = await server.team(t.title)
  const other = await server.team(`${t.title} (other)`)
  const post = async (client: typeof ada) => (await client.post('/projects', {name: 'X'})).status
  t.deepEqual([await post(ada), await post(ada), await post(ada)], [201, 201, 429])
  // The rejected change of Ada did not count for the organization.
  t.is(await post(bob), 201)
  const rejected = await root.post('/projects', {name: 'X'})
  t.like(rejected.body, {code: 'rate-limited', setting: 'MAX_CHANGES_PER_MINUTE_PER_ORG', limit: 3})
  t.is(await post(other.ada), 201)
})

test('when a member sends changes too fast, a change is rejected with the status 429, and the headers contain the state of the burst limit; after the time in Retry-After, the next change is accepted', async t => {
  const server = await start(t, {changesPerUser: 100})
  const {ada} = await server.team(t.title)
  const send = () => ada.put('/notifications/read', {})
  const accepted = await send()
  t.is(accepted.headers.get('ratelimit-policy'), '"user";q=100;w=60, "user-burst";q=60;w=36')
  t.is(accepted.headers.get('ratelimit'), '"user";r=99;t=60, "user-burst";r=59;t=1')

  // The test sends fewer changes than the limit of 100 per minute, so only the limit of bursts rejects changes.
  const answers = await Promise.all(Array.from({length: 80}, send))
  const rejected = answers.find(({status}) => status === 429)!
  t.like(rejected.body, {code: 'rate-limited', setting: 'MAX_CHANGES_PER_MINUTE_PER_USER', limit: 100})
  t.is(rejected.headers.get('retry-after'), '1')
  t.is(rejected.headers.get('ratelimit-policy'), '"user-burst";q=60;w=36')
  t.is(rejected.headers.get('ratelimit'), '"user-burst";r=0;t=1')
  await delay(1_000)
  t.not((await send()).status, 429)
})

test('a request that changes or deletes several tasks counts once for each task, and has no effect above the limit', async t => {
  const server = await start(t, {changesPerUser: 10})
  const {ada, bob, root, organizationId, story, task} = await server.team(t.title)
  const task_ids: string[] = [task.id]
  while (task_ids.length < 6) {
    task_ids.push((await root.post(`/stories/${story.id}/tasks`, {title: 'Next'})).body.id)
  }
  const five = [...task_ids.slice(1), task_ids[1]]
  const urgent = await ada.post('/tasks/changes', {task_ids: five, changes: {priority: 'urgent'}})
  t.is(urgent.status, 200)
  t.regex(urgent.headers.get('ratelimit')!, /^"user";r=5;/)

  await bob.post('/tasks/changes', {task_ids: five, changes: {priority: 'high'}})
  const before = await server.stateOf(organizationId)
  const refused = await ada.post('/tasks/changes', {task_ids, changes: {priority: 'low'}})
  t.like(refused.body, {code: 'rate-limited', setting: 'MAX_CHANGES_PER_MINUTE_PER_USER', limit: 10})
  t.like((await bob.post('/tasks/deletions', {task_ids})).body, {code: 'rate-limited'})
  t.deepEqual(await server.stateOf(organizationId), before)

  // Only the refused request itself has counted, without its further tasks.
  t.regex(refused.body.detail, /changes 6 tasks, and only 4 of 10 changes within a minute remain/)
  t.regex(refused.headers.get('ratelimit')!, /^"user";r=4;/)
  const four = task_ids.slice(0, 4)
  t.is((await ada.post('/tasks/changes', {task_ids: four, changes: {priority: 'low'}})).status, 200)

  const tooMany = Array.from({length: 11}, () => randomUUID())
  t.like((await root.post('/tasks/deletions', {task_ids: tooMany})).body, {
    code: 'invalid-request',
    detail: 'The request changes 11 tasks. Send at most 10, because MAX_CHANGES_PER_MINUTE_PER_USER is 10.',
  })
})

test('a story that moves with many tasks counts for its tasks, but for at most half of the limit', async t => {
  const server = await start(t, {changesPerUser: 8})
  const {ada, bob, organizationId, project, sprint, story} = await server.team(t.title)
  for (let count = 0; count < 5; count++) await bob.post(`/stories/${story.id}/tasks`, {title: 'Next'})
  const {body: other} = await bob.post(`/projects/${project.id}/sprints`, {name: 'Next'})
  const move = (sprint_id: string) => ada.patch(`/stories/${story.id}`, {sprint_id})
  t.regex((await move(other.id)).headers.get('ratelimit')!, /^"user";r=3;/)
  t.regex((await move(sprint.id)).headers.get('ratelimit')!, /^"user";r=0;/)
  const before = await server.stateOf(organizationId)
  t.like((await move(other.id)).body, {code: 'rate-limited'})
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('a task that only makes room in the order does not count', async t => {
  const server = await start(t, {changesPerUser: 100})
  const {ada, bob, story, task} = await server.team(t.title)
  const ids = []
  for (let count = 0; count < 4; count++)
    ids.push((await bob.post(`/stories/${story.id}/tasks`, {title: 'Next'})).body.id)
  await server.db.updateTable('tasks').set({rank: 'a0'}).where('story_id', '=', story.id).execute()
  const ranked = await ada.put(`/tasks/${task.id}/rank`, {after_task_id: ids[1]})
  t.regex(ranked.headers.get('ratelimit')!, /^"user";r=99;/)
})

test('a story with many tasks leaves half of the lower limit', async t => {
  const counted: unknown[] = []
  const rates: RateCounts = {
    ...noRateLimits,
    limits: {...noRateLimits.limits, changesPerUser: 1_000, changesPerOrganization: 40},
    count: async (...args) => {
      counted.push(args)
      return {isExceeded: false, remaining: 0, resetMs: 1}
    },
  }
  const records = Array.from({length: 100}, (_, index) => ({
    type: 'task.deleted' as const,
    task_id: `${index}`,
  }))
  await countTasks({set: () => {}}, rates, {user_id: 'ada', organization_id: 'acme'}, records)
  const uses = {number: 20, areDone: true}
  t.deepEqual(counted, [
    ['changesPerUser', 'ada', uses],
    ['changesPerOrganization', 'acme', uses],
  ])
})

test('when a limit has rejected a change, the client can send the change again with the same Idempotency-Key', async t => {
  const rates: Partial<RateLimits> = {changesPerUser: 1}
  const limited = await start(t, rates)
  const {ada} = await limited.team(t.title)
  const key = {'idempotency-key': randomUUID()}
  await ada.post('/projects', {name: 'First'})
  t.is((await ada.post('/projects', {name: 'Second'}, key)).status, 429)

  // Another process with the same store. In the other process, the member has not reached the limit.
  const later = await start(t, rates)
  const again = later.as({sub: 'ada', org: t.title, role: 'member', name: 'Ada'})
  t.is((await again.post('/projects', {name: 'Second'}, key)).status, 201)
  const names = (await again.get('/projects')).body.items.map(({name}: {name: string}) => name)
  t.deepEqual(names.sort(), ['First', 'Rocket', 'Second'])
})

test('when a member has opened too many streams, the next stream has the status 200, receives stream.unavailable and ends', async t => {
  const server = await start(t, {streamOpensPerUser: 2})
  const url = `${server.url}/api/v1/events/tasks?token=${await server.tokenFor({sub: 'ada', org: t.title})}`
  for (let count = 0; count < 2; count++) {
    const stream = await Stream.open(url)
    await stream.waitFor('stream.ready')
    stream.close()
  }
  const refused = await Stream.open(url)
  await refused.ended()
  t.is(refused.status, 200)
  t.is(refused.received.length, 1)
  const retryMs = Number(refused.received[0]?.retry)
  t.true(retryMs > 10_000) // when a stream is refused for another reason, its `retry` is at most 10 s
  t.like(refused.received[0], {event: 'stream.unavailable', data: {reason: 'rate-limited'}})

  const other = await Stream.open(
    `${server.url}/api/v1/events/tasks?token=${await server.tokenFor({sub: 'bob', org: t.title})}`,
  )
  await other.waitFor('stream.ready')
  other.close()
})

test('when an address has sent too many refused credentials, the next invalid credential gets 429, but valid tokens from this address are accepted', async t => {
  const server = await start(t, {refusalsPerAddress: 3})
  const token = await server.tokenFor({sub: 'ada', org: t.title, role: 'member'})
  const me = (authorization: string, address: string) =>
    fetch(`${server.url}/api/v1/me`, {headers: {authorization, ...from(address)}}).then(readAnswer)
  for (const refused of ['Bearer a', 'Bearer b', 'Bearer c'])
    t.is((await me(refused, '203.0.113.7')).status, 401)

  const rejected = await me('Bearer d', '203.0.113.7')
  t.is(rejected.status, 429)
  t.like(rejected.body, {code: 'rate-limited', setting: 'MAX_REFUSALS_PER_MINUTE', limit: 3})
  t.true(Number(rejected.headers.get('retry-after')) >= 1)
  t.is((await me(`Bearer ${token}`, '203.0.113.7')).status, 200)
  t.is((await me('Bearer d', '203.0.113.8')).status, 401)

  const stream = await Stream.open(`${server.url}/api/v1/events/tasks?token=d`, {
    headers: from('203.0.113.7'),
  })
  await stream.ended()
  t.is(stream.status, 200)
  t.like(stream.received.at(-1), {data: {type: 'stream.unavailable', reason: 'rate-limited'}})
})

test('an expired token and a request without credentials are not counted as refused credentials', async t => {
  const server = await start(t, {refusalsPerAddress: 1})
  const expired = await server.tokenFor({sub: 'ada', org: t.title, lifetime: -60})
  const statusWith = async (headers: Record<string, string>) =>
    (await fetch(`${server.url}/api/v1/me`, {headers: {...headers, ...from('203.0.113.7')}})).status
  for (let count = 0; count < 3; count++) {
    t.is(await statusWith({authorization: `Bearer ${expired}`}), 401)
    t.is(await statusWith({}), 401)
  }
  t.is(await statusWith({'x-api-key': 'bck_unknown'}), 401)
  t.is(await statusWith({'x-api-key': 'bck_unknown'}), 429)
  t.is(await statusWith({}), 401)
})

test('when an address has sent too many refused credentials, an API key from this address is accepted only if the server has accepted the key before', async t => {
  const server = await start(t, {refusalsPerAddress: 1})
  const {organizationId} = await server.team(t.title)
  const createKey = async (name: string) =>
    (await createApiKey(server.db, {organizationId, name, role: 'member'})).key
  const [known, unknown] = [await createKey('known'), await createKey('unknown')]
  const statusOf = async (key: string) => {
    const headers = {'x-api-key': key, ...from('203.0.113.7')}
    return (await fetch(`${server.url}/api/v1/me`, {headers})).status
  }
  t.is(await statusOf(known), 200)
  t.is(await statusOf(`bck_${'x'.repeat(43)}`), 401)
  t.is(await statusOf(known), 200)
  t.is(await statusOf(unknown), 429)
  t.is(await statusOf(`bck_${'x'.repeat(43)}`), 429)
})

test('when an address has reached the limit of sign-ins, the next sign-in is rejected before the body of the request is read', async t => {
  const server = await start(t, {signInsPerAddress: 2})
  const token = await server.tokenFor({sub: 'ada', org: t.title})
  const signIn = async (address: string, body = JSON.stringify({token})) => {
    const headers = {origin: server.url, 'content-type': 'application/json', ...from(address)}
    return readAnswer(await fetch(`${server.url}/api/v1/session`, {method: 'POST', headers, body}))
  }
  t.is((await signIn('2001:db8::1')).status, 200)
  t.is((await signIn('2001:db8::2')).status, 200)
  const rejected = await signIn('2001:db8::3', '{')
  t.is(rejected.status, 429)
  t.is(rejected.body.setting, 'MAX_SIGN_INS_PER_MINUTE')
  t.is((await signIn('2001:db8:0:1::1')).status, 200)
})

const secret = 'A secret shared with GitHub'

/** Creates a project that receives webhooks. `deliver` sends a webhook to this project, and returns the status. */
async function hookedProject(server: Server, organization: string) {
  const {ada, root, project} = await server.team(organization)
  await root.put(`/projects/${project.id}/github-secret`, {secret})
  const deliver = async ({event = 'pull_request', key = secret} = {}) => {
    const body = JSON.stringify(payloads.opened)
    const headers = {
      'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
      'x-github-event': event,
      'x-github-delivery': randomUUID(),
      ...from('203.0.113.7'),
    }
    const url = `${server.url}/api/v1/hooks/github/${project.id}`
    return (await fetch(url, {method: 'POST', headers, body})).status
  }
  return {ada, deliver}
}

test('each organization has a limit for recorded deliveries, and deliveries do not count for the limit of changes', async t => {
  const server = await start(t, {changesPerOrganization: 2, deliveriesPerOrganization: 1})
  const {ada, deliver} = await hookedProject(server, t.title)
  t.deepEqual([await deliver({event: 'ping'}), await deliver({event: 'ping'})], [202, 202])
  t.deepEqual([await deliver(), await deliver()], [202, 429])
  t.is((await ada.post('/projects', {name: 'X'})).status, 201)
})

test('when a project has received too many deliveries with a wrong signature, only further deliveries to this project are rejected', async t => {
  const server = await start(t, {refusalsPerAddress: 1, refusedDeliveriesPerProject: 2})
  const {deliver} = await hookedProject(server, t.title)
  const other = await hookedProject(server, `${t.title} (other)`)
  const wrong = {key: 'another secret'}
  t.deepEqual([await deliver(wrong), await deliver(wrong), await deliver(wrong)], [401, 401, 429])
  t.is(await deliver(), 429)
  t.is(await other.deliver(), 202)
  const headers = {authorization: 'Bearer a', ...from('203.0.113.7')}
  t.is((await fetch(`${server.url}/api/v1/me`, {headers})).status, 401)
})

test('without TRUST_PROXY, X-Forwarded-For is ignored, a peer with a private address has no limit, and the log contains one warning', async t => {
  const server = await start(t, {refusalsPerAddress: 1, signInsPerAddress: 1}, {trustProxy: 0})
  const statusFrom = async (address: string) => {
    const headers = {authorization: 'Bearer refused', ...from(address)}
    return (await fetch(`${server.url}/api/v1/me`, {headers})).status
  }
  for (let count = 0; count < 5; count++) t.is(await statusFrom('203.0.113.7'), 401)
  const warnings = server.log.filter(({msg}) => /TRUST_PROXY is 0/.test(String(msg)))
  t.is(warnings.length, 1)
  t.like(warnings[0], {level: 40, peer: '127.0.0.1'})
})

test('with TRUST_PROXY, a client cannot choose its address by sending X-Forwarded-For itself', async t => {
  const server = await start(t, {refusalsPerAddress: 2})
  const statusFrom = async (forged: string) => {
    const headers = {authorization: 'Bearer refused', ...from(`${forged}, 203.0.113.7`)}
    return (await fetch(`${server.url}/api/v1/me`, {headers})).status
  }
  const statuses = [await statusFrom('198.51.100.1'), await statusFrom('198.51.100.2')]
  t.deepEqual([...statuses, await statusFrom('198.51.100.3')], [401, 401, 429])
})

test('a change above the limit of the member is rejected only after a pause, and a change below the limit proceeds without a pause', async t => {
  const limits = {...noRateLimits.limits, changesPerUser: 1}
  const rates = new LimiterCounts(limits)
  const caller = {user_id: 'ada', organization_id: 'acme'}
  let pauses = 0
  let resume!: () => void
  const pause = () => {
    pauses++
    return new Promise<void>(resolve => {
      resume = resolve
    })
  }
  await limitChanges({set() {}}, rates, caller, {pause})
  t.is(pauses, 0)
  let isRejected = false
  const rejected = limitChanges({set() {}}, rates, caller, {pause}).catch(error => {
    isRejected = true
    return error
  })
  while (pauses === 0) await nextTurn()
  await nextTurn()
  t.false(isRejected)
  resume()
  t.like(await rejected, {code: 'rate-limited'})
})
