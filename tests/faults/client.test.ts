import {setTimeout as delay} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import {EventSource} from 'eventsource'
import fc from 'fast-check'
import {openTaskStream, type TaskStream} from '../../src/client/client.ts'
import {readHead, readPage} from '../../src/store/event-log.ts'
import {type Fault, startFaultProxy} from '../helpers/fault-proxy.ts'
import {type Server, startServer} from '../helpers/server.ts'

// Node has no EventSource. The package `eventsource` follows the same specification as a browser.
Object.assign(globalThis, {EventSource})

let server: Server

test.before(async () => {
  server = await startServer({live: {heartbeatSeconds: 0.4, limits: {pollIntervalMs: 50}}})
})
test.after.always(() => server.close())

// The organizations are tested at the same time, because their clients mostly wait between two connections.
const organizations = 3
const clientsPerOrganization = 16
const changesPerOrganization = 80
const kinds = ['cut', 'end', 'stall'] as const

// The response head has about 200 bytes, the first blocks have about 300 bytes, and each event has about
// 1,000 bytes. Faults occur in the head, in the first blocks and in the events.
const fault: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constantFrom(...kinds),
  at: fc.oneof(fc.nat(700), fc.nat(6_000), fc.nat(30_000)),
})
const client = fc.record({
  transport: fc.constantFrom('fetch' as const, 'eventsource' as const),
  start: fc.constantFrom('earliest', 'head'),
  isFiltered: fc.boolean(),
  plan: fc.array(fault, {minLength: 4, maxLength: 8}),
})
const arrayOf = <T>(arbitrary: fc.Arbitrary<T>, length: number) =>
  fc.array(arbitrary, {minLength: length, maxLength: length})
const groups = arrayOf(arrayOf(client, clientsPerOrganization), organizations)
type Client = typeof client extends fc.Arbitrary<infer T> ? T : never

test('a client receives every event of the log exactly once, even if faults cut, end or stall its streams', async t => {
  t.timeout(300_000)
  await fc.assert(
    fc.asyncProperty(groups, async groups => {
      const results = await Promise.all(groups.map((clients, index) => follow(t, `org-${index}`, clients)))
      const sum = (counts: number[]) => counts.reduce((total, count) => total + count)
      const faults = kinds.map(kind => sum(results.map(({faults}) => faults[kind])))
      const events = sum(results.map(({events}) => events))
      t.true(faults.every(count => count > 0))
      t.log(
        `${groups.flat().length} clients, ${sum(faults)} faults, ${events} events: none lost, none repeated`,
      )
    }),
    {numRuns: 1, endOnFailure: true},
  )
})

/**
 * Lets the clients follow the log of a new organization while events are appended to the log.
 * Returns the number of faults of each kind and the number of events.
 */
async function follow(t: ExecutionContext, org: string, clients: Client[]) {
  const team = await server.team(org)
  const token = await server.tokenFor({sub: 'ada', org, role: 'member', name: 'Ada'})
  const {body: elsewhere} = await team.ada.post(`/projects/${team.project.id}/stories`, {
    title: 'In no sprint',
  })
  const {epoch, seq: start} = await readHead(server.db, team.organizationId)

  const opened = await Promise.all(
    clients.map(async ({plan, ...asked}) => {
      const proxy = await startFaultProxy(server.url, plan)
      const seen: [cursor: string, data: unknown][] = []
      const stream = openTaskStream({
        url: proxy.url,
        getToken: () => token,
        transport: asked.transport,
        cursor: asked.start === 'head' ? `${epoch}-${start}` : 'earliest',
        selection: asked.isFiltered ? {sprintId: team.sprint.id} : {},
        onEvent: (event, {cursor}) => seen.push([cursor, event]),
      })
      return {...asked, proxy, seen, stream}
    }),
  )
  const faults = {cut: 0, end: 0, stall: 0}
  let events = 0
  try {
    for (let change = 0; change < changesPerOrganization; change++) {
      const story = change % 4 === 0 ? elsewhere.id : team.story.id
      await team.ada.post(`/stories/${story}/tasks`, {
        title: `Task ${change}`,
        description: 'x'.repeat(500),
      })
      await delay(50)
    }
    const {records} = await readPage(server.db, team.organizationId, 0, 1_000)
    for (const {isFiltered, start: from, seen, stream, proxy} of opened) {
      const expected = records
        .filter(({seq}) => from === 'earliest' || seq > start)
        .filter(({type}) => !type.startsWith('project.'))
        .filter(({sprint_id, project_id}) => !isFiltered || !project_id || sprint_id === team.sprint.id)
        .map(({seq, data}) => [`${epoch}-${seq}`, JSON.parse(data)])
      await caughtUp(stream, expected.at(-1)![0])
      t.deepEqual(seen, expected)
      events += seen.length
      for (const kind of kinds) faults[kind] += proxy.happened[kind]
    }
  } finally {
    for (const {stream, proxy} of opened) {
      stream.close()
      await proxy.close()
    }
  }
  return {faults, events}
}

/** Resolves when the stream is live and has reached the cursor. */
async function caughtUp(stream: TaskStream, cursor: string): Promise<void> {
  const seqOf = (value = '-0') => Number(value.split('-')[1])
  for (let waited = 0; !stream.isConnected || seqOf(stream.cursor) < seqOf(cursor); waited += 50) {
    if (waited > 90_000)
      throw new Error(`The stream is ${stream.status} at ${stream.cursor} and has not reached ${cursor}`)
    await delay(50)
  }
}
