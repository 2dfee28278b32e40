import test from 'ava'
import {readEvents} from '../helpers/organization.ts'
import {startServer} from '../helpers/server.ts'

const server = await startServer()
test.after.always(() => server.close())

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

test('the first request of a member writes an event, and the second request writes no event', async t => {
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

test('members of the organization are listed in pages', async t => {
  const ada = server.as({sub: 'ada', org: 'listed', role: 'member', name: 'Ada'})
  const grace = server.as({sub: 'grace', org: 'listed', role: 'viewer', name: 'Grace'})
  const ids = [(await ada.caller()).user_id, (await grace.caller()).user_id]
  const {body, headers} = await ada.get('/members?limit=1')
  t.deepEqual(body, {items: [{id: ids[0], name: 'Ada'}], next: ids[0]})
  t.truthy(headers.get('event-id'), 'a stream from this cursor delivers later renames')
  const {body: rest} = await ada.get(`/members?after=${ids[0]}`)
  t.deepEqual(rest, {items: [{id: ids[1], name: 'Grace'}], next: null})
})
