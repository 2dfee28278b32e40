import test from 'ava'
import {readEvents} from '../helpers/organization.ts'
import {startServer} from '../helpers/server.ts'

const server = await startServer()
test.after.always(() => server.close())

test('a created sprint belongs to its project and can be read at its Location', async t => {
  const {ada, project, organizationId} = await server.team(t.title)
  const input = {name: 'Sprint 2', goal: 'Land', starts_on: '2026-01-05', ends_on: '2026-01-16'}
  const {status, headers, body} = await ada.post(`/projects/${project.id}/sprints`, input)
  t.is(status, 201)
  t.like(body, {...input, project_id: project.id, version: 1})
  t.is(headers.get('location'), `/api/v1/sprints/${body.id}`)

  const found = await ada.get(`/sprints/${body.id}`)
  t.deepEqual(found.body, body)
  t.is(found.headers.get('event-id'), headers.get('event-id'))
  t.like((await readEvents(server.db, organizationId)).at(-1), {type: 'sprint.created', sprint: body})
})

test('only the sprints of the project are listed', async t => {
  const {ada, project, sprint} = await server.team(t.title)
  const other = await ada.post('/projects', {name: 'Other'})
  await ada.post(`/projects/${other.body.id}/sprints`, {name: 'Elsewhere'})
  const {status, body} = await ada.get(`/projects/${project.id}/sprints`)
  t.is(status, 200)
  t.deepEqual(body, {items: [sprint], next: null})
})

test('sprints are listed in pages', async t => {
  const {ada, project, sprint} = await server.team(t.title)
  const second = await ada.post(`/projects/${project.id}/sprints`, {name: 'Sprint 2'})
  const page = await ada.get(`/projects/${project.id}/sprints?limit=1`)
  t.deepEqual(page.body, {items: [sprint], next: sprint.id})
  const next = await ada.get(`/projects/${project.id}/sprints?limit=1&after=${page.body.next}`)
  t.deepEqual(next.body, {items: [second.body], next: null})
})

const invalidSprints = {
  'that ends before it starts': [{name: 'S', starts_on: '2026-01-16', ends_on: '2026-01-05'}, 'ends_on'],
  'with a date that does not exist': [{name: 'S', starts_on: '2026-02-30'}, 'starts_on'],
  'with a year that Postgres does not support': [{name: 'S', starts_on: '0000-01-01'}, 'starts_on'],
  'with a time in its date': [{name: 'S', starts_on: '2026-02-03T10:00:00Z'}, 'starts_on'],
  'with a goal of 10,001 characters': [{name: 'S', goal: 'x'.repeat(10_001)}, 'goal'],
  'without a name': [{goal: 'Land'}, 'name'],
} as const
for (const [fault, [body, path]] of Object.entries(invalidSprints)) {
  test(`a sprint ${fault} is rejected and not created`, async t => {
    const {ada, project, organizationId} = await server.team(t.title)
    const before = await server.stateOf(organizationId)
    const answer = await ada.post(`/projects/${project.id}/sprints`, body)
    t.is(answer.status, 400)
    t.like(answer.body, {code: 'invalid-request', errors: [{path}]})
    t.deepEqual(await server.stateOf(organizationId), before)
  })
}

test('a board contains the sprint, its stories with their tasks, the members of these tasks, and the cursor from which a stream can start', async t => {
  const {ada, project, sprint, story, task} = await server.team(t.title)
  await ada.post(`/projects/${project.id}/stories`, {title: 'Not in the sprint'})
  const {status, headers, body} = await ada.get(`/sprints/${sprint.id}/board`)
  t.is(status, 200)
  t.deepEqual(body.sprint, sprint)
  const {description: _, ...boardStory} = story
  const {description: __, checklist: ___, links: ____, ...boardTask} = task
  t.deepEqual(body.stories, [{...boardStory, tasks: [boardTask]}])
  t.deepEqual(
    body.members.map(({name}: {name: string}) => name),
    ['Ada'],
  )
  t.is(body.cursor, headers.get('event-id'))
})

test('the cursor of a board is the Event-Id of the last change', async t => {
  const {ada, sprint, task} = await server.team(t.title)
  const taken = await ada.put(`/tasks/${task.id}/ownership`)
  const {body} = await ada.get(`/sprints/${sprint.id}/board`)
  t.is(body.cursor, taken.headers.get('event-id'))
  t.is(body.stories[0].tasks[0].status, 'owned')
})
