import {setTimeout as delay} from 'node:timers/promises'
import test from 'ava'
import {openNetwork} from '../helpers/network.ts'
import {createDatabase, test as testWithPostgres} from '../helpers/postgres.ts'
import {readAnswer, startServer} from '../helpers/server.ts'

test('a server that runs is alive and ready, and asks for no credentials', async t => {
  const server = await startServer()
  t.teardown(() => server.close())
  t.deepEqual(await probe(server, 'livez'), {status: 200, body: {status: 'alive'}})
  t.deepEqual(await probe(server, 'readyz'), {status: 200, body: {status: 'ready'}})
})

test('a server that drains is alive but not ready', async t => {
  const server = await startServer()
  t.teardown(() => server.close())
  await server.live.drain()
  t.is((await probe(server, 'livez')).status, 200)
  t.like(await probe(server, 'readyz'), {status: 503, body: {code: 'draining'}})
})

testWithPostgres('a server whose store is away is alive but not ready, until it is back', async t => {
  const network = await openNetwork(await createDatabase())
  const server = await startServer({databaseUrl: network.url})
  t.teardown(() => Promise.all([server.close(), network.cut()]))
  t.is((await probe(server, 'readyz')).status, 200)
  await network.cut()
  t.is((await probe(server, 'livez')).status, 200)
  t.like(await probe(server, 'readyz'), {status: 503, body: {code: 'store-unavailable'}})
  await network.mend()
  t.is((await probe(server, 'readyz')).status, 200)
})

test('a store that does not answer within 2 s makes a server unready until it does, with one question at a time', async t => {
  const server = await startServer()
  t.teardown(() => server.close())
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

  release()
  await holding
  await delay(50)
  t.is((await probe(server, 'readyz')).status, 200)
})

async function probe({url}: {url: string}, name: string) {
  const {status, body} = await readAnswer(await fetch(`${url}/${name}`))
  return {status, body}
}
