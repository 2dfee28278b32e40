import test, {type ExecutionContext} from 'ava'
import {formatCursor} from '../../src/board/cursor.ts'
import {maxOpenTasks, maxPresenceSprints} from '../../src/board/presence.ts'
import {readHead} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {namesOn, presenceOn, waitForNames} from '../helpers/presence.ts'
import {readAnswer, type Server, startServer, type Who} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

/** The grace of `server` is short, and the grace of `patient` is longer than any test. */
let server: Server
let patient: Server

test.before(async () => {
  const limits = {presenceIntervalMs: 50, presenceGraceMs: 300, openTaskLeaseMs: 60_000}
  server = await startServer({live: {limits}})
  patient = await startServer({
    store: server.store,
    live: {limits: {...limits, presenceGraceMs: 600_000, accessCheckDelayMs: 10}},
  })
})
test.after.always(async () => {
  await patient.close()
  await server.close()
})

async function newTeam(t: ExecutionContext, at = server) {
  const team = await at.team(t.title)
  const whoIs = (sub: string): Who => ({
    sub,
    org: t.title,
    role: sub === 'vic' ? 'viewer' : 'member',
    name: sub[0]!.toUpperCase() + sub.slice(1),
  })
  const open = async (sub: string, query = `sprint_id=${team.sprint.id}&presence=true`, path = '/tasks') => {
    const token = await at.tokenFor(whoIs(sub))
    const stream = await Stream.open(`${at.url}/api/v1/events${path}?token=${token}&${query}`)
    t.teardown(() => stream.close())
    return stream
  }
  const openReady = async (...args: Parameters<typeof open>) => {
    const stream = await open(...args)
    await stream.waitFor('presence.state')
    return stream
  }
  return {...team, whoIs, open, openReady}
}

const typesOf = (stream: Stream) =>
  stream.received.map(({data}) => data.type).filter(type => type !== 'stream.heartbeat')

test('a stream receives who has the board open after stream.ready, and then who joins and leaves, in blocks without an id', async t => {
  const {openReady, ada} = await newTeam(t)
  const first = await openReady('ada')
  t.deepEqual(typesOf(first), ['stream.open', 'stream.ready', 'presence.state'])
  const {user_id} = await ada.caller()
  const state = await first.waitFor('presence.state')
  t.like(state, {event: 'presence.state', id: undefined})
  t.deepEqual(state.data.members, [{user_id, name: 'Ada', task_ids: []}])
  t.is(state.data.more, 0)

  const second = await openReady('bob')
  t.deepEqual(namesOn(second), ['Ada', 'Bob'])
  const joined = await first.waitFor('presence.changed')
  t.like(joined, {event: 'presence.changed', id: undefined})
  t.deepEqual(
    joined.data.joined.map(({name}: {name: string}) => name),
    ['Bob'],
  )
  t.deepEqual([joined.data.left, joined.data.updated], [[], []])
  second.close()
  await waitForNames(first, 'Ada')
  t.false(first.received.some(({data, id}) => data.type.startsWith('presence.') && id !== undefined))
})

test('a member with three streams is one member, and stays until the last stream ends', async t => {
  const {openReady, sprint} = await newTeam(t)
  const watcher = await openReady('vic')
  const streams = [
    await openReady('ada'),
    await openReady('ada'),
    await openReady('ada', `sprint_id=${sprint.id}&presence=true&framing=message`),
  ]
  await waitForNames(watcher, 'Ada', 'Vic')
  for (const stream of streams.slice(1)) stream.close()
  const bob = await openReady('bob')
  await waitForNames(watcher, 'Ada', 'Bob', 'Vic')
  bob.close()
  await waitForNames(watcher, 'Ada', 'Vic')
  streams[0]!.close()
  await waitForNames(watcher, 'Vic')
  t.true(presenceOn(watcher).members.length === 1)
})

test('a stream without presence=true does not show its member, and receives no presence', async t => {
  const {open, openReady, sprint} = await newTeam(t)
  const plain = await open('ada', `sprint_id=${sprint.id}`)
  const refused = await open('ada', `sprint_id=${sprint.id}&presence=false`)
  await Promise.all([plain.waitFor('stream.ready'), refused.waitFor('stream.ready')])
  const watcher = await openReady('bob')
  await waitForNames(watcher, 'Bob')
  const other = await openReady('vic')
  await waitForNames(watcher, 'Bob', 'Vic')
  t.deepEqual(namesOn(other), ['Bob', 'Vic'])
  for (const stream of [plain, refused]) t.deepEqual(typesOf(stream), ['stream.open', 'stream.ready'])
})

test('presence without a sprint or with too many sprints is refused, also for a ticket', async t => {
  const {ada, open, sprint} = await newTeam(t)
  const many = Array.from({length: maxPresenceSprints + 1}, () => `&sprint_id=${newId()}`).join('')
  const queries = [`presence=yes&sprint_id=${sprint.id}`, 'presence=true', `presence=true${many}`]
  for (const query of queries) {
    const stream = await open('ada', query)
    await stream.ended()
    t.is(stream.status, 400)
  }
  const answer = await ada.post('/events/tickets', {topics: ['tasks'], presence: true})
  t.is(answer.status, 400)
  t.regex(answer.body.detail, /at least one/)
})

test('the stream of a ticket has the presence that the ticket selects', async t => {
  const {ada, sprint} = await newTeam(t)
  const {body} = await ada.post('/events/tickets', {sprint_id: [sprint.id], presence: true})
  const stream = await Stream.open(`${server.url}/api/v1/events?ticket=${body.ticket}`)
  t.teardown(() => stream.close())
  await waitForNames(stream, 'Ada')
  t.is(typesOf(stream)[2], 'presence.state')
  t.is((await stream.waitFor('presence.state')).event, 'presence.state')
})

test('a poll shows its member and receives the presence, and the grace covers the time between two polls', async t => {
  const {openReady, sprint, whoIs} = await newTeam(t, patient)
  const watcher = await openReady('bob')
  const poll = async () => {
    const token = await patient.tokenFor({...whoIs('ada'), name: 'Zoë “Z” 李'})
    const query = `token=${token}&sprint_id=${sprint.id}&presence=true&wait=0`
    const url = `${patient.url}/api/v1/events/tasks?${query}`
    return readAnswer(await fetch(url, {headers: {accept: 'application/json'}}))
  }
  const {body} = await poll()
  t.deepEqual(body.presence[0].members.map(({name}: {name: string}) => name).sort(), ['Bob', 'Zoë “Z” 李'])
  t.like(body.presence[0], {sprint_id: sprint.id, more: 0})
  await waitForNames(watcher, 'Bob', 'Zoë “Z” 李')
  await poll()
  t.is(presenceOn(watcher).members.length, 2)
})

test('members see which tasks the tabs of another member show', async t => {
  const {openReady, ada, bob, vic, sprint, task} = await newTeam(t)
  const path = `/sprints/${sprint.id}/presence`
  const watcher = await openReady('ada')
  t.is((await bob.put(path, {client_id: 'tab-1', task_id: task.id})).status, 204)
  t.deepEqual((await ada.get(path)).body.members.length, 1, 'Bob has no stream')
  const stream = await openReady('bob')
  const tasksOf = (name: string) => presenceOn(watcher).members.find(member => member.name === name)?.task_ids
  await watcher.waitUntil(() => tasksOf('Bob')?.join() === task.id)
  t.deepEqual((await vic.get(path)).body, {sprint_id: sprint.id, ...presenceOn(stream)})
  t.is((await bob.put(path, {client_id: 'tab-2', task_id: null})).status, 204)
  t.is((await bob.put(path, {client_id: 'tab-1', task_id: null})).status, 204)
  await watcher.waitUntil(() => tasksOf('Bob')?.length === 0)
  await openReady('vic')
  t.is((await vic.put(path, {client_id: 'tab-1', task_id: task.id})).status, 204, 'viewers report too')
  await watcher.waitUntil(() => tasksOf('Vic')?.length === 1)
})

test('reports about unknown boards and tasks are refused, and so are invalid reports', async t => {
  const {ada, sprint, project, task} = await newTeam(t)
  const other = await server.team(`${t.title}, elsewhere`)
  const put = async (sprintId: string, body: object) =>
    (await ada.put(`/sprints/${sprintId}/presence`, body)).body?.code
  const client_id = 'tab'
  t.is(await put(other.sprint.id, {client_id, task_id: null}), 'sprint-not-found')
  t.is(await put(newId(), {client_id, task_id: null}), 'sprint-not-found')
  t.is(await put(sprint.id, {client_id, task_id: other.task.id}), 'task-not-found')
  const {body: later} = await ada.post(`/projects/${project.id}/sprints`, {name: 'Later'})
  t.is(await put(later.id, {client_id, task_id: task.id}), 'task-not-found')
  for (const body of [{}, {client_id}, {client_id: '', task_id: null}, {client_id: 'a b', task_id: null}])
    t.is(await put(sprint.id, body), 'invalid-request')
  t.is((await ada.get(`/sprints/${other.sprint.id}/presence`)).body.code, 'sprint-not-found')
})

test('a member can send a limited number of reports per minute', async t => {
  const limited = await startServer({store: server.store, rateLimits: {presenceUpdatesPerUser: 2}})
  t.teardown(() => limited.close())
  const {ada, bob, sprint} = await limited.team(t.title)
  const report = (by: typeof ada) =>
    by.put(`/sprints/${sprint.id}/presence`, {client_id: 'tab', task_id: null})
  t.deepEqual([(await report(ada)).status, (await report(ada)).status], [204, 204])
  const refused = await report(ada)
  t.like(refused.body, {code: 'rate-limited', setting: 'MAX_PRESENCE_UPDATES_PER_MINUTE', limit: 2})
  t.is((await report(bob)).status, 204)
})

test('members of another organization see nothing, even if they ask for the same sprint', async t => {
  const {openReady, sprint, task, bob} = await newTeam(t)
  const stranger = await server.tokenFor({sub: 'eve', org: `${t.title}, elsewhere`, name: 'Eve'})
  const query = `token=${stranger}&sprint_id=${sprint.id}&presence=true`
  const foreign = await Stream.open(`${server.url}/api/v1/events/tasks?${query}`)
  t.teardown(() => foreign.close())
  await waitForNames(foreign, 'Eve')
  const watcher = await openReady('ada')
  await openReady('bob')
  await bob.put(`/sprints/${sprint.id}/presence`, {client_id: 'tab', task_id: task.id})
  await watcher.waitUntil(() => presenceOn(watcher).members.some(({task_ids}) => task_ids.length > 0))
  t.deepEqual(namesOn(watcher), ['Ada', 'Bob'])
  const again = await Stream.open(`${server.url}/api/v1/events/tasks?${query}`)
  t.teardown(() => again.close())
  await waitForNames(again, 'Eve')
  t.deepEqual(namesOn(foreign), ['Eve'])
})

test('a stream of several sprints shows the presence of each board, and its member on each board', async t => {
  const {ada, open, openReady, project, sprint} = await newTeam(t)
  const {body: other} = await ada.post(`/projects/${project.id}/sprints`, {name: 'Other'})
  const both = await open('ada', `sprint_id=${sprint.id}&sprint_id=${other.id}&presence=true`)
  await both.waitUntil(() => typesOf(both).filter(type => type === 'presence.state').length === 2)
  const one = await openReady('bob')
  const another = await openReady('vic', `sprint_id=${other.id}&presence=true`)
  const names = (id: string) => presenceOn(both, id).members.map(({name}) => name)
  await both.waitUntil(() => names(sprint.id).length === 2 && names(other.id).length === 2)
  t.deepEqual(
    [names(sprint.id).sort(), names(other.id).sort()],
    [
      ['Ada', 'Bob'],
      ['Ada', 'Vic'],
    ],
  )
  t.deepEqual(
    [namesOn(one), namesOn(another)],
    [
      ['Ada', 'Bob'],
      ['Ada', 'Vic'],
    ],
  )
  both.close()
  await Promise.all([waitForNames(one, 'Bob'), waitForNames(another, 'Vic')])
})

test('presence writes nothing to the event log', async t => {
  const {openReady, ada, organizationId, sprint, task} = await newTeam(t)
  const head = async () => formatCursor(await readHead(server.db, organizationId))
  await ada.caller()
  const before = await head()
  const stream = await openReady('ada')
  await ada.put(`/sprints/${sprint.id}/presence`, {client_id: 'tab', task_id: task.id})
  await stream.waitUntil(() => presenceOn(stream).members[0]!.task_ids.length === 1)
  t.is(await head(), before)
})

test('a removed member and a revoked API key leave at once', async t => {
  const {openReady, root, ada, sprint} = await newTeam(t, patient)
  const watcher = await openReady('ada')
  const removed = await openReady('vic')
  const {body: key} = await root.post('/api-keys', {name: 'CI', role: 'viewer'})
  const byKey = await Stream.open(
    `${patient.url}/api/v1/events/tasks?api_key=${key.key}&sprint_id=${sprint.id}&presence=true`,
  )
  t.teardown(() => byKey.close())
  await waitForNames(watcher, 'Ada', 'CI', 'Vic')
  const {body: members} = await ada.get('/members')
  const vic = members.items.find(({name}: {name: string}) => name === 'Vic')
  t.is((await root.delete(`/members/${vic.id}`)).status, 204)
  await removed.ended()
  await waitForNames(watcher, 'Ada', 'CI')
  t.is((await root.delete(`/api-keys/${key.id}`)).status, 204)
  await waitForNames(watcher, 'Ada')
})

test('another name of a present member is shown', async t => {
  const {openReady, whoIs} = await newTeam(t, patient)
  const watcher = await openReady('ada')
  await openReady('bob')
  await waitForNames(watcher, 'Ada', 'Bob')
  await patient.as({...whoIs('bob'), name: 'Robert'}).caller()
  await waitForNames(watcher, 'Ada', 'Robert')
  t.false(watcher.received.some(({data}) => data.left?.length > 0))
})

test('members who open and close streams quickly cause at most one block per interval', async t => {
  const slow = await startServer({
    store: server.store,
    live: {limits: {presenceIntervalMs: 60_000, presenceGraceMs: 0}},
  })
  t.teardown(() => slow.close())
  const {open, openReady, bob, sprint, task} = await newTeam(t, slow)
  const watcher = await openReady('ada')
  for (let n = 0; n < 20; n++) {
    const stream = await open(n % 2 ? 'bob' : 'vic')
    await stream.waitFor('presence.state')
    stream.close()
    await until(() => slow.live.stats().streams === 1)
  }
  await bob.put(`/sprints/${sprint.id}/presence`, {client_id: 'tab', task_id: task.id})
  await bob.post(`/tasks/${task.id}/comments`, {body: 'Done', mentions: []})
  await watcher.waitFor('task.commented')
  const changes = watcher.received.filter(({data}) => data.type === 'presence.changed')
  t.true(changes.length <= 1, `${changes.length} blocks`)
})

test('the list of open tasks is bounded', async t => {
  const {openReady, ada, story, sprint} = await newTeam(t)
  const stream = await openReady('ada')
  for (let n = 0; n < maxOpenTasks + 2; n++) {
    const {body: task} = await ada.post(`/stories/${story.id}/tasks`, {title: `Task ${n}`})
    await ada.put(`/sprints/${sprint.id}/presence`, {client_id: `tab-${n}`, task_id: task.id})
  }
  await stream.waitUntil(() => presenceOn(stream).members[0]!.task_ids.length === maxOpenTasks)
  t.is((await ada.get(`/sprints/${sprint.id}/presence`)).body.members[0].task_ids.length, maxOpenTasks)
})
