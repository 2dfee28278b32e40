// Uses the same ticket at the same time on two server processes. The processes communicate only through the database
// and the bus.
import {randomBytes} from 'node:crypto'
import {setTimeout as delay} from 'node:timers/promises'
import type {ExecutionContext} from 'ava'
import {mintToken} from '../../src/identity/mint-token.ts'
import {hashOf} from '../../src/identity/secrets.ts'
import {openStore} from '../../src/store/connection.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {type ServerProcess, startProcess} from '../helpers/process.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

const rounds = 20

for (const bus of ['postgres', 'none']) {
  test.serial(
    `with BUS=${bus}, when a ticket opens streams on two processes at the same time, exactly one stream stays open`,
    async t => {
      t.timeout(120_000)
      const {servers, newTicket, requireOneOpen} = await serversOf(bus)
      const runs = Array.from({length: rounds}, async () => {
        const ticket = await newTicket()
        const streams = await Promise.all(servers.map(server => open(server, ticket)))
        await until(() => streams.some(stream => stream.hasEnded))
        return streams
      })
      await requireOneOpen(t, await Promise.all(runs))
    },
  )

  test.serial(
    `with BUS=${bus}, when the stream of a ticket ends while two processes open other streams, exactly one stream stays open`,
    async t => {
      t.timeout(120_000)
      const {servers, newTicket, requireOneOpen} = await serversOf(bus)
      const runs = Array.from({length: rounds}, async (_, round) => {
        const ticket = await newTicket()
        const first = await open(servers[round % 2]!, ticket)
        await first.waitFor('stream.ready')
        first.close()
        // The end of the first stream releases the ticket. The release runs before, during or after the requests that
        // open the other streams.
        await delay(round * 5)
        const streams = await Promise.all(servers.map(server => open(server, ticket)))
        await until(() => streams.some(stream => stream.hasEnded))
        return streams
      })
      await requireOneOpen(t, await Promise.all(runs))
    },
  )
}

test.serial(
  'when the stream of a ticket has ended, a stream of the ticket on another process adds no record to the log',
  async t => {
    t.timeout(120_000)
    const {servers, newTicket, databaseUrl} = await serversOf('none')
    const {db, close} = await openStore({url: databaseUrl, poolSize: 1})
    t.teardown(close)
    const useOf = async (ticket: string) => {
      const row = db.selectFrom('tickets').select('use_id').where('ticket_hash', '=', hashOf(ticket))
      return (await row.executeTakeFirstOrThrow()).use_id
    }
    const records = async () => (await db.selectFrom('events').select('seq').execute()).length
    const ticket = await newTicket()
    const before = await records()
    for (let round = 0; round < rounds; round++) {
      const stream = await open(servers[round % 2]!, ticket)
      await stream.waitFor('stream.ready')
      stream.close()
      await until(async () => (await useOf(ticket)) === null)
    }
    t.is(await records(), before)
  },
)

// This test is the last, because it stops one of the two processes.
test.serial('when a process stops, the tickets of all streams on this process are released', async t => {
  t.timeout(120_000)
  const {servers, newTicket, databaseUrl} = await serversOf('none')
  const {db, close} = await openStore({url: databaseUrl, poolSize: 1})
  t.teardown(close)
  const streams = []
  const hashes = []
  for (let count = 0; count < rounds; count++) {
    const ticket = await newTicket()
    hashes.push(hashOf(ticket))
    const stream = await open(servers[0]!, ticket)
    await stream.waitFor('stream.ready')
    streams.push(stream)
  }
  t.is(await servers[0]!.end('SIGTERM'), 0)
  for (const stream of streams) t.is(stream.received.at(-1)!.data.type, 'stream.drain')
  const tickets = db.selectFrom('tickets').select(['use_id', 'used_at']).where('ticket_hash', 'in', hashes)
  t.deepEqual(await tickets.execute(), Array(rounds).fill({use_id: null, used_at: null}))
})

function open({url}: ServerProcess, ticket: string): Promise<Stream> {
  return Stream.open(`${url}/api/v1/events?ticket=${ticket}`)
}

/** All tests with the same bus share two processes, because the start of a process takes seconds. */
const started = new Map<string, ReturnType<typeof startServers>>()
test.after.always(async () => {
  for (const starting of started.values()) {
    const {servers} = await starting
    await Promise.all(servers.map(server => server.end('SIGTERM')))
  }
})

async function serversOf(bus: string) {
  if (!started.has(bus)) started.set(bus, startServers(bus))
  return started.get(bus)!
}

async function startServers(bus: string) {
  const secret = randomBytes(32).toString('hex')
  const databaseUrl = await createDatabase()
  const env = {DATABASE_URL: databaseUrl, AUTH_JWT_SECRET: secret, DRAIN_SECONDS: '0', BUS: bus}
  const servers = [await startProcess(env), await startProcess(env)]
  const request = {subject: 'ada', organization: 'acme', role: 'member', lifetime: 600} as const
  const token = await mintToken({secret}, request)
  const post = async (path: string, body: object) => {
    const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'}
    const init = {method: 'POST', headers, body: JSON.stringify(body)}
    return (await fetch(`${servers[0]!.url}/api/v1${path}`, init)).json() as Promise<any>
  }
  const newTicket = async (): Promise<string> =>
    (await post('/events/tickets', {topics: ['projects']})).ticket
  /** Requires that in each pair of streams, one stream was superseded and the other stream delivers a new event. */
  const requireOneOpen = async (t: ExecutionContext, pairs: readonly Stream[][]) => {
    const {id} = await post('/projects', {name: 'Rocket'})
    for (const streams of pairs) {
      const [lost, ...others] = streams.filter(stream => stream.hasEnded)
      t.deepEqual(others, [], 'only one stream has ended')
      t.like(lost!.received.at(-1)!.data, {type: 'stream.revoked', reason: 'ticket-superseded'})
      const open = streams.find(stream => stream !== lost)!
      await open.waitFor(({data}) => data?.project?.id === id)
      t.false(open.received.some(({data}) => data?.type === 'stream.revoked'))
      open.close()
    }
  }
  return {servers, databaseUrl, newTicket, requireOneOpen}
}
