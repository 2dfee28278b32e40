// Attacks by a member who stores as much as possible.
import test from 'ava'
import type {Quotas} from '../../src/board/quotas.ts'
import {newId} from '../../src/store/ids.ts'
import {type Answer, type Server, startServer} from '../helpers/server.ts'

const quotas = {
  MAX_PROJECTS: 2,
  MAX_SPRINTS_PER_PROJECT: 2,
  MAX_STORIES_PER_PROJECT: 2,
  MAX_LABELS_PER_PROJECT: 1,
  MAX_TASKS_PER_STORY: 2,
  MAX_TASKS_PER_SPRINT: 2,
  MAX_COMMENTS_PER_TASK: 1,
  MAX_DESCRIPTION_BYTES: 100,
  MAX_BYTES_PER_ORG: 400,
  MAX_FILTER_VALUES: 3,
} satisfies Partial<Quotas>

let server: Server
test.before(async () => {
  server = await startServer({quotas})
})
test.after.always(() => server.close())

type Team = Awaited<ReturnType<Server['team']>>

/**
 * For each quota, a function that uses a part of the quota. The server accepts the request of the first call, and
 * rejects the request of the second call.
 */
const additions: Record<string, (team: Team, n: number) => Promise<Answer>> = {
  MAX_PROJECTS: ({ada}) => ada.post('/projects', {name: 'Rover'}),
  MAX_SPRINTS_PER_PROJECT: ({ada, project}) =>
    ada.post(`/projects/${project.id}/sprints`, {name: 'Sprint 2'}),
  MAX_STORIES_PER_PROJECT: ({ada, project}) => ada.post(`/projects/${project.id}/stories`, {title: 'Land'}),
  MAX_LABELS_PER_PROJECT: ({ada, project}, n) =>
    ada.post(`/projects/${project.id}/labels`, {name: `Label ${n}`}),
  MAX_TASKS_PER_STORY: async ({ada, story}) => {
    await ada.patch(`/stories/${story.id}`, {sprint_id: null})
    return ada.post(`/stories/${story.id}/tasks`, {title: 'Weld'})
  },
  MAX_TASKS_PER_SPRINT: async ({ada, project, sprint}, n) => {
    if (n === 1) {
      const {id} = (await ada.post(`/projects/${project.id}/stories`, {title: 'Land'})).body
      await ada.post(`/stories/${id}/tasks`, {title: 'Weld'})
      return ada.patch(`/stories/${id}`, {sprint_id: sprint.id})
    }
    const {items} = (await ada.get(`/projects/${project.id}/stories`)).body
    return ada.post(`/stories/${items[1].id}/tasks`, {title: 'Brake'})
  },
  MAX_COMMENTS_PER_TASK: ({ada, task}) => ada.post(`/tasks/${task.id}/comments`, {body: 'Look'}),
  MAX_BYTES_PER_ORG: ({ada, project}, n) =>
    ada.post(`/projects/${project.id}/activity`, {
      type: 'workflow.error',
      workflow: `test ${n}`,
      message: 'x'.repeat(200),
    }),
}

for (const [setting, add] of Object.entries(additions)) {
  test(`a request that exceeds ${setting} is rejected with the limit, and changes nothing`, async t => {
    const team = await server.team(t.title)
    t.true((await add(team, 1)).status < 300)
    const before = await server.stateOf(team.organizationId)
    const {status, body} = await add(team, 2)
    t.is(status, 403)
    t.is(body.code, 'quota-exceeded')
    t.is(body.setting, setting)
    t.is(body.limit, quotas[setting as keyof typeof quotas])
    t.true(body.used <= body.limit)
    t.true(body.detail.endsWith(`with the setting ${setting}.`))
    t.deepEqual(await server.stateOf(team.organizationId), before)
  })
}

test('a description that exceeds MAX_DESCRIPTION_BYTES is rejected, and the problem contains the size of the description', async t => {
  const {ada, task} = await server.team(t.title)
  const {status, body} = await ada.patch(`/tasks/${task.id}`, {description: '日'.repeat(34)})
  t.is(status, 403)
  t.like(body, {code: 'quota-exceeded', setting: 'MAX_DESCRIPTION_BYTES', limit: 100, used: 102})
})

test('a request for a stream with more than MAX_FILTER_VALUES filter values is rejected', async t => {
  await server.team(t.title)
  const token = await server.tokenFor({sub: 'ada', org: t.title, role: 'member'})
  const open = (values: number) => {
    const query = new URLSearchParams({token, types: 'task.created,task.updated'})
    for (let n = 2; n < values; n++) query.append('sprint_id', newId())
    return fetch(`${server.url}/api/v1/events/tasks?${query}`)
  }
  const refused = await open(4)
  t.is(refused.status, 403)
  t.like(await refused.json(), {code: 'quota-exceeded', setting: 'MAX_FILTER_VALUES', limit: 3, used: 4})
  const accepted = await open(3)
  t.is(accepted.status, 200)
  await accepted.body!.cancel()
})

test('when a quota is exhausted, a repeated request with the same idempotency key gets the response to the first request', async t => {
  const {ada, story} = await server.team(t.title)
  const create = () => ada.post(`/stories/${story.id}/tasks`, {title: 'Weld'}, {'idempotency-key': 'weld'})
  const first = await create()
  t.is(first.status, 201)
  t.deepEqual((await create()).body, first.body)
})

test('GET /me returns how much of each quota the organization uses', async t => {
  const {ada, project, organizationId} = await server.team(t.title)
  await ada.patch(`/projects/${project.id}`, {name: 'Räkete'})
  const {body} = await ada.get('/me')
  const bytes = ['Räkete', 'planning', 'Sprint 1', 'Reach orbit', 'Fill the tank'].join('')
  t.deepEqual(body.quotas, [
    {setting: 'MAX_PROJECTS', limit: 2, used: 1},
    {setting: 'MAX_API_KEYS', limit: 100, used: 0},
    {setting: 'MAX_BYTES_PER_ORG', limit: 400, used: Buffer.byteLength(bytes)},
  ])
  t.is(body.organization_id, organizationId)
})
