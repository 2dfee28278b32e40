// Uses the same ticket at the same time on two server processes. The processes communicate only through the database
// and the bus.
import {randomBytes} from 'node:crypto'
import {mintToken} from '../../src/identity/mint-token.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {type ServerProcess, startProcess} from '../helpers/process.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

const rounds = 20

for (const bus of ['postgres', 'none']) {
  test(`with BUS=${bus}, when a ticket opens streams on two processes at the same time, exactly one stream stays open`, async t => {
    t.timeout(120_000)
    const secret = randomBytes(32).toString('hex')
    const env = {DATABASE_URL: await createDatabase(), AUTH_JWT_SECRET: secret, DRAIN_SECONDS: '0', BUS: bus}
    const servers = [await startProcess(env), await startProcess(env)]
    t.teardown(() => Promise.all(servers.map(server => server.end('SIGTERM'))))
    const request = {subject: 'ada', organization: 'acme', role: 'member', lifetime: 600} as const
    const token = await mintToken({secret}, request)
    const post = async (path: string, body: object) => {
      const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'}
      const init = {method: 'POST', headers, body: JSON.stringify(body)}
      return (await fetch(`${servers[0]!.url}/api/v1${path}`, init)).json() as Promise<any>
    }
    const open = ({url}: ServerProcess, ticket: string) =>
      Stream.open(`${url}/api/v1/events?ticket=${ticket}`)

    const runs = Array.from({length: rounds}, async () => {
      const {ticket} = await post('/events/tickets', {topics: ['projects']})
      const streams = await Promise.all(servers.map(server => open(server, ticket)))
      await until(() => streams.some(stream => stream.hasEnded))
      return streams
    })
    const all = await Promise.all(runs)
    const {id} = await post('/projects', {name: 'Rocket'})
    for (const streams of all) {
      const [lost, ...others] = streams.filter(stream => stream.hasEnded)
      t.deepEqual(others, [], 'only one stream has ended')
      t.like(lost!.received.at(-1)!.data, {type: 'stream.revoked', reason: 'ticket-superseded'})
      const open = streams.find(stream => stream !== lost)!
      await open.waitFor(({data}) => data?.project?.id === id)
      t.false(open.received.some(({data}) => data?.type === 'stream.revoked'))
      open.close()
    }
  })
}
