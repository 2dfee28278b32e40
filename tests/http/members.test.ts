import test from 'ava'
import type {MemberDetails} from '../../src/board/member.ts'
import {startSession} from '../../src/identity/sessions.ts'
import {readHead} from '../../src/store/event-log.ts'
import {createApiKey} from '../helpers/api-keys.ts'
import {readEvents} from '../helpers/organization.ts'
import {startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'

const server = await startServer()
const embedded = await startServer({embedded: true})
test.after.always(() => Promise.all([server.close(), embedded.close()]))

test('GET /me returns the caller’s role, name and generated ids; these ids differ from the ids in the token', async t => {
  const {status, body} = await server
    .as({sub: 'ada', org: t.title, role: 'member', name: 'Ada Lovelace'})
    .get('/me')
  t.is(status, 200)
  t.like(body, {role: 'member', name: 'Ada Lovelace'})
  t.not(body.user_id, 'ada')
  t.not(body.organization_id, t.title)
})

test('GET /me returns the same ids for every token of one member', async t => {
  const first = await server.as({sub: 'bob', org: 'same', role: 'member'}).get('/me')
  const second = await server.as({sub: 'bob', org: 'same', role: 'admin'}).get('/me')
  t.is(second.body.user_id, first.body.user_id)
  t.is(second.body.organization_id, first.body.organization_id)
  t.is(second.body.role, 'admin')
})

test('a member whose token contains no role is a viewer', async t => {
  const {body} = await server.as({sub: 'vic', org: 'no-role'}).get('/me')
  t.is(body.role, 'viewer')
})

test('the first request of a member appends an event to the log, and the second request appends no event', async t => {
  const ada = server.as({sub: 'ada', org: 'first-request', name: 'Ada'})
  const {organization_id, user_id} = await ada.caller()
  await ada.get('/me')
  const events = await readEvents(server.db, organization_id)
  t.is(events.length, 1)
  t.like(events[0], {type: 'member.updated', member: {id: user_id, name: 'Ada'}})
})

test('the response of GET /me has no Event-Id and no ETag, because GET /me does not read the log', async t => {
  const {headers} = await server.as({sub: 'ada', org: t.title}).get('/me')
  t.is(headers.get('event-id'), null)
  t.is(headers.get('etag'), null)
})

test('GET /me/tasks lists the open tasks that the caller owns, in all projects', async t => {
  const {ada, bob, story, task} = await server.team(t.title)
  const rover = (await ada.post('/projects', {name: 'Rover'})).body
  const drive = (await ada.post(`/projects/${rover.id}/stories`, {title: 'Drive'})).body
  const titled = async (id: string, title: string) => (await ada.post(`/stories/${id}/tasks`, {title})).body
  const [far, done, bobs] = [
    await titled(drive.id, 'Drive far'),
    await titled(story.id, 'Done'),
    await titled(story.id, 'Bob’s'),
  ]
  for (const {id} of [task, far, done]) await ada.put(`/tasks/${id}/ownership`)
  await bob.put(`/tasks/${bobs.id}/ownership`)
  for (const {id} of [far, done]) await ada.put(`/tasks/${id}/status`, {status: 'in_progress'})
  await ada.put(`/tasks/${done.id}/status`, {status: 'completed'})
  const {body, headers} = await ada.get('/me/tasks')
  t.deepEqual(
    body.items.map(({id, status}: {id: string; status: string}) => [id, status]),
    [
      [task.id, 'owned'],
      [far.id, 'in_progress'],
    ],
  )
  t.is(body.items[0].description, undefined)
  t.truthy(headers.get('event-id'))
  const {body: first} = await ada.get('/me/tasks?limit=1')
  const {body: rest} = await ada.get(`/me/tasks?after=${first.next}`)
  t.is(rest.items[0].id, far.id)
})

test('GET /me/tasks with completed_since lists the tasks of the caller that were completed at this time or later', async t => {
  const {ada, bob, story, task} = await server.team(t.title)
  const other = (await ada.post(`/stories/${story.id}/tasks`, {title: 'Open'})).body
  const bobs = (await ada.post(`/stories/${story.id}/tasks`, {title: 'Bob’s'})).body
  for (const {id} of [task, other]) await ada.put(`/tasks/${id}/ownership`)
  await bob.put(`/tasks/${bobs.id}/ownership`)
  for (const [client, {id}] of [
    [ada, task],
    [bob, bobs],
  ] as const)
    for (const status of ['in_progress', 'completed']) await client.put(`/tasks/${id}/status`, {status})
  const {completed_at} = (await ada.get(`/tasks/${task.id}`)).body
  const {body} = await ada.get(`/me/tasks?completed_since=${completed_at}`)
  t.deepEqual(
    body.items.map(({id}: {id: string}) => id),
    [task.id],
  )
  const later = new Date(Date.parse(completed_at) + 1).toISOString()
  t.deepEqual((await ada.get(`/me/tasks?completed_since=${later}`)).body.items, [])
  t.is((await ada.get('/me/tasks?completed_since=yesterday')).status, 400)
})

test('members are listed in pages, with the kind, the role and the time of the last request of each member', async t => {
  const ada = server.as({sub: 'ada', org: 'listed', role: 'member', name: 'Ada'})
  const grace = server.as({sub: 'grace', org: 'listed', role: 'viewer', name: 'Grace'})
  const ids = [(await ada.caller()).user_id, (await grace.caller()).user_id]
  const unseen = {kind: 'person', last_seen_at: null, removed_at: null} as const
  const {body, headers} = await ada.get('/members?limit=1')
  t.deepEqual(body, {items: [{...unseen, id: ids[0], name: 'Ada', role: 'member'}], next: ids[0]})
  t.truthy(headers.get('event-id'), 'a stream from this cursor delivers later renames')
  const {body: rest} = await grace.get(`/members?after=${ids[0]}`)
  t.deepEqual(rest, {items: [{...unseen, id: ids[1], name: 'Grace', role: 'viewer'}], next: null})
})

test('the list contains the time of each member’s last request, no matter whether the request had a token or an API key', async t => {
  const own = await startServer() // other tests need members without a last request
  t.teardown(() => own.close())
  const {ada, vic, root, organizationId} = await own.team(t.title)
  const {key, apiKey} = await createApiKey(own.db, {organizationId, name: 'Robot', role: 'member'})
  await fetch(`${own.url}/api/v1/me`, {headers: {'x-api-key': key}})
  await own.lastSeen.write()
  const {items} = (await root.get('/members')).body as {items: MemberDetails[]}
  for (const id of [(await ada.caller()).user_id, (await vic.caller()).user_id, apiKey.member_id]) {
    const age = Date.now() - Date.parse(items.find(member => member.id === id)!.last_seen_at!)
    t.true(age >= 0 && age < 5 * 60_000)
  }
})

test('when an admin has set a role, the list shows this role; otherwise, the list shows the role of the API key or the role in the newest token', async t => {
  const {ada, root, organizationId} = await server.team(t.title)
  const {apiKey} = await createApiKey(server.db, {organizationId, name: 'Robot', role: 'member'})
  const adaId = (await ada.caller()).user_id
  const rolesOf = async () => {
    const {items} = (await root.get('/members')).body as {items: MemberDetails[]}
    return [adaId, apiKey.member_id].map(id => items.find(member => member.id === id)?.role)
  }
  t.deepEqual(await rolesOf(), ['member', 'member'])
  for (const id of [adaId, apiKey.member_id]) await root.patch(`/members/${id}`, {role: 'viewer'})
  t.deepEqual(await rolesOf(), ['viewer', 'viewer'])
  for (const id of [adaId, apiKey.member_id]) await root.patch(`/members/${id}`, {role: null})
  t.deepEqual(await rolesOf(), ['member', 'member'])
  await server.db.updateTable('members').set({claimed_role: null}).where('id', '=', adaId).execute()
  t.deepEqual(await rolesOf(), [null, 'member'])
})

for (const [kind, host] of [
  ['Postgres or the embedded database', server],
  ['the embedded database', embedded],
] as const) {
  test(`on ${kind}, a new role applies to the next request of the member`, async t => {
    const {ada, root, project} = await host.team(t.title)
    const {user_id: id} = await ada.caller()
    t.like(await root.patch(`/members/${id}`, {role: 'viewer'}), {status: 200, body: {id, role: 'viewer'}})
    const rename = () => ada.patch(`/projects/${project.id}`, {name: 'Moon'})
    t.like(await rename(), {status: 403, body: {code: 'role-insufficient'}})
    t.is((await ada.get('/me')).body.role, 'viewer')
    t.like(await root.patch(`/members/${id}`, {role: 'admin'}), {status: 200, body: {role: 'admin'}})
    t.is((await ada.get('/api-keys')).status, 200)
    t.like(await root.patch(`/members/${id}`, {role: null}), {status: 200, body: {role: 'member'}})
    t.is((await rename()).status, 200)
  })

  test(`on ${kind}, a removed member is refused, and the open tasks of the member are released`, async t => {
    const {ada, bob, root, story, task, organizationId} = await host.team(t.title)
    const {body: second} = await bob.post(`/stories/${story.id}/tasks`, {title: 'Weld'})
    const {body: done} = await bob.post(`/stories/${story.id}/tasks`, {title: 'Done'})
    const {user_id: id} = await bob.caller()
    for (const each of [task, second, done]) await bob.put(`/tasks/${each.id}/ownership`)
    for (const each of [second, done]) await bob.put(`/tasks/${each.id}/status`, {status: 'in_progress'})
    await bob.put(`/tasks/${done.id}/status`, {status: 'completed'})
    const {seq} = await readHead(host.db, organizationId)

    t.is((await root.delete(`/members/${id}`)).status, 204)
    t.like(await bob.get('/me'), {status: 403, body: {code: 'member-removed'}})
    const events = await readEvents(host.db, organizationId, seq)
    const by = (await root.caller()).user_id
    t.like(events, [
      {type: 'access.changed', actor_user_id: by, ids: [id], reason: 'member-removed'} as any,
      ...[task, second].map(({id: task_id}) => ({
        ...{type: 'ownership_released', actor_user_id: by, task_id, previous_owner_user_id: id},
      })),
      // Ada created the first task, so she receives the event of this task. No notification is created.
    ])
    t.is(events.length, 3)
    for (const [{id: taskId}, status, owner] of [
      [task, 'available', null],
      [second, 'available', null],
      [done, 'completed', id],
    ]) {
      t.like((await ada.get(`/tasks/${taskId}`)).body, {status, owner_user_id: owner})
    }
    const released = (await ada.get(`/tasks/${task.id}`)).body
    t.is(released.version, 3)
    t.is(released.updated_at, events[1]!.timestamp)
    t.is((await ada.put(`/tasks/${task.id}/ownership`)).status, 200)
  })
}

test('a removed member is listed only with removed=true; the member cannot be removed again, cannot get a role, and cannot be mentioned or asked a question', async t => {
  const {ada, bob, root, project, task} = await server.team(t.title)
  const {user_id: id} = await bob.caller()
  await root.delete(`/members/${id}`)
  const idsOf = async (query: string) =>
    (await ada.get(`/members${query}`)).body.items.map((member: MemberDetails) => member.id)
  t.false((await idsOf('')).includes(id))
  t.false((await idsOf('?removed=false')).includes(id))
  t.true((await idsOf('?removed=true')).includes(id))
  for (const answer of [
    await root.delete(`/members/${id}`),
    await root.patch(`/members/${id}`, {role: 'admin'}),
    await ada.post(`/tasks/${task.id}/comments`, {body: 'Bob?', mentions: [id]}),
    await ada.post(`/projects/${project.id}/escalations`, {question: 'Why?', assignee_user_id: id}),
  ]) {
    t.like(answer, {status: 404, body: {code: 'member-not-found'}})
  }
})

test('a newer token does not restore a removed member', async t => {
  const {bob, root} = await server.team(t.title)
  await root.delete(`/members/${(await bob.caller()).user_id}`)
  for (const role of ['member', 'admin'] as const) {
    const later = server.as({sub: 'bob', org: t.title, role, name: 'Robert', lifetime: 7200})
    t.like(await later.get('/me'), {status: 403, body: {code: 'member-removed'}})
  }
})

test('when a member is removed, the member’s streams and sessions end, and other streams continue', async t => {
  const {bob, ada, root, project} = await server.team(t.title)
  const {user_id: id, organization_id: organizationId} = await bob.caller()
  const {secret} = await startSession(server.db, {
    ...{organizationId, memberId: id, role: 'member'},
    expiresAt: Date.now() + 3_600_000,
  })
  const tokenOf = async (sub: string) =>
    `Bearer ${await server.tokenFor({sub, org: t.title, role: 'member'})}`
  const cookie = {cookie: `boardcast_session=${secret}`, 'sec-fetch-site': 'same-origin'}
  const [byToken, byCookie, other] = [
    await openStream({authorization: await tokenOf('bob')}),
    await openStream(cookie),
    await openStream({authorization: await tokenOf('ada')}),
  ]
  await root.delete(`/members/${id}`)
  for (const stream of [byToken, byCookie]) {
    await stream.ended()
    t.like(stream.received.at(-1), {data: {type: 'stream.revoked', reason: 'member-removed'}})
  }
  const refused = await fetch(`${server.url}/api/v1/me`, {headers: cookie})
  t.like(await refused.json(), {code: 'member-removed'})
  const sessions = server.db.selectFrom('sessions').select('ended_at').where('member_id', '=', id)
  t.truthy((await sessions.executeTakeFirstOrThrow()).ended_at)
  await ada.patch(`/projects/${project.id}`, {name: 'Moon'})
  await other.waitFor('project.updated')
  other.close()
})

test('when the member of an API key is removed, the key is revoked and the streams of the key end', async t => {
  const {root, organizationId} = await server.team(t.title)
  const {key, apiKey} = await createApiKey(server.db, {organizationId, name: 'Robot', role: 'admin'})
  const stream = await openStream({'x-api-key': key})
  t.is((await root.delete(`/members/${apiKey.member_id}`)).status, 204)
  await stream.ended()
  t.like(stream.received.at(-1), {data: {type: 'stream.revoked', reason: 'member-removed'}})
  const refused = await fetch(`${server.url}/api/v1/me`, {headers: {'x-api-key': key}})
  t.like(await refused.json(), {code: 'invalid-api-key'})
  t.truthy((await root.get('/api-keys')).body.items[0].revoked_at)
})

test('only admins can set roles and remove members', async t => {
  const {root, ada, vic} = await server.team(t.title)
  for (const client of [ada, vic]) {
    const {user_id: id} = await client.caller()
    for (const answer of [
      await client.delete(`/members/${id}`),
      await client.patch(`/members/${id}`, {role: 'admin'}),
    ]) {
      t.like(answer, {status: 403, body: {code: 'role-insufficient', needed: 'admin'}})
    }
  }
  t.is((await root.get('/members')).body.items.length, 4)
})

test('an admin cannot remove or change a member of another organization', async t => {
  const {bob} = await server.team(t.title)
  const {root: stranger} = await server.team(`${t.title} 2`)
  const path = `/members/${(await bob.caller()).user_id}`
  t.like(await stranger.delete(path), {status: 404, body: {code: 'member-not-found'}})
  t.like(await stranger.patch(path, {role: 'viewer'}), {status: 404, body: {code: 'member-not-found'}})
  t.is((await bob.get('/me')).body.role, 'member')
})

test('the last admin cannot be removed and cannot get another role, even if an API key has the role admin', async t => {
  const {root, ada, organizationId} = await server.team(t.title)
  await createApiKey(server.db, {organizationId, name: 'Robot', role: 'admin'})
  const {user_id: id} = await root.caller()
  const before = await server.stateOf(organizationId)
  for (const answer of [
    await root.delete(`/members/${id}`),
    await root.patch(`/members/${id}`, {role: 'member'}),
    await root.patch(`/members/${id}`, {role: 'viewer'}),
  ]) {
    t.like(answer, {status: 409, body: {code: 'last-admin'}})
  }
  t.deepEqual(await server.stateOf(organizationId), before)
  t.is((await root.patch(`/members/${id}`, {role: 'admin'})).status, 200)

  await root.patch(`/members/${(await ada.caller()).user_id}`, {role: 'admin'})
  t.is((await root.delete(`/members/${id}`)).status, 204, 'an admin who is not the last admin can leave')
  t.like(await ada.delete(`/members/${(await ada.caller()).user_id}`), {body: {code: 'last-admin'}})
  t.like(await ada.patch(`/members/${(await ada.caller()).user_id}`, {role: null}), {
    ...{status: 409, body: {code: 'last-admin'}},
  })
})

async function openStream(headers: Record<string, string>): Promise<Stream> {
  const stream = await Stream.open(`${server.url}/api/v1/events`, {headers})
  await stream.waitFor('stream.ready')
  return stream
}
