import {once} from 'node:events'
import {request as httpRequest} from 'node:http'
import test from 'ava'
import {newId} from '../../src/store/ids.ts'
import {readEvents} from '../helpers/organization.ts'
import {startServer} from '../helpers/server.ts'

const server = await startServer()
test.after.always(() => server.close())

test('a created task belongs to its story and to the project and sprint of the story, and can be read at its Location', async t => {
  const {ada, project, sprint, story, organizationId} = await server.team(t.title)
  const input = {
    title: 'Weld the tank',
    description: 'Twice.',
    acceptance_criteria_refs: ['AC-1', 'AC-2'],
    estimated_hours: 2.5,
  }
  const {status, headers, body} = await ada.post(`/stories/${story.id}/tasks`, input)
  t.is(status, 201)
  const parents = {project_id: project.id, sprint_id: sprint.id, story_id: story.id}
  t.like(body, {...input, ...parents, status: 'available', owner_user_id: null, version: 1})
  t.is(body.created_by_user_id, (await ada.caller()).user_id)
  t.is(headers.get('location'), `/api/v1/tasks/${body.id}`)

  const found = await ada.get(`/tasks/${body.id}`)
  t.deepEqual(found.body, body)
  t.regex(found.headers.get('etag')!, /^"1-[\da-f]{16}"$/)
  t.is(found.headers.get('event-id'), headers.get('event-id'))
  t.like((await readEvents(server.db, organizationId)).at(-1), {type: 'task.created', task: body})
})

test('the tasks of a story are listed in pages', async t => {
  const {ada, story, task} = await server.team(t.title)
  const second = await ada.post(`/stories/${story.id}/tasks`, {title: 'Second'})
  const page = await ada.get(`/stories/${story.id}/tasks?limit=1`)
  t.deepEqual(page.body, {items: [task], next: task.id})
  const next = await ada.get(`/stories/${story.id}/tasks?limit=1&after=${page.body.next}`)
  t.deepEqual(next.body, {items: [second.body], next: null})
})

test('any member can edit a task, and the response contains the task with its new version', async t => {
  const {ada, bob, task} = await server.team(t.title)
  await ada.put(`/tasks/${task.id}/ownership`)
  const {status, headers, body} = await bob.patch(`/tasks/${task.id}`, {title: 'Fill both tanks'})
  t.is(status, 200)
  t.like(body, {title: 'Fill both tanks', version: 3})
  t.regex(headers.get('etag')!, /^"3-[\da-f]{16}"$/)
})

test('an edit that changes nothing returns the task and writes nothing', async t => {
  const {ada, task, organizationId} = await server.team(t.title)
  const before = await server.stateOf(organizationId)
  for (const edit of [{}, {title: task.title}]) {
    const {status, body} = await ada.patch(`/tasks/${task.id}`, edit)
    t.is(status, 200)
    t.deepEqual(body, task)
  }
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('deleting a task returns 204 with the cursor of the event; after the deletion, the task is not found', async t => {
  const {ada, task, organizationId} = await server.team(t.title)
  const {status, headers, body} = await ada.delete(`/tasks/${task.id}`)
  t.is(status, 204)
  t.is(body, undefined)
  const events = await readEvents(server.db, organizationId)
  t.like(events.at(-1), {type: 'task.deleted', task_id: task.id})
  t.true(headers.get('event-id')!.endsWith(`-${events.length}`))

  for (const answer of [await ada.get(`/tasks/${task.id}`), await ada.delete(`/tasks/${task.id}`)]) {
    t.is(answer.status, 404)
    t.is(answer.body.code, 'task-not-found')
  }
})

test('taking a task makes the caller its owner', async t => {
  const {bob, task, organizationId} = await server.team(t.title)
  const {user_id} = await bob.caller()
  const {status, headers, body} = await bob.put(`/tasks/${task.id}/ownership`)
  t.is(status, 200)
  t.like(body, {status: 'owned', owner_user_id: user_id, version: 2})
  t.regex(headers.get('etag')!, /^"2-[\da-f]{16}"$/)
  const events = await readEvents(server.db, organizationId)
  t.like(events.at(-1), {type: 'ownership_taken', owner_user_id: user_id, task_id: task.id})
})

test('taking a task that the caller already owns returns the task and writes nothing', async t => {
  const {ada, task, organizationId} = await server.team(t.title)
  const first = await ada.put(`/tasks/${task.id}/ownership`)
  const before = await server.stateOf(organizationId)
  const second = await ada.put(`/tasks/${task.id}/ownership`)
  t.is(second.status, 200)
  t.deepEqual(second.body, first.body)
  t.is(second.headers.get('event-id'), first.headers.get('event-id'))
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('taking a task that another member owns is rejected with the name of the owner, and nothing is written', async t => {
  const {ada, bob, task, organizationId} = await server.team(t.title)
  await ada.put(`/tasks/${task.id}/ownership`)
  const before = await server.stateOf(organizationId)
  const {status, body} = await bob.put(`/tasks/${task.id}/ownership`)
  t.is(status, 409)
  const {user_id} = await ada.caller()
  t.like(body, {code: 'task-already-owned', owner_user_id: user_id, owner_name: 'Ada'})
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('when twenty members take a task concurrently, one member becomes the owner, and the responses to the other members contain the id of the owner', async t => {
  const {task, organizationId} = await server.team(t.title)
  const crowd = Array.from({length: 20}, (_, n) => server.as({sub: `m${n}`, org: t.title, role: 'member'}))
  await Promise.all(crowd.map(member => member.caller()))
  const answers = await Promise.all(crowd.map(member => member.put(`/tasks/${task.id}/ownership`)))
  const winners = answers.filter(({status}) => status === 200)
  t.is(winners.length, 1)
  const owner = winners[0]!.body.owner_user_id
  t.true(answers.every(({status, body}) => status === 200 || body.owner_user_id === owner))
  const events = await readEvents(server.db, organizationId)
  t.is(events.filter(({type}) => type === 'ownership_taken').length, 1)
})

test('releasing a task makes it available', async t => {
  const {ada, task, organizationId} = await server.team(t.title)
  await ada.put(`/tasks/${task.id}/ownership`)
  const {status, body} = await ada.delete(`/tasks/${task.id}/ownership`)
  t.is(status, 200)
  t.like(body, {status: 'available', owner_user_id: null, version: 3})
  t.is((await readEvents(server.db, organizationId)).at(-1)!.type, 'ownership_released')
})

test('releasing a task without an owner is rejected and writes nothing', async t => {
  const {ada, task, organizationId} = await server.team(t.title)
  const before = await server.stateOf(organizationId)
  const {status, body} = await ada.delete(`/tasks/${task.id}/ownership`)
  t.is(status, 409)
  t.is(body.code, 'task-not-owned')
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('a task can be released only by its owner or an admin', async t => {
  const {ada, bob, root, task, organizationId} = await server.team(t.title)
  await ada.put(`/tasks/${task.id}/ownership`)
  const before = await server.stateOf(organizationId)
  const refused = await bob.delete(`/tasks/${task.id}/ownership`)
  t.is(refused.status, 403)
  t.is(refused.body.code, 'not-the-owner')
  t.deepEqual(await server.stateOf(organizationId), before)
  t.is((await root.delete(`/tasks/${task.id}/ownership`)).status, 200)
})

test('the owner can change the status of a task step by step until it is completed', async t => {
  const {ada, task, organizationId} = await server.team(t.title)
  await ada.put(`/tasks/${task.id}/ownership`)
  t.like((await ada.put(`/tasks/${task.id}/status`, {status: 'in_progress'})).body, {status: 'in_progress'})
  const {status, headers, body} = await ada.put(`/tasks/${task.id}/status`, {status: 'completed'})
  t.is(status, 200)
  t.like(body, {status: 'completed', version: 4})
  t.regex(headers.get('etag')!, /^"4-[\da-f]{16}"$/)

  const events = await readEvents(server.db, organizationId)
  t.deepEqual(
    events.slice(-4).map(({type}) => type),
    ['status_changed', 'task.started', 'status_changed', 'task.completed'],
  )
  t.true(headers.get('event-id')!.endsWith(`-${events.length}`))
})

test('a status change that is not allowed is rejected; the response lists the allowed statuses, and nothing is written', async t => {
  const {ada, task, organizationId} = await server.team(t.title)
  const before = await server.stateOf(organizationId)
  const {status, body} = await ada.put(`/tasks/${task.id}/status`, {status: 'completed'})
  t.is(status, 409)
  t.like(body, {code: 'invalid-status-move', from: 'available', to: 'completed', allowed: ['cancelled']})
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('the status of an owned task can be changed only by its owner or an admin', async t => {
  const {ada, bob, root, task, organizationId} = await server.team(t.title)
  await ada.put(`/tasks/${task.id}/ownership`)
  const before = await server.stateOf(organizationId)
  const refused = await bob.put(`/tasks/${task.id}/status`, {status: 'in_progress'})
  t.is(refused.status, 403)
  t.is(refused.body.code, 'not-the-owner')
  t.deepEqual(await server.stateOf(organizationId), before)
  t.is((await root.put(`/tasks/${task.id}/status`, {status: 'in_progress'})).status, 200)
})

const invalidTasks = {
  'without a title': [{}, 'title'],
  'with negative hours': [{title: 'T', estimated_hours: -1}, 'estimated_hours'],
  'with hours above the maximum': [{title: 'T', estimated_hours: 1e9}, 'estimated_hours'],
  'with hours as text': [{title: 'T', estimated_hours: 'two'}, 'estimated_hours'],
  'with an empty acceptance criterion': [
    {title: 'T', acceptance_criteria_refs: ['AC-1', '']},
    'acceptance_criteria_refs.1',
  ],
  'with 101 acceptance criteria': [
    {title: 'T', acceptance_criteria_refs: Array(101).fill('AC')},
    'acceptance_criteria_refs',
  ],
  'with an unknown priority': [{title: 'T', priority: 'highest'}, 'priority'],
  'with an empty priority': [{title: 'T', priority: ''}, 'priority'],
  'with a time as due date': [{title: 'T', due_on: '2026-12-31T10:00:00Z'}, 'due_on'],
  'with a day that does not exist as due date': [{title: 'T', due_on: '2026-02-29'}, 'due_on'],
  'with a label that is no id': [{title: 'T', label_ids: ['red']}, 'label_ids.0'],
  'with 21 labels': [{title: 'T', label_ids: Array(21).fill(newId())}, 'label_ids'],
  'with an owner': [{title: 'T', owner_user_id: null}, ''],
} as const
for (const [fault, [body, path]] of Object.entries(invalidTasks)) {
  test(`a task ${fault} is rejected and not created`, async t => {
    const {ada, story, organizationId} = await server.team(t.title)
    const before = await server.stateOf(organizationId)
    const answer = await ada.post(`/stories/${story.id}/tasks`, body)
    t.is(answer.status, 400)
    t.like(answer.body, {code: 'invalid-request', errors: [{path}]})
    t.deepEqual(await server.stateOf(organizationId), before)
  })
}

const invalidEdits = {
  'of the status': [{status: 'completed'}, ''],
  'of the owner': [{owner_user_id: null}, ''],
  'to an empty title': [{title: ' '}, 'title'],
  'to a null description': [{description: null}, 'description'],
} as const
for (const [fault, [body, path]] of Object.entries(invalidEdits)) {
  test(`an edit ${fault} is rejected and changes nothing`, async t => {
    const {ada, task, organizationId} = await server.team(t.title)
    const before = await server.stateOf(organizationId)
    const answer = await ada.patch(`/tasks/${task.id}`, body)
    t.is(answer.status, 400)
    t.like(answer.body, {code: 'invalid-request', errors: [{path}]})
    t.deepEqual(await server.stateOf(organizationId), before)
  })
}

for (const body of [{}, {status: 'done'}, {status: null}, [], null, 'completed']) {
  test(`a status change with the body ${JSON.stringify(body)} is rejected and changes nothing`, async t => {
    const {ada, task, organizationId} = await server.team(t.title)
    const before = await server.stateOf(organizationId)
    const answer = await ada.put(`/tasks/${task.id}/status`, body)
    t.is(answer.status, 400)
    t.is(answer.body.code, 'invalid-request')
    t.deepEqual(await server.stateOf(organizationId), before)
  })
}

test('a task has a number and a key, and every path of a task accepts the key, in capital or small letters', async t => {
  const {ada, bob, project, story, task} = await server.team(t.title)
  t.regex(project.key, /^[A-Z][A-Z0-9]{1,9}$/)
  t.like(task, {number: 1, key: `${project.key}-1`})
  const {body: second} = await ada.post(`/stories/${story.id}/tasks`, {title: 'Second'})
  t.like(second, {number: 2, key: `${project.key}-2`})

  const found = await bob.get(`/tasks/${second.key}`)
  t.deepEqual(found.body, second)
  t.deepEqual((await bob.get(`/tasks/${second.key.toLowerCase()}`)).body, second)
  t.like((await ada.patch(`/tasks/${second.key}`, {title: 'Weld'})).body, {id: second.id, title: 'Weld'})
  t.like((await ada.put(`/tasks/${second.key}/ownership`)).body, {id: second.id, status: 'owned'})
  t.like((await ada.post(`/tasks/${second.key}/comments`, {body: 'Mind the valve'})).body, {
    task_id: second.id,
  })
  t.is((await ada.get(`/tasks/${second.key}/comments`)).body.items.length, 1)
  t.is((await ada.put(`/tasks/${second.key}/rank`, {before_task_id: task.id})).body.id, second.id)
  t.is((await ada.get('/me/tasks')).body.items[0].key, second.key)
  t.is((await ada.delete(`/tasks/${second.key}`)).status, 204)
  const third = await ada.post(`/stories/${story.id}/tasks`, {title: 'Third'})
  t.is(third.body.number, 3, 'the number of a deleted task is not used again')
})

test('an unknown key, a key of another organization and a text that is no key are rejected like an unknown id', async t => {
  const {ada, task} = await server.team(t.title)
  const {ada: eve} = await server.team(`${t.title} elsewhere`)
  await eve.post('/projects', {name: 'Secret', key: 'SECRET'})
  for (const key of [
    `${task.key}0`,
    'NONE-1',
    'SECRET-1',
    'none',
    `${task.key}x`,
    '-1',
    '%00-1',
    `-${task.key}`,
  ]) {
    const {status, body} = await ada.get(`/tasks/${key}`)
    t.is(status, 404)
    t.is(body.code, 'task-not-found', key)
  }
  t.is((await eve.get(`/tasks/SECRET-1`)).status, 404)
})

test('a chunked body without bytes is no body, also without a Content-Type', async t => {
  const {ada, story} = await server.team(t.title)
  const authorization = `Bearer ${await server.tokenFor({sub: 'ada', org: t.title, role: 'member', name: 'Ada'})}`
  for (const type of [{}, {'content-type': 'application/json'}]) {
    const {body: task} = await ada.post(`/stories/${story.id}/tasks`, {title: 'Weld'})
    const headers = {authorization, 'transfer-encoding': 'chunked', ...type}
    const request = httpRequest(`${server.url}/api/v1/tasks/${task.id}/ownership`, {method: 'PUT', headers})
    request.end()
    const [response] = await once(request, 'response')
    response.resume()
    t.is(response.statusCode, 200)
  }
})

test('without a body, with an empty body and with an empty object, the caller takes the task; with a member, this member gets it', async t => {
  const {ada, bob, story, organizationId} = await server.team(t.title)
  const {user_id} = await ada.caller()
  const authorization = `Bearer ${await server.tokenFor({sub: 'ada', org: t.title, role: 'member', name: 'Ada'})}`
  const requests: RequestInit[] = [
    {},
    {headers: {'content-type': 'application/json'}},
    {headers: {'content-type': 'text/plain'}, body: ''},
    {headers: {'content-type': 'application/json'}, body: '{}'},
  ]
  for (const {headers, ...request} of requests) {
    const {body: task} = await ada.post(`/stories/${story.id}/tasks`, {title: 'Weld'})
    const response = await fetch(`${server.url}/api/v1/tasks/${task.id}/ownership`, {
      method: 'PUT',
      headers: {authorization, ...headers},
      ...request,
    })
    t.is(response.status, 200)
    t.like(await response.json(), {status: 'owned', owner_user_id: user_id})
    t.is((await readEvents(server.db, organizationId)).at(-1)!.type, 'ownership_taken')
    const {user_id: owner_user_id} = await bob.caller()
    const given = await ada.put(`/tasks/${task.id}/ownership`, {owner_user_id})
    t.like(given.body, {status: 'owned', owner_user_id, version: 3})
  }
})
