import test from 'ava'
import {readEvents} from '../helpers/organization.ts'
import {startServer} from '../helpers/server.ts'

const server = await startServer()
test.after.always(() => server.close())

test('creating a project returns 201 with its Location, its ETag and the cursor of its event', async t => {
  const {ada, organizationId} = await server.team(t.title)
  const {status, headers, body} = await ada.post('/projects', {name: '  Moon  '})
  t.is(status, 201)
  t.like(body, {name: 'Moon', phase: 'planning', version: 1})
  t.is(headers.get('location'), `/api/v1/projects/${body.id}`)
  t.regex(headers.get('etag')!, /^"1-[\da-f]{16}"$/)

  const events = await readEvents(server.db, organizationId)
  t.like(events.at(-1), {type: 'project.created', project: body})
  t.true(headers.get('event-id')!.endsWith(`-${events.length}`))
})

test('reading a project returns the project and the current cursor of the log', async t => {
  const {vic, project, story} = await server.team(t.title)
  const {status, headers, body} = await vic.get(`/projects/${project.id}`)
  t.is(status, 200)
  t.deepEqual(body, project)
  t.regex(headers.get('etag')!, /^"1-[\da-f]{16}"$/)
  t.is((await vic.get(`/stories/${story.id}`)).headers.get('event-id'), headers.get('event-id'))
})

test('projects are listed in pages, oldest first', async t => {
  const {ada, project} = await server.team(t.title)
  const created = [project.id]
  for (const name of ['B', 'C', 'D', 'E']) created.push((await ada.post('/projects', {name})).body.id)

  const first = await ada.get('/projects?limit=2')
  t.deepEqual(idsOf(first.body.items), created.slice(0, 2))
  const second = await ada.get(`/projects?limit=2&after=${first.body.next}`)
  t.deepEqual(idsOf(second.body.items), created.slice(2, 4))
  const third = await ada.get(`/projects?limit=2&after=${second.body.next}`)
  t.deepEqual(idsOf(third.body.items), created.slice(4))
  t.is(third.body.next, null)
})

test('on the last page of the list of projects, next is null', async t => {
  const {ada} = await server.team(t.title)
  const {body} = await ada.get('/projects?limit=1')
  t.is(body.items.length, 1)
  t.is(body.next, null)
})

test('a list returns 50 items by default, and up to 200 items with the parameter limit', async t => {
  const {ada} = await server.team(t.title)
  for (let n = 0; n < 50; n++) await ada.post('/projects', {name: `Project ${n}`})
  t.is((await ada.get('/projects')).body.items.length, 50)
  t.is((await ada.get('/projects?limit=200')).body.items.length, 51)
})

for (const query of ['limit=0', 'limit=201', 'limit=', 'limit=ten', 'limit=1.5', 'limit=1&limit=2']) {
  test(`a list with ?${query} is rejected`, async t => {
    const {ada} = await server.team(t.title)
    const {status, body} = await ada.get(`/projects?${query}`)
    t.is(status, 400)
    t.like(body, {code: 'invalid-request', errors: [{path: 'limit'}]})
  })
}

test('a list is rejected when the parameter `after` is not a UUID', async t => {
  const {ada} = await server.team(t.title)
  const {status, body} = await ada.get('/projects?after=1')
  t.is(status, 400)
  t.like(body, {code: 'invalid-request', errors: [{path: 'after'}]})
})

const invalidProjects = {
  'without a name': {},
  'with an empty name': {name: '   '},
  'with a name of 201 characters': {name: 'x'.repeat(201)},
  'with a NUL character in its name': {name: 'a\0b'},
  'with a lone surrogate in its name': {name: 'a\ud800'},
  'with a name that is not a string': {name: 1},
  'with a phase of 41 characters': {name: 'Moon', phase: 'x'.repeat(41)},
  'with a field that only the server sets': {name: 'Moon', version: 7},
}
for (const [fault, body] of Object.entries(invalidProjects)) {
  test(`a project ${fault} is rejected and not created`, async t => {
    const {ada, organizationId} = await server.team(t.title)
    const before = await server.stateOf(organizationId)
    const answer = await ada.post('/projects', body)
    t.is(answer.status, 400)
    t.is(answer.body.code, 'invalid-request')
    t.is(answer.body.errors.length, 1)
    t.deepEqual(await server.stateOf(organizationId), before)
  })
}

test('a name of 200 non-ASCII characters is stored unchanged', async t => {
  const {ada} = await server.team(t.title)
  const name = '🚀'.repeat(100)
  const {body} = await ada.post('/projects', {name})
  t.is((await ada.get(`/projects/${body.id}`)).body.name, name)
})

function idsOf(items: {id: string}[]): string[] {
  return items.map(({id}) => id)
}

test('a limit of a column is a whole number from 1 to 999, for a known status', async t => {
  const {ada, project} = await server.team(t.title)
  for (const wip_limits of [{owned: 0}, {owned: 1000}, {owned: 2.5}, {later: 2}, {owned: null}, [3]]) {
    const {status, body} = await ada.patch(`/projects/${project.id}`, {wip_limits})
    t.is(status, 400)
    t.true(body.errors[0].path.startsWith('wip_limits'))
  }
  const {body} = await ada.patch(`/projects/${project.id}`, {wip_limits: {owned: 999}})
  t.like(body, {version: 2, wip_limits: {owned: 999}})
})
