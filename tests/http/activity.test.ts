// What agents, pipelines and pull requests tell: on the dashboard's stream, and in its past.
import {formatCursor} from '../../src/board/cursor.ts'
import {createApiKey} from '../../src/identity/api-keys.ts'
import {pruneEvents, readHead} from '../../src/store/event-log.ts'
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
const all = [
  {type: 'agent.started', ...run},
  {type: 'pr.created', pr},
  {type: 'workflow.error', workflow: 'test', message: 'Line 1\nLine 2'},
  {type: 'pr.merged', pr},
  {type: 'agent.completed', ...run, outcome: 'succeeded'},
]
const error = (n: number) => ({type: 'workflow.error', workflow: 'test', message: `Failure ${n}`})

test('what is told in one request is streamed in its order, at one time, and listed newest first', async t => {
  const {ada, project, organizationId} = await server.team(t.title)
  const token = await server.tokenFor({sub: 'ada', org: t.title, role: 'member', name: 'Ada'})
  const url = `${server.url}/api/v1/events/projects?project_id=${project.id}&token=${token}`
  const stream = await Stream.open(url)
  t.teardown(() => stream.close())
  await stream.waitFor('stream.ready')

  const {status, headers, body} = await ada.post(`/projects/${project.id}/activity`, all)
  t.is(status, 201)
  t.is(headers.get('location'), `/api/v1/projects/${project.id}/activity`)
  const {user_id} = await ada.caller()
  await stream.waitFor('agent.completed')
  const [{timestamp}] = body.items
  const facts = {timestamp, actor_user_id: user_id, project_id: project.id}
  const told = stream.events.map(({data}) => data)
  t.deepEqual(
    told,
    all.map(activity => ({...facts, ...activity})),
  )
  t.is(stream.lastEventId, headers.get('event-id')!)
  t.deepEqual(
    body.items.map(({id: _, ...event}: {id: string}) => event),
    told,
  )

  await pruneEvents(server.db, organizationId, (await readHead(server.db, organizationId)).seq)
  const list = await ada.get(`/projects/${project.id}/activity`)
  t.deepEqual(list.body, {items: body.items.toReversed(), next: null})
  t.is(list.headers.get('event-id'), headers.get('event-id'))
})

test('one activity is told as it is', async t => {
  const {ada, project} = await server.team(t.title)
  const {status, body} = await ada.post(`/projects/${project.id}/activity`, all[0])
  t.is(status, 201)
  t.like(body.items, [all[0]!])
})

test('an agent with an API key tells of its run', async t => {
  const {ada, project, organizationId} = await server.team(t.title)
  const {key} = await createApiKey(server.db, {organizationId, name: 'welder', role: 'member'})
  const response = await fetch(`${server.url}/api/v1/projects/${project.id}/activity`, {
    method: 'POST',
    headers: {'x-api-key': key, 'content-type': 'application/json'},
    body: JSON.stringify(all[0]),
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

test('the past is given in pages, whose cursor a stream goes on from', async t => {
  const {ada, project, organizationId} = await server.team(t.title)
  const {body} = await ada.post(`/projects/${project.id}/activity`, [1, 2, 3, 4, 5].map(error))
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

test('500 activities are told at once; when the 500th is wrong, its index is named and none is told', async t => {
  const {ada, project, organizationId} = await server.team(t.title)
  const path = `/projects/${project.id}/activity`
  const before = await server.stateOf(organizationId)
  const many = Array.from({length: 499}, (_, n) => error(n))
  const refusals: [last: object, path: string][] = [
    [{type: 'workflow.error', workflow: 'test'}, '499.message'],
    [{type: 'agent.started', agent: 'welder'}, '499.run_id'],
    [{type: 'pr.created', pr: {...pr, number: 0}}, '499.pr.number'],
    [{type: 'agent.stopped', ...run}, '499.type'],
    [{...error(499), timestamp: '2026-01-31T08:15:00.000Z'}, '499'],
  ]
  for (const [last, fault] of refusals) {
    const {status, body} = await ada.post(path, [...many, last])
    t.is(status, 400)
    t.is(body.code, 'invalid-request')
    t.deepEqual(
      body.errors.map(({path}: {path: string}) => path),
      [fault],
    )
  }
  const unbegun = await ada.post(path, [...many, all.at(-1)])
  t.like(unbegun.body, {status: 409, code: 'run-not-started', index: 499, ...run})
  t.deepEqual(await server.stateOf(organizationId), before)

  t.is((await ada.post(path, [...many, error(499)])).body.items.length, 500)
  const events = await readEvents(server.db, organizationId)
  t.deepEqual(
    events.flatMap(event => (event.type === 'workflow.error' ? [event.message] : [])),
    [...many, error(499)].map(({message}) => message),
  )
})

test('501 activities, none, or what is no activity is refused', async t => {
  const {ada, project, organizationId} = await server.team(t.title)
  const before = await server.stateOf(organizationId)
  const refusals: [body: unknown, path: string, message?: RegExp][] = [
    [Array.from({length: 501}, (_, n) => error(n)), '', /500/],
    [[], ''],
    ['agent.started', ''],
    [{type: 'task.completed'}, 'type', /agent\.started, agent\.completed, pr\.created/],
    [{}, 'type'],
    [[all], '0'],
    [[null], '0'],
    [{...all[0], outcome: 'succeeded'}, ''],
    [{...all[4], outcome: 'great'}, 'outcome'],
    [{...all[0], agent: ' '}, 'agent'],
    [{...all[0], run_id: 'x'.repeat(201)}, 'run_id'],
    [{...all[0], agent: 'a\u0000b'}, 'agent'],
    [{...all[2], message: '\ud800'}, 'message'],
    [{type: 'pr.created', pr: {...pr, url: 'javascript:alert(1)'}}, 'pr.url', /http/],
    [{type: 'pr.created', pr: {...pr, url: '/pull/42'}}, 'pr.url'],
    [{type: 'pr.created', pr: {...pr, colour: 'red'}}, 'pr'],
    [{...all[0], actor_user_id: (await ada.caller()).user_id}, ''],
  ]
  for (const [sent, path, message] of refusals) {
    const {body} = await ada.post(`/projects/${project.id}/activity`, sent)
    t.is(body.code, 'invalid-request', JSON.stringify(sent).slice(0, 80))
    t.is(body.errors[0].path, path, JSON.stringify(body))
    if (message) t.regex(body.errors[0].message, message)
  }
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('a run begins once and ends once, whoever tells it', async t => {
  const {ada, bob, project, organizationId} = await server.team(t.title)
  const tell = (client: typeof ada, ...activities: unknown[]) =>
    client.post(`/projects/${project.id}/activity`, activities)
  t.is((await tell(ada, all[4])).body.code, 'run-not-started')
  t.is((await tell(ada, all[0])).status, 201)
  t.is((await tell(bob, all[0])).body.code, 'run-already-started')
  t.is((await tell(bob, all[4])).status, 201)
  const before = await server.stateOf(organizationId)
  t.like((await tell(ada, error(1), all[4])).body, {code: 'run-already-completed', index: 1, ...run})
  t.like((await tell(ada, all[0])).body, {code: 'run-already-started', index: 0, ...run})
  const again = {...run, run_id: 'run-8'}
  const twice = [
    {type: 'agent.started', ...again},
    {...all[4], ...again},
    {...all[4], ...again},
  ]
  t.like((await tell(ada, ...twice)).body, {code: 'run-already-completed', index: 2, ...again})
  t.deepEqual(await server.stateOf(organizationId), before)
  t.is((await tell(ada, ...twice.slice(0, 2))).status, 201, 'what was refused left nothing')

  const {body: other} = await ada.post('/projects', {name: 'Rover'})
  const elsewhere = await ada.post(`/projects/${other.id}/activity`, all[0])
  t.is(elsewhere.status, 201, 'the same run of another project is another run')
})

test('of twenty who tell at once that a run begins, and then that it ends, one is heard', async t => {
  const {ada, project, organizationId} = await server.team(t.title)
  const {seq} = await readHead(server.db, organizationId)
  for (const [activity, code] of [
    [all[0], 'run-already-started'],
    [all[4], 'run-already-completed'],
  ] as const) {
    const told = Array.from({length: 20}, (_, n) =>
      // Each with a run of its own before and after, so that they lock several in different orders.
      ada.post(`/projects/${project.id}/activity`, [
        {type: 'agent.started', agent: n % 2 ? 'a' : 'z', run_id: `${code} ${n}`},
        activity,
      ]),
    )
    const answers = await Promise.all(told)
    t.is(answers.filter(({status}) => status === 201).length, 1)
    t.is(answers.filter(({body}) => body.code === code).length, 19)
  }
  const types = (await readEvents(server.db, organizationId, seq)).map(({type}) => type)
  t.deepEqual(types, ['agent.started', 'agent.started', 'agent.started', 'agent.completed'])
})

test('deleting a project takes its activity along', async t => {
  const {ada, project} = await server.team(t.title)
  await ada.post(`/projects/${project.id}/activity`, all)
  t.is((await ada.delete(`/projects/${project.id}`)).status, 204)
  for (const table of ['activities', 'agent_runs'] as const) {
    const rows = await server.db.selectFrom(table).where('project_id', '=', project.id).selectAll().execute()
    t.deepEqual(rows, [])
  }
  t.is((await ada.get(`/projects/${project.id}/activity`)).body.code, 'project-not-found')
})
