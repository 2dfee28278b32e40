// Tests the activities of agents, pipelines and pull requests. These activities are delivered on the dashboard's
// stream and listed as history.
import {formatCursor} from '../../src/board/cursor.ts'
import {pruneEvents, readHead} from '../../src/store/event-log.ts'
import {createApiKey} from '../helpers/api-keys.ts'
import {readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {readAnswer, type Server, startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'

let server: Server
test.before(async () => {
  server = await startServer({databaseUrl: await createDatabase()})
})
test.after.always(() => server.close())

const run = {agent: 'welder', run_id: 'run-7'}
const pr = {number: 42, title: 'Vent slowly', url: 'https://github.example/rocket/pull/42', author: 'bob'}
const everyType = [
  {type: 'agent.started', ...run},
  {type: 'pr.created', pr},
  {type: 'workflow.error', workflow: 'test', message: 'Line 1\nLine 2'},
  {type: 'pr.merged', pr},
  {type: 'agent.completed', ...run, outcome: 'succeeded'},
]
const failure = (n: number) => ({type: 'workflow.error', workflow: 'test', message: `Failure ${n}`})

test('the activities of a batch are streamed in order with the same timestamp, and are listed newest first', async t => {
  const {ada, project, organizationId} = await server.team(t.title)
  const token = await server.tokenFor({sub: 'ada', org: t.title, role: 'member', name: 'Ada'})
  const url = `${server.url}/api/v1/events/projects?project_id=${project.id}&token=${token}`
  const stream = await Stream.open(url)
  t.teardown(() => stream.close())
  await stream.waitFor('stream.ready')

  const {status, headers, body} = await ada.post(`/projects/${project.id}/activity`, everyType)
  t.is(status, 201)
  t.is(headers.get('location'), `/api/v1/projects/${project.id}/activity`)
  const {user_id} = await ada.caller()
  await stream.waitFor('agent.completed')
  const [{timestamp}] = body.items
  const common = {timestamp, actor_user_id: user_id, project_id: project.id}
  const received = stream.events.map(({data}) => data)
  t.deepEqual(
    received,
    everyType.map(activity => ({...common, ...activity})),
  )
  t.is(stream.lastEventId, headers.get('event-id')!)
  t.deepEqual(
    body.items.map(({id: _, ...event}: {id: string}) => event),
    received,
  )

  await pruneEvents(server.db, organizationId, (await readHead(server.db, organizationId)).seq)
  const list = await ada.get(`/projects/${project.id}/activity`)
  t.deepEqual(list.body, {items: body.items.toReversed(), next: null})
  t.is(list.headers.get('event-id'), headers.get('event-id'))
})

test('a single activity is accepted without an array', async t => {
  const {ada, project} = await server.team(t.title)
  const {status, body} = await ada.post(`/projects/${project.id}/activity`, everyType[0])
  t.is(status, 201)
  t.like(body.items, [everyType[0]!])
})

test('an agent can report its run with an API key', async t => {
  const {ada, project, organizationId} = await server.team(t.title)
  const {key} = await createApiKey(server.db, {organizationId, name: 'welder', role: 'member'})
  const response = await fetch(`${server.url}/api/v1/projects/${project.id}/activity`, {
    method: 'POST',
    headers: {'x-api-key': key, 'content-type': 'application/json'},
    body: JSON.stringify(everyType[0]),
  })
  const {status, body} = await readAnswer(response)
  t.is(status, 201)
  const {items: members} = (await ada.get('/members')).body
  const {actor_user_id} = body.items[0]
  t.like(
    members.find(({id}: {id: string}) => id === actor_user_id),
    {name: 'welder'},
  )
})

test('activities are listed in pages, and the Event-Id of each page is a cursor from which a stream can start', async t => {
  const {ada, project, organizationId} = await server.team(t.title)
  const {body} = await ada.post(`/projects/${project.id}/activity`, [1, 2, 3, 4, 5].map(failure))
  const path = `/projects/${project.id}/activity?limit=2`
  const messages: string[][] = []
  for (let next = ''; next !== null; ) {
    const page = await ada.get(`${path}${next && `&after=${next}`}`)
    t.is(page.headers.get('event-id'), formatCursor(await readHead(server.db, organizationId)))
    messages.push(page.body.items.map(({message}: {message: string}) => message))
    next = page.body.next
  }
  t.deepEqual(messages, [['Failure 5', 'Failure 4'], ['Failure 3', 'Failure 2'], ['Failure 1']])
  t.is(body.items.length, 5)
})

test('when the last of 500 activities is invalid, the error names its index and no activity of the batch is recorded', async t => {
  const {ada, project, organizationId} = await server.team(t.title)
  const path = `/projects/${project.id}/activity`
  const before = await server.stateOf(organizationId)
  const first499 = Array.from({length: 499}, (_, n) => failure(n))
  const refusals: [last: object, path: string][] = [
    [{type: 'workflow.error', workflow: 'test'}, '499.message'],
    [{type: 'agent.started', agent: 'welder'}, '499.run_id'],
    [{type: 'pr.created', pr: {...pr, number: 0}}, '499.pr.number'],
    [{type: 'agent.stopped', ...run}, '499.type'],
    [{...failure(499), timestamp: '2026-01-31T08:15:00.000Z'}, '499'],
  ]
  for (const [last, faultPath] of refusals) {
    const {status, body} = await ada.post(path, [...first499, last])
    t.is(status, 400)
    t.is(body.code, 'invalid-request')
    t.deepEqual(
      body.errors.map(({path}: {path: string}) => path),
      [faultPath],
    )
  }
  const notStarted = await ada.post(path, [...first499, everyType.at(-1)])
  t.like(notStarted.body, {status: 409, code: 'run-not-started', index: 499, ...run})
  t.deepEqual(await server.stateOf(organizationId), before)

  t.is((await ada.post(path, [...first499, failure(499)])).body.items.length, 500)
  const events = await readEvents(server.db, organizationId)
  t.deepEqual(
    events.flatMap(event => (event.type === 'workflow.error' ? [event.message] : [])),
    [...first499, failure(499)].map(({message}) => message),
  )
})

test('a batch of 501 activities, an empty batch, and a body that is not an activity are rejected', async t => {
  const {ada, project, organizationId} = await server.team(t.title)
  const before = await server.stateOf(organizationId)
  const refusals: [body: unknown, path: string, message?: RegExp][] = [
    [Array.from({length: 501}, (_, n) => failure(n)), '', /500/],
    [[], ''],
    ['agent.started', ''],
    [{type: 'task.completed'}, 'type', /agent\.started, agent\.completed, pr\.created/],
    [{}, 'type'],
    [[everyType], '0'],
    [[null], '0'],
    [{...everyType[0], outcome: 'succeeded'}, ''],
    [{...everyType[4], outcome: 'great'}, 'outcome'],
    [{...everyType[0], agent: ' '}, 'agent'],
    [{...everyType[0], run_id: 'x'.repeat(201)}, 'run_id'],
    [{...everyType[0], agent: 'a\u0000b'}, 'agent'],
    [{...everyType[2], message: '\ud800'}, 'message'],
    [{type: 'pr.created', pr: {...pr, url: 'javascript:alert(1)'}}, 'pr.url', /http/],
    [{type: 'pr.created', pr: {...pr, url: '/pull/42'}}, 'pr.url'],
    [{type: 'pr.created', pr: {...pr, colour: 'red'}}, 'pr'],
    [{...everyType[0], actor_user_id: (await ada.caller()).user_id}, ''],
  ]
  for (const [sent, path, message] of refusals) {
    const {body} = await ada.post(`/projects/${project.id}/activity`, sent)
    t.is(body.code, 'invalid-request', JSON.stringify(sent).slice(0, 80))
    t.is(body.errors[0].path, path, JSON.stringify(body))
    if (message) t.regex(body.errors[0].message, message)
  }
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('the start and the completion of a run are each accepted only once, no matter which member reports them', async t => {
  const {ada, bob, project, organizationId} = await server.team(t.title)
  const report = (client: typeof ada, ...activities: unknown[]) =>
    client.post(`/projects/${project.id}/activity`, activities)
  t.is((await report(ada, everyType[4])).body.code, 'run-not-started')
  t.is((await report(ada, everyType[0])).status, 201)
  t.is((await report(bob, everyType[0])).body.code, 'run-already-started')
  t.is((await report(bob, everyType[4])).status, 201)
  const before = await server.stateOf(organizationId)
  t.like((await report(ada, failure(1), everyType[4])).body, {
    code: 'run-already-completed',
    index: 1,
    ...run,
  })
  t.like((await report(ada, everyType[0])).body, {code: 'run-already-started', index: 0, ...run})
  const nextRun = {...run, run_id: 'run-8'}
  const twice = [
    {type: 'agent.started', ...nextRun},
    {...everyType[4], ...nextRun},
    {...everyType[4], ...nextRun},
  ]
  t.like((await report(ada, ...twice)).body, {code: 'run-already-completed', index: 2, ...nextRun})
  t.deepEqual(await server.stateOf(organizationId), before)
  t.is((await report(ada, ...twice.slice(0, 2))).status, 201, 'a rejected batch records nothing')

  const {body: other} = await ada.post('/projects', {name: 'Rover'})
  const elsewhere = await ada.post(`/projects/${other.id}/activity`, everyType[0])
  t.is(elsewhere.status, 201, 'the same run id in another project is a different run')
})

test('when twenty concurrent requests report the same start or the same completion, exactly one request is accepted', async t => {
  const {ada, project, organizationId} = await server.team(t.title)
  const {seq} = await readHead(server.db, organizationId)
  for (const [activity, code] of [
    [everyType[0], 'run-already-started'],
    [everyType[4], 'run-already-completed'],
  ] as const) {
    const requests = Array.from({length: 20}, (_, n) =>
      // Each request also starts an extra run. In half of the requests, the extra run is sorted before the shared run.
      // In the remaining requests, the extra run is sorted after the shared run. The server locks the runs in their
      // sort order. Without this order, the requests could deadlock.
      ada.post(`/projects/${project.id}/activity`, [
        {type: 'agent.started', agent: n % 2 ? 'a' : 'z', run_id: `${code} ${n}`},
        activity,
      ]),
    )
    const answers = await Promise.all(requests)
    t.is(answers.filter(({status}) => status === 201).length, 1)
    t.is(answers.filter(({body}) => body.code === code).length, 19)
  }
  const types = (await readEvents(server.db, organizationId, seq)).map(({type}) => type)
  t.deepEqual(types, ['agent.started', 'agent.started', 'agent.started', 'agent.completed'])
})

test('deleting a project deletes its activities', async t => {
  const {ada, root, project} = await server.team(t.title)
  await ada.post(`/projects/${project.id}/activity`, everyType)
  t.is((await root.delete(`/projects/${project.id}`)).status, 204)
  for (const table of ['activities', 'agent_runs'] as const) {
    const rows = await server.db.selectFrom(table).where('project_id', '=', project.id).selectAll().execute()
    t.deepEqual(rows, [])
  }
  t.is((await ada.get(`/projects/${project.id}/activity`)).body.code, 'project-not-found')
})
