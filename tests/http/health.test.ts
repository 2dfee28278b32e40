import {once} from 'node:events'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import test, {type ExecutionContext} from 'ava'
import Koa from 'koa'
import {health} from '../../src/http/health.ts'
import {respondWithProblems} from '../../src/http/problems.ts'
import {openNetwork} from '../helpers/network.ts'
import {createDatabase, test as testWithPostgres} from '../helpers/postgres.ts'
import {readAnswer, startServer} from '../helpers/server.ts'

const server = await startServer({embedded: true})
test.after.always(() => server.close())

test.serial(
  'the probes of a running server need no credentials, and report that the server is alive and ready',
  async t => {
    t.deepEqual(await probe(server, 'livez'), {status: 200, body: {status: 'alive'}})
    t.deepEqual(await probe(server, 'readyz'), {status: 200, body: {status: 'ready'}})
  },
)

test.serial(
  'while the database does not respond in time, the server is not ready; when the database responds again, the server is ready',
  async t => {
    // Occupies the only connection of the embedded store.
    let release = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    const holding = server.db.connection().execute(() => held)

    const impatient = await serveHealth(t, 1)
    const answers = await Promise.all([probe(impatient, 'readyz'), probe(impatient, 'readyz')])
    for (const answer of answers) t.like(answer, {status: 503, body: {code: 'store-unavailable'}})
    t.is((await probe(impatient, 'livez')).status, 200)
    t.is((await probe(server, 'livez')).status, 200)

    release()
    await holding
    t.is((await probe(server, 'readyz')).status, 200)
  },
)

testWithPostgres.serial(
  'while the database cannot be reached, the server is alive but not ready; when the database can be reached again, the server is ready',
  async t => {
    const network = await openNetwork(await createDatabase())
    const server = await startServer({databaseUrl: network.url})
    t.teardown(() => Promise.all([server.close(), network.cut()]))
    t.is((await probe(server, 'readyz')).status, 200)
    await network.cut()
    t.is((await probe(server, 'livez')).status, 200)
    t.like(await probe(server, 'readyz'), {status: 503, body: {code: 'store-unavailable'}})
    await network.mend()
    t.is((await probe(server, 'readyz')).status, 200)
  },
)

test.serial('a draining server is alive but not ready', async t => {
  const draining = await startServer({store: server.store})
  t.teardown(() => draining.close())
  await draining.live.drain()
  t.is((await probe(draining, 'livez')).status, 200)
  t.like(await probe(draining, 'readyz'), {status: 503, body: {code: 'draining'}})
})

/** Serves only the probes. The probes use the database of `server` with the given timeout. */
async function serveHealth(t: ExecutionContext, databaseTimeoutMs: number): Promise<{url: string}> {
  const app = new Koa()
  app.use(respondWithProblems())
  app.use(health(server, databaseTimeoutMs).routes())
  const http = createServer(app.callback()).listen(0, '127.0.0.1')
  await once(http, 'listening')
  t.teardown(() => {
    http.close()
    http.closeAllConnections()
  })
  return {url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`}
}

async function probe({url}: {url: string}, name: string) {
  const {status, body} = await readAnswer(await fetch(`${url}/${name}`))
  return {status, body}
}
