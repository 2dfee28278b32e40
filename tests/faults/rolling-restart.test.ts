// Restarts two servers behind a TCP balancer, one after the other. At the same time, members make changes, and clients
// follow the changes.
import {randomBytes, randomUUID} from 'node:crypto'
import {setTimeout as delay} from 'node:timers/promises'
import {EventSource} from 'eventsource'
import {openTaskStream} from '../../src/client/client.ts'
import {mintToken} from '../../src/identity/mint-token.ts'
import {startBalancer} from '../helpers/balancer.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {startProcess} from '../helpers/process.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

// Node has no EventSource. The package `eventsource` follows the same specification as a browser.
Object.assign(globalThis, {EventSource})

const writers = 4
const clients = 20

test('a rolling restart of two servers loses no event and no change', async t => {
  t.timeout(240_000)
  const secret = randomBytes(32).toString('hex')
  const env = {DATABASE_URL: await createDatabase(), AUTH_JWT_SECRET: secret, DRAIN_SECONDS: '1'}
  const token = await mintToken(
    {secret},
    {subject: 'ada', organization: 'acme', role: 'admin', lifetime: 3600},
  )
  const servers = [await startProcess(env), await startProcess(env)]
  t.teardown(() => Promise.all(servers.map(server => server.end('SIGTERM'))))
  const balancer = await startBalancer(servers.map(({url}) => url))
  t.teardown(() => balancer.close())

  const project = await post(balancer.url, token, '/projects', {name: 'Rocket'})
  const story = await post(balancer.url, token, `/projects/${project.id}/stories`, {title: 'Orbit'})
  const followers = Array.from({length: clients}, (_, index) => {
    const seen: string[] = []
    const statuses: string[] = []
    const stream = openTaskStream({
      url: balancer.url,
      getToken: () => token,
      transport: index % 2 === 0 ? 'fetch' : 'eventsource',
      onEvent: event => event.type === 'task.created' && seen.push(event.task.title),
      onStatus: status => statuses.push(status),
    })
    return {seen, statuses, stream}
  })
  t.teardown(() => {
    for (const {stream} of followers) stream.close()
  })
  await until(() => followers.every(({stream}) => stream.isConnected))

  let isRestarting = true
  const created: string[] = []
  const writing = Array.from({length: writers}, async (_, writer) => {
    for (let n = 0; isRestarting; n++) {
      const title = `Task ${writer}-${n}`
      await post(balancer.url, token, `/stories/${story.id}/tasks`, {title})
      created.push(title)
      await delay(10)
    }
  })
  for (const [index, {url, end}] of servers.entries()) {
    t.is(await end('SIGTERM'), 0)
    servers[index] = await startProcess({...env, PORT: new URL(url).port})
  }
  isRestarting = false
  await Promise.all(writing)

  const log = await readLog(balancer.url, token)
  t.deepEqual(log.toSorted(), created.toSorted(), 'every acknowledged change has one event')
  await until(() => followers.every(({seen}) => seen.length >= log.length))
  for (const {seen} of followers) t.deepEqual(seen, log)
  // On a busy machine, a client may need more than two seconds to reconnect. The status of such a client changes. This
  // change is not an error, so the test only logs how many clients stayed live.
  const live = followers.filter(({statuses}) => statuses.length === 1).length
  t.log(
    `${created.length} changes, ${clients * log.length} deliveries; ${live} of ${clients} clients stayed live`,
  )
})

/** Sends a POST request. If the balancer breaks the connection, sends the request again with the same key. */
async function post(url: string, token: string, path: string, body: object): Promise<any> {
  const request = {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify(body),
  }
  for (let retries = 0; ; retries++) {
    const response = await fetch(`${url}/api/v1${path}`, request).catch(error => {
      if (retries === 3) throw error
    })
    if (!response) continue
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }
}

/** Returns the titles of all created tasks in the order of the log. */
async function readLog(url: string, token: string): Promise<string[]> {
  const stream = await Stream.open(`${url}/api/v1/events/tasks?token=${token}&lastEventId=earliest`)
  await stream.waitFor('stream.ready')
  stream.close()
  return stream.events.filter(({data}) => data.type === 'task.created').map(({data}) => data.task.title)
}
