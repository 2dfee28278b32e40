// Tests that a stream ends when the access of its client is withdrawn, even when another process withdraws the access.

import {once} from 'node:events'
import {connect} from 'node:net'
import {appendAccessChange} from '../../src/store/event-log.ts'
import {inTransaction} from '../../src/store/transaction.ts'
import {createApiKey, revokeApiKey} from '../helpers/api-keys.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

// Two processes with the same database and without a bus. The second process polls the log often.
let one: Server
let two: Server
test.before(async () => {
  const databaseUrl = await createDatabase()
  one = await startServer({databaseUrl})
  two = await startServer({databaseUrl, live: {limits: {pollIntervalMs: 50, maxRingFrames: 10}}})
})
test.after.always(async () => {
  await two?.close()
  await one?.close()
})

async function newKey(organization: string) {
  const {organization_id: organizationId} = await one
    .as({sub: 'ada', org: organization, role: 'member'})
    .caller()
  const {apiKey, key} = await createApiKey(one.db, {organizationId, name: 'Robot', role: 'member'})
  return {organizationId, id: apiKey.id, key}
}

function open(server: Server, query: string): Promise<Stream> {
  return Stream.open(`${server.url}/api/v1/events?${query}`)
}

test('when a key is revoked, the streams of this key end on every process, and the streams of other keys continue', async t => {
  const {organizationId, id, key} = await newKey(t.title)
  const other = await newKey(t.title)
  const streams = await Promise.all([one, two].map(server => open(server, `api_key=${key}`)))
  const others = await Promise.all([one, two].map(server => open(server, `api_key=${other.key}`)))
  for (const stream of [...streams, ...others]) await stream.waitFor('stream.ready')
  const revoked = await revokeApiKey(one.db, id)
  one.live.publish(organizationId, revoked)
  for (const stream of streams) {
    const received = await stream.waitFor('stream.revoked')
    t.like(received.data, {reason: 'api-key-revoked'})
    t.is(received.id, undefined, 'the client keeps its last id')
    await until(() => stream.hasEnded)
  }
  for (const server of [one, two]) {
    const refused = await fetch(`${server.url}/api/v1/me`, {headers: {'x-api-key': key}})
    t.is(refused.status, 401)
    t.is((await head(await open(server, `api_key=${key}`))).status, 401)
  }
  t.false(others.some(({hasEnded}) => hasEnded))
})

test('if the access of the caller is withdrawn while the body of a change arrives, the change is refused', async t => {
  const {organizationId, id, key} = await newKey(t.title)
  const {hostname, port} = new URL(one.url)
  const socket = connect(Number(port), hostname)
  t.teardown(() => socket.destroy())
  const body = JSON.stringify({name: 'Rocket'})
  socket.write(
    `POST /api/v1/projects HTTP/1.1\r\nHost: ${hostname}:${port}\r\nX-API-Key: ${key}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, -1)}`,
  )
  // The request below is sent after the first bytes of the request above. When the server answers the request below,
  // the server has already read these first bytes.
  t.is((await fetch(`${one.url}/api/v1/me`, {headers: {'x-api-key': key}})).status, 200)
  const revoked = await revokeApiKey(one.db, id)
  one.live.publish(organizationId, revoked!)
  socket.write(body.slice(-1))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  t.regex(answer.toString(), /^HTTP\/1\.1 401 /)
  t.deepEqual(
    await one.db.selectFrom('projects').selectAll().where('organization_id', '=', organizationId).execute(),
    [],
  )
})

test('if a stream opens with a cached key that has already been revoked, the stream ends, and the key is refused from then on', async t => {
  const {id, key} = await newKey(t.title)
  await fetch(`${two.url}/api/v1/me`, {headers: {'x-api-key': key}})
  await revokeApiKey(one.db, id)
  // No stream of the organization is open on the second process, so this process may use the cached key for 2 seconds.
  const stream = await head(await open(two, `api_key=${key}`))
  if (stream.status === 200)
    t.like((await stream.waitFor('stream.revoked')).data, {reason: 'api-key-revoked'})
  else t.is(stream.status, 401, 'on a slow machine, the cached key is already too old')
  t.is((await fetch(`${two.url}/api/v1/me`, {headers: {'x-api-key': key}})).status, 401)
})

test('when a process skips the part of the log that contains the revocation of a key, the stream of this key ends', async t => {
  const {organizationId, id, key} = await newKey(t.title)
  const stream = await open(two, `api_key=${key}`)
  await stream.waitFor('stream.ready')
  // The log grows by 51 records, but the ring of the second process contains at most 10 records. The first of the 51
  // records is the revocation.
  await inTransaction(one.db, async trx => {
    const at = new Date().toISOString()
    await trx.updateTable('api_keys').set({revoked_at: at}).where('id', '=', id).execute()
    const change = {actor_user_id: null, ids: [id], reason: 'api-key-revoked'} as const
    await appendAccessChange(trx, organizationId, at, change)
    for (let n = 0; n < 50; n++)
      await appendAccessChange(trx, organizationId, at, {...change, reason: null, ids: [organizationId]})
  })
  t.like((await stream.waitFor('stream.revoked')).data, {reason: 'api-key-revoked'})
})

test('live streams and replays do not deliver changes of access', async t => {
  const {organizationId, id} = await newKey(t.title)
  const ada = one.as({sub: 'ada', org: t.title, role: 'member'})
  const queries = ['', '&topics=tasks', '&topics=projects,user', '&types=project.created']
  const token = await one.tokenFor({sub: 'ada', org: t.title, role: 'member'})
  const live = await Promise.all(queries.map(query => open(one, `token=${token}${query}`)))
  for (const stream of live) await stream.waitFor('stream.ready')
  const revoked = await revokeApiKey(one.db, id)
  one.live.publish(organizationId, revoked)
  const {body: project} = await ada.post('/projects', {name: 'Rocket'})
  await ada.post(`/projects/${project.id}/sprints`, {name: 'Sprint 1'})
  const replays = await Promise.all(
    queries.map(query => open(one, `token=${token}&lastEventId=earliest${query}`)),
  )
  for (const stream of replays) await stream.waitFor('stream.ready')
  for (const [index, query] of queries.entries()) {
    // In the log, the event below follows the revocation. A stream that delivers revocations would have delivered the
    // revocation before this event.
    await live[index]!.waitFor(query === '&topics=tasks' ? 'sprint.created' : 'project.created')
    for (const stream of [live[index]!, replays[index]!]) {
      t.deepEqual(
        stream.received.filter(({data}) => data?.type === 'access.changed'),
        [],
      )
      t.false(JSON.stringify(stream.received).includes(id))
    }
  }
  const named = await head(await open(one, `token=${token}&types=access.changed`))
  t.is(named.status, 400)
})

test('when a member is removed, the member’s streams end, and requests and new streams are refused with 403', async t => {
  const ada = {sub: 'ada', org: t.title, role: 'member'} as const
  const {organization_id, user_id} = await one.as(ada).caller()
  const token = await one.tokenFor(ada)
  const stream = await open(one, `token=${token}`)
  await stream.waitFor('stream.ready')
  const appended = await inTransaction(one.db, async trx => {
    const at = new Date().toISOString()
    await trx.updateTable('members').set({removed_at: at}).where('id', '=', user_id).execute()
    return appendAccessChange(trx, organization_id, at, {
      actor_user_id: null,
      ids: [user_id],
      reason: 'member-removed',
    })
  })
  one.live.publish(organization_id, appended)
  t.like((await stream.waitFor('stream.revoked')).data, {reason: 'member-removed'})
  const refused = await one.as(ada).get('/me')
  t.is(refused.status, 403)
  t.is(refused.body.code, 'member-removed')
  t.is((await head(await open(one, `token=${token}`))).status, 403)
})

async function head(stream: Stream): Promise<Stream> {
  await stream.waitUntil(() => stream.head !== '')
  return stream
}
