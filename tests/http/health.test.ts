import test from 'ava'
import {openNetwork} from '../helpers/network.ts'
import {createDatabase, test as testWithPostgres} from '../helpers/postgres.ts'
import {readAnswer, startServer} from '../helpers/server.ts'

const server = await startServer()
test.after.always(() => server.close())

test.serial('a running server is alive and ready, without credentials', async t => {
  t.deepEqual(await probe(server, 'livez'), {status: 200, body: {status: 'alive'}})
  t.deepEqual(await probe(server, 'readyz'), {status: 200, body: {status: 'ready'}})
})

test.serial('a server whose database does not respond in time is not ready, until it responds', async t => {
  // The embedded store has one connection, and this holds it.
  let release = () => {}
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  const holding = server.db.connection().execute(() => held)

  const startedAt = performance.now()
  const answers = await Promise.all([probe(server, 'readyz'), probe(server, 'readyz')])
  const waited = performance.now() - startedAt
  t.true(waited > 1_900 && waited < 4_000, `${waited} ms`)
  for (const answer of answers) t.like(answer, {status: 503, body: {code: 'store-unavailable'}})
  t.is((await probe(server, 'livez')).status, 200)

  release()
  await holding
  t.is((await probe(server, 'readyz')).status, 200)
})

testWithPostgres.serial(
  'a server that cannot reach its database is alive but not ready, until it can',
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

async function probe({url}: {url: string}, name: string) {
  const {status, body} = await readAnswer(await fetch(`${url}/${name}`))
  return {status, body}
}
