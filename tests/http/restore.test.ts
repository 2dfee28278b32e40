// Tests a restore from a backup while the server runs. The server must forget the members that the backup
// does not contain.
import type {Database} from '../../src/store/connection.ts'
import {readHead, renewEpochs} from '../../src/store/event-log.ts'
import {createApiKey} from '../helpers/api-keys.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {type Client, type Server, startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'

let server: Server
test.before(async () => {
  server = await startServer({
    databaseUrl: await createDatabase(),
    live: {limits: {pollIntervalMs: 25}},
    // With this clock, cached lookups never become old. Only the restore makes cached lookups outdated.
    clock: {now: () => Date.now(), monotonicNow: () => 0},
  })
})
test.after.always(() => server.close())

const lostDetail = 'The database was restored from a backup; send the request again.'

test('after one request has detected the new epoch, a member who is missing in the backup is created again by the member’s next request', async t => {
  const {ada, story, zoe, restore} = await teamAndNewcomer(t.title)
  const {user_id} = await zoe.caller()
  await restore()
  t.is((await ada.get('/projects')).status, 200)

  const {status, body: task} = await addTask(zoe, story)
  t.is(status, 201)
  const caller = await zoe.caller()
  t.not(caller.user_id, user_id)
  t.is(task.created_by_user_id, caller.user_id)
})

test('after a stream has detected the new epoch, a member who is missing in the backup is created again by the member’s next request', async t => {
  const {story, zoe, restore} = await teamAndNewcomer(t.title)
  await zoe.caller()
  const stream = await openStream({sub: 'ada', org: t.title})
  await stream.waitFor('stream.ready')
  await restore()
  await stream.waitFor('stream.reset')
  t.is((await addTask(zoe, story)).status, 201)
  stream.close()
})

for (const headers of [{}, {'idempotency-key': 'once'}]) {
  const kind = 'idempotency-key' in headers ? 'change with an Idempotency-Key' : 'change'
  test(`when a member who is missing in the backup sends the first ${kind} after the restore, the server returns 503, and a retry succeeds`, async t => {
    const {story, zoe, restore, organizationId} = await teamAndNewcomer(t.title)
    await zoe.caller()
    await restore()
    const before = await server.stateOf(organizationId)

    const answer = await addTask(zoe, story, headers)
    t.is(answer.status, 503)
    t.like(answer.body, {code: 'store-unavailable', detail: lostDetail})
    t.is(answer.headers.get('retry-after'), '2')
    t.deepEqual(await server.stateOf(organizationId), before)
    t.is((await addTask(zoe, story, headers)).status, 201)
  })
}

test('when an organization is missing in the backup, the first request in the organization returns 503, and a retry creates the organization again', async t => {
  const zoe = server.as({sub: 'zoe', org: t.title, role: 'member'})
  const {organization_id} = await zoe.caller()
  await deleteOrganization(server.db, organization_id)

  t.like(await zoe.get('/projects'), {status: 503, body: {code: 'store-unavailable', detail: lostDetail}})
  t.is((await zoe.post('/projects', {name: 'Moon'})).status, 201)
  t.not((await zoe.caller()).organization_id, organization_id)
})

test('when an organization is missing in the backup, the streams of the organization end, and new streams of the organization work', async t => {
  const who = {sub: 'zoe', org: t.title, role: 'member'} as const
  const zoe = server.as(who)
  const {organization_id} = await zoe.caller()
  const stream = await openStream(who)
  await stream.waitFor('stream.ready')
  await deleteOrganization(server.db, organization_id)
  await stream.ended()
  t.is(stream.received.at(-1)!.data.type, 'stream.unavailable')

  const next = await openStream(who)
  await next.waitFor('stream.ready')
  await zoe.post('/projects', {name: 'Moon'})
  await next.waitFor('project.created')
  next.close()
})

test('when an organization is missing in the backup, a new stream of the organization opens at the second attempt', async t => {
  const who = {sub: 'zoe', org: t.title}
  const {organization_id} = await server.as(who).caller()
  await deleteOrganization(server.db, organization_id)

  const refused = await openStream(who)
  await refused.ended()
  t.is(refused.received.at(-1)!.data.type, 'stream.unavailable')
  const stream = await openStream(who)
  await stream.waitFor('stream.ready')
  stream.close()
})

test('when the backup does not contain an API key, the first change with the key returns 503, and the next change returns 401', async t => {
  const {organizationId, story} = await server.team(t.title)
  const {key, apiKey} = await createApiKey(server.db, {organizationId, name: 'Robot', role: 'member'})
  const robot = () =>
    fetch(`${server.url}/api/v1/stories/${story.id}/tasks`, {
      method: 'POST',
      headers: {'x-api-key': key, 'content-type': 'application/json'},
      body: JSON.stringify({title: 'Refuel'}),
    })
  t.is((await robot()).status, 201)
  await server.db.deleteFrom('tasks').where('created_by_user_id', '=', apiKey.member_id).execute()
  await server.db.deleteFrom('api_keys').where('id', '=', apiKey.id).execute()
  await server.db.deleteFrom('members').where('id', '=', apiKey.member_id).execute()

  t.is((await robot()).status, 503)
  t.is((await robot()).status, 401)
})

/** Creates a team that Zoe has not joined yet. `restore` removes Zoe and her events, and renews the epoch. */
async function teamAndNewcomer(organization: string) {
  const team = await server.team(organization)
  const {organizationId} = team
  const {seq: head} = await readHead(server.db, organizationId)
  return {
    ...team,
    zoe: server.as({sub: 'zoe', org: organization, role: 'member', name: 'Zoe'}),
    async restore() {
      await server.db.transaction().execute(async trx => {
        const isOurs = ['organization_id', '=', organizationId] as const
        await trx
          .deleteFrom('events')
          .where(...isOurs)
          .where('seq', '>', head)
          .execute()
        await trx
          .updateTable('event_streams')
          .set({head})
          .where(...isOurs)
          .execute()
        await trx
          .deleteFrom('members')
          .where(...isOurs)
          .where('subject', '=', 'zoe')
          .execute()
      })
      await renewEpochs(server.db, organizationId)
    },
  }
}

/** Deletes an organization that has only members. */
async function deleteOrganization(db: Database, id: string): Promise<void> {
  for (const table of ['events', 'event_streams', 'members'] as const) {
    await db.deleteFrom(table).where('organization_id', '=', id).execute()
  }
  await db.deleteFrom('organizations').where('id', '=', id).execute()
}

function addTask(client: Client, {id}: {id: string}, headers?: Record<string, string>) {
  return client.post(`/stories/${id}/tasks`, {title: 'Refuel'}, headers)
}

async function openStream(who: Parameters<Server['tokenFor']>[0]): Promise<Stream> {
  return Stream.open(`${server.url}/api/v1/events?token=${await server.tokenFor(who)}`)
}
