import ava, {type TestFn} from 'ava'
import {readEvents} from '../helpers/organization.ts'
import {createDatabase, test as testOnPostgres} from '../helpers/postgres.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'

const stores: Record<string, {test: TestFn; start: () => Promise<Server>}> = {
  embedded: {test: ava, start: () => startServer({embedded: true})},
  Postgres: {
    test: testOnPostgres,
    start: async () => startServer({databaseUrl: await createDatabase()}),
  },
}

for (const [name, {test, start}] of Object.entries(stores)) {
  let server: Server
  test.before(async () => {
    server = await start()
  })
  test.after.always(() => server?.close())

  test(`${name}: when the stored result of an Idempotency-Key is deleted, the key can be used again`, async t => {
    const {ada, organizationId} = await server.team(t.title)
    const send = () => ada.post('/projects', {name: 'Moon'}, {'idempotency-key': 'k'})
    const first = await send()
    await server.db.deleteFrom('idempotency_keys').where('organization_id', '=', organizationId).execute()
    const second = await send()
    t.deepEqual([first.status, second.status], [201, 201])
    t.not(first.body.id, second.body.id)
  })

  test(`${name}: 20 concurrent requests with one Idempotency-Key create one project and get equal responses`, async t => {
    const {ada, organizationId} = await server.team(t.title)
    const before = (await readEvents(server.db, organizationId)).length
    const answers = await Promise.all(
      Array.from({length: 20}, () => ada.post('/projects', {name: 'Moon'}, {'idempotency-key': 'once'})),
    )
    for (const {status, headers, body} of answers) {
      t.is(status, 201)
      t.deepEqual(body, answers[0]!.body)
      for (const header of ['event-id', 'etag', 'location'])
        t.is(headers.get(header), answers[0]!.headers.get(header))
    }
    t.is((await readEvents(server.db, organizationId)).length, before + 1)
    t.is((await ada.get('/projects')).body.items.length, 2)
  })

  test(`${name}: a repeated request gets the first response, even when the created task has changed in the meantime`, async t => {
    const {ada, story, organizationId} = await server.team(t.title)
    const send = (body: object) => ada.post(`/stories/${story.id}/tasks`, body, {'idempotency-key': '"q-1"'})
    const first = await send({title: 'Weld', description: 'Twice'})
    await ada.patch(`/tasks/${first.body.id}`, {title: 'Rivet'})
    const {length} = await readEvents(server.db, organizationId)

    const again = await send({description: 'Twice', title: ' Weld '})
    t.deepEqual([again.status, again.body], [201, first.body])
    t.is(again.headers.get('event-id'), first.headers.get('event-id'))
    t.is((await readEvents(server.db, organizationId)).length, length)
  })

  test(`${name}: the event of a repeated request is streamed once`, async t => {
    const {ada, project} = await server.team(t.title)
    const token = await server.tokenFor({sub: 'ada', org: t.title, role: 'member', name: 'Ada'})
    const stream = await Stream.open(`${server.url}/api/v1/events/tasks?token=${token}`)
    t.teardown(() => stream.close())
    await stream.waitFor('stream.ready')
    const path = `/projects/${project.id}/sprints`
    for (let n = 0; n < 3; n++) await ada.post(path, {name: 'Sprint 2'}, {'idempotency-key': 'a'})
    const {headers} = await ada.post(path, {name: 'Sprint 3'})
    await stream.waitFor(({id}) => id === headers.get('event-id'))
    t.deepEqual(
      stream.events.map(({data}) => data.sprint.name),
      ['Sprint 2', 'Sprint 3'],
    )
  })

  test(`${name}: a request that reuses a key with another body or another id in the path is rejected`, async t => {
    const {ada, project} = await server.team(t.title)
    const {body: other} = await ada.post('/projects', {name: 'Moon'})
    const key = {'idempotency-key': 'k'}
    t.is((await ada.post(`/projects/${project.id}/sprints`, {name: 'S'}, key)).status, 201)
    for (const [id, name] of [
      [project.id, 'T'],
      [other.id, 'S'],
    ]) {
      const {status, body} = await ada.post(`/projects/${id}/sprints`, {name}, key)
      t.is(status, 422)
      t.is(body.code, 'idempotency-key-reused')
    }
    t.is((await ada.get(`/projects/${other.id}/sprints`)).body.items.length, 0)
  })

  test(`${name}: a rejected request does not use up its key`, async t => {
    const {ada, vic, project} = await server.team(t.title)
    const key = {'idempotency-key': 'k'}
    const unknownId = '00000000-0000-7000-8000-000000000000'
    t.is((await ada.post(`/projects/${unknownId}/stories`, {title: 'S'}, key)).status, 404)
    t.is((await ada.post(`/projects/${project.id}/stories`, {title: ''}, key)).status, 400)
    const inUnknownSprint = {title: 'S', sprint_id: unknownId}
    t.is((await ada.post(`/projects/${project.id}/stories`, inUnknownSprint, key)).status, 404)
    t.is((await ada.post(`/projects/${project.id}/stories`, {title: 'S'}, key)).status, 201)
    t.is((await vic.post(`/projects/${project.id}/stories`, {title: 'S'}, key)).status, 403)
  })

  test(`${name}: different members and organizations can use the same key`, async t => {
    const {ada, bob} = await server.team(t.title)
    const theirs = await server.team(`${t.title}, theirs`)
    const projectIds = []
    for (const client of [ada, bob, theirs.ada]) {
      const {status, body} = await client.post('/projects', {name: 'Moon'}, {'idempotency-key': 'same'})
      t.is(status, 201)
      projectIds.push(body.id)
    }
    t.is(new Set(projectIds).size, 3)
    t.is((await theirs.ada.get('/projects')).body.items.length, 2)
  })
}
