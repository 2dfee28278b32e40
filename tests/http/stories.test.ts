import test from 'ava'
import {readEvents} from '../helpers/organization.ts'
import {startServer} from '../helpers/server.ts'

const server = await startServer()
test.after.always(() => server.close())

test('a created story belongs to its project and sprint and can be read at its Location', async t => {
  const {ada, project, sprint, organizationId} = await server.team(t.title)
  const input = {title: 'Land softly', description: 'On legs.', sprint_id: sprint.id}
  const {status, headers, body} = await ada.post(`/projects/${project.id}/stories`, input)
  t.is(status, 201)
  t.like(body, {...input, project_id: project.id, status: 'draft', version: 1})
  t.is(headers.get('location'), `/api/v1/stories/${body.id}`)
  t.regex(headers.get('etag')!, /^"1-[\da-f]{16}"$/)

  const found = await ada.get(`/stories/${body.id}`)
  t.deepEqual(found.body, body)
  t.is(found.headers.get('event-id'), headers.get('event-id'))
  t.like((await readEvents(server.db, organizationId)).at(-1), {type: 'story.created', story: body})
})

test('a story can be created without a sprint', async t => {
  const {ada, project} = await server.team(t.title)
  const {body} = await ada.post(`/projects/${project.id}/stories`, {title: 'Later'})
  t.is(body.sprint_id, null)
  t.is(body.description, '')
})

test('the id of a sprint may be written in upper case', async t => {
  const {ada, project, sprint} = await server.team(t.title)
  const input = {title: 'Loud', sprint_id: sprint.id.toUpperCase()}
  const {status, body} = await ada.post(`/projects/${project.id}/stories`, input)
  t.is(status, 201)
  t.is(body.sprint_id, sprint.id)
})

test('the stories of a project are listed in pages', async t => {
  const {ada, project, story} = await server.team(t.title)
  const second = await ada.post(`/projects/${project.id}/stories`, {title: 'Second'})
  const page = await ada.get(`/projects/${project.id}/stories?limit=1`)
  t.deepEqual(page.body, {items: [story], next: story.id})
  const next = await ada.get(`/projects/${project.id}/stories?limit=1&after=${page.body.next}`)
  t.deepEqual(next.body, {items: [second.body], next: null})
})

test('a story in a sprint of another project is rejected and not created', async t => {
  const {ada, sprint, organizationId} = await server.team(t.title)
  const other = await ada.post('/projects', {name: 'Other'})
  const before = await server.stateOf(organizationId)
  const input = {title: 'Lost', sprint_id: sprint.id}
  const {status, body} = await ada.post(`/projects/${other.body.id}/stories`, input)
  t.is(status, 409)
  t.like(body, {code: 'sprint-of-another-project', project_id: sprint.project_id})
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('a sprint of another organization is rejected in the same way as a sprint that does not exist', async t => {
  const {ada, project, organizationId} = await server.team(t.title)
  const foreign = await server.team(`${t.title}, theirs`)
  const before = await server.stateOf(organizationId)
  const answers = []
  for (const sprint_id of [foreign.sprint.id, '018f0000-0000-7000-8000-000000000000']) {
    const {status, body} = await ada.post(`/projects/${project.id}/stories`, {title: 'Lost', sprint_id})
    answers.push({status, body})
  }
  t.like(answers[0], {status: 404, body: {code: 'sprint-not-found'}})
  t.deepEqual(answers[0], answers[1])
  t.deepEqual(await server.stateOf(organizationId), before)
})

const invalidStories = {
  'without a title': [{description: 'What?'}, 'title'],
  'with a list as its title': [{title: ['a', 'b']}, 'title'],
  'with a sprint id that is not a UUID': [{title: 'T', sprint_id: 'next'}, 'sprint_id'],
  'with a NUL character in its description': [{title: 'T', description: '\0'}, 'description'],
} as const
for (const [fault, [body, path]] of Object.entries(invalidStories)) {
  test(`a story ${fault} is rejected and not created`, async t => {
    const {ada, project, organizationId} = await server.team(t.title)
    const before = await server.stateOf(organizationId)
    const answer = await ada.post(`/projects/${project.id}/stories`, body)
    t.is(answer.status, 400)
    t.like(answer.body, {code: 'invalid-request', errors: [{path}]})
    t.deepEqual(await server.stateOf(organizationId), before)
  })
}
