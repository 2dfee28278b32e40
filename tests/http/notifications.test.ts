// Tests which events notify which members. Also tests how the server lists notifications, and how notifications
// are marked as read on all devices of a member.
import type {ExecutionContext} from 'ava'
import {parseCursor} from '../../src/board/cursor.ts'
import {pruneEvents, readHead} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {type Client, type Server, startServer, type Team} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'

let server: Server
test.before(async () => {
  server = await startServer({databaseUrl: await createDatabase()})
})
test.after.always(() => server.close())

const idsOf = (items: readonly {id: string}[]) => items.map(({id}) => id)
const userIdOf = async (client: Client) => (await client.caller()).user_id
const listOf = async (client: Client, query = '') => (await client.get(`/notifications${query}`)).body
const seqOf = (cursor: string | null | undefined) => parseCursor(cursor ?? '')!.seq

/** The causes of notifications. For each cause, `root` or `bob` changes a task that Ada owns and has started. */
const changes: Record<string, (team: Team) => Promise<unknown>> = {
  ownership_released: ({root, task}) => root.delete(`/tasks/${task.id}/ownership`),
  ownership_transferred: async ({root, task}) =>
    root.put(`/tasks/${task.id}/ownership`, {owner_user_id: (await root.caller()).user_id}),
  'task.completed': ({root, task}) => root.put(`/tasks/${task.id}/status`, {status: 'completed'}),
  'task.failed': ({root, task}) => root.put(`/tasks/${task.id}/status`, {status: 'failed'}),
  'task.cancelled': ({root, task}) => root.put(`/tasks/${task.id}/status`, {status: 'cancelled'}),
  'task.moved': async ({bob, task}) => {
    const {body: story} = await bob.post(`/projects/${task.project_id}/stories`, {title: 'Other'})
    return bob.patch(`/tasks/${task.id}`, {story_id: story.id})
  },
  'task.commented': ({bob, task}) => bob.post(`/tasks/${task.id}/comments`, {body: 'Mind the valve'}),
}

for (const [cause, makeChange] of Object.entries(changes)) {
  test(`${cause} by another member notifies the task’s owner; notification.created directly follows the event that caused it`, async t => {
    const team = await teamWithTask(t)
    const {ada, bob, root, vic, task, organizationId} = team
    const stream = await watch(t)
    await makeChange(team)
    const {items, unread_count} = await listOf(ada)
    t.is(items.length, 1)
    t.is(unread_count, 1)
    t.like(items[0], {cause, task_id: task.id, title: task.title, read_at: null})
    t.not(items[0].actor_user_id, await userIdOf(ada))

    const created = await stream.waitFor('notification.created')
    t.deepEqual(created.data.notification, items[0])
    const {body: now} = await ada.get(`/tasks/${task.id}`)
    t.like(created.data, {project_id: task.project_id, story_id: now.story_id, task_id: task.id})
    const events = await readEvents(server.db, organizationId)
    const index = events.findIndex(({type}) => type === 'notification.created')
    t.like(events[index - 1], {type: cause, timestamp: events[index]!.timestamp})
    for (const other of [bob, root, vic]) t.deepEqual((await listOf(other)).items, [])
  })
}

test('the list counts the unread notifications of each project, and a read notification no longer counts', async t => {
  const {ada, bob, project} = await server.team(t.title)
  const other = (await bob.post('/projects', {name: 'Rover'})).body
  const ask = async ({id}: {id: string}) =>
    bob.post(`/projects/${id}/escalations`, {question: 'Which?', assignee_user_id: await userIdOf(ada)})
  for (const asked of [project, project, other]) await ask(asked)
  const counts = async () => (await listOf(ada)).unread_by_project
  t.deepEqual(await counts(), [
    {project_id: project.id, count: 2},
    {project_id: other.id, count: 1},
  ])
  const {items} = await listOf(ada)
  await ada.put(`/notifications/${items[0].id}/read`)
  t.deepEqual(await counts(), [{project_id: project.id, count: 2}])
  t.deepEqual((await listOf(bob)).unread_by_project, [])
})

test('an escalation notifies its assignee, and the response to the escalation notifies the member who created the escalation', async t => {
  const {ada, bob, project, root} = await server.team(t.title)
  const question = {question: 'May we vent?', assignee_user_id: await userIdOf(ada)}
  const {body: escalation} = await bob.post(`/projects/${project.id}/escalations`, question)
  const assigned = {
    cause: 'escalation.created',
    escalation_id: escalation.id,
    escalation_kind: 'question',
    title: 'May we vent?',
    text: null,
  }
  t.like((await listOf(ada)).items, [assigned])
  await root.post(`/escalations/${escalation.id}/response`, {response: 'Slowly.'})
  const answered = {...assigned, cause: 'escalation.responded', text: 'Slowly.'}
  t.like((await listOf(bob)).items, [answered])
  t.is((await listOf(ada)).items.length, 1, 'the response of another member does not notify the assignee')
})

test('a mentioned viewer is notified and can mark the notification as read; when the owner of the task is mentioned, the owner is notified only once', async t => {
  const {ada, bob, vic, task} = await teamWithTask(t)
  const mentions = [await userIdOf(vic), await userIdOf(ada), await userIdOf(bob)]
  const {body: comment} = await bob.post(`/tasks/${task.id}/comments`, {body: 'All of you', mentions})
  for (const client of [vic, ada]) {
    const {items} = await listOf(client)
    t.like(items, [{cause: 'task.commented', comment_id: comment.id, text: 'All of you'}])
    t.is(items.length, 1)
  }
  t.deepEqual((await listOf(bob)).items, [])
  const [{id}] = (await listOf(vic)).items
  t.is((await vic.put(`/notifications/${id}/read`)).status, 200)
  t.is(
    (await ada.put(`/notifications/${id}/read`)).body.code,
    'notification-not-found',
    'the notification belongs to vic',
  )
  t.is((await listOf(ada)).unread_count, 1)
})

test('a mention of a member of another organization is rejected, and no member is notified', async t => {
  const {ada, bob, task, organizationId} = await teamWithTask(t)
  const theirs = await server.team(`${t.title}, theirs`)
  const before = await server.stateOf(organizationId)
  const mentions = [await userIdOf(ada), await userIdOf(theirs.ada)]
  const {body} = await bob.post(`/tasks/${task.id}/comments`, {body: 'Hey', mentions})
  t.is(body.code, 'member-not-found')
  t.deepEqual(await server.stateOf(organizationId), before)
  t.deepEqual((await listOf(theirs.ada)).items, [])
})

test('edits, deletions and a member’s own changes cause no notifications, and the creator of a task gets no notification when another member owns the task', async t => {
  const {ada, bob, root, task, story} = await server.team(t.title)
  await bob.put(`/tasks/${task.id}/ownership`)
  await bob.put(`/tasks/${task.id}/status`, {status: 'in_progress'})
  await root.patch(`/tasks/${task.id}`, {title: 'Fill it'})
  await root.put(`/stories/${story.id}/status`, {status: 'in_progress'})
  await bob.put(`/tasks/${task.id}/status`, {status: 'completed'})
  await root.put(`/tasks/${task.id}/status`, {status: 'available'})
  await root.delete(`/tasks/${task.id}`)
  for (const client of [ada, bob, root]) t.deepEqual((await listOf(client)).items, [])
})

test('moving 100 tasks notifies every owner in one change, and moving their story notifies nobody; an owner can mark all notifications as read in one request', async t => {
  const {ada, bob, root, sprint, project, organizationId} = await server.team(t.title)
  const storyIds = await Promise.all(
    ['One', 'Two'].map(async title => {
      const path = `/projects/${project.id}/stories`
      return (await root.post(path, {title, sprint_id: sprint.id})).body.id
    }),
  )
  const created = await Promise.all(
    Array.from({length: 100}, (_, n) => root.post(`/stories/${storyIds[0]}/tasks`, {title: `Task ${n}`})),
  )
  const task_ids = idsOf(created.map(({body}) => body))
  await Promise.all(task_ids.map((id, n) => (n > 0 ? ada : bob).put(`/tasks/${id}/ownership`)))
  await root.patch(`/stories/${storyIds[0]}`, {sprint_id: null})
  t.deepEqual((await listOf(ada)).items, [])
  const moveTo = (story_id: string) => root.post('/tasks/changes', {task_ids, changes: {story_id}})
  const {seq} = await readHead(server.db, organizationId)
  t.is((await moveTo(storyIds[1])).status, 200)
  const events = await readEvents(server.db, organizationId, seq)
  t.is(events.length, 100 + 100)
  t.is(new Set(events.map(({timestamp}) => timestamp)).size, 1)

  const pages: any[] = []
  for (let next = ''; next !== null; ) {
    const page = await listOf(ada, `?limit=40${next && `&after=${next}`}`)
    t.is(page.unread_count, 99)
    pages.push(page.items)
    next = page.next
  }
  t.deepEqual(
    pages.map(({length}) => length),
    [40, 40, 19],
  )
  const movedTasks = events.flatMap(event => (event.type === 'task.moved' ? [event.task] : []))
  const tasksOfAda = task_ids.slice(1)
  t.deepEqual(
    pages.flat().map(({task_id}) => task_id),
    movedTasks
      .map(({id}) => id)
      .filter(id => tasksOfAda.includes(id))
      .reverse(),
    'notifications are listed newest first',
  )

  for (let move = 0; move < 10; move++) {
    await moveTo(storyIds[move % 2])
  }
  const {headers, body: all} = await ada.get('/notifications')
  t.is(all.unread_count, 1_000, 'the count is at most 1,000')
  t.like(await listOf(ada, '?unread=true&limit=1'), {
    unread_count: 1_000,
    unread_by_project: [{project_id: project.id, count: 1_000}],
  })
  const {body: answer} = await ada.put('/notifications/read', {up_to: headers.get('event-id')})
  t.deepEqual(answer, {read: 1_089})
  const read = (await readEvents(server.db, organizationId)).filter(({type}) => type === 'notification.read')
  t.deepEqual(
    read.map(event => event.type === 'notification.read' && event.notification_ids.length),
    [1_000, 89],
    'an event lists at most 1,000 notifications',
  )
})

test('when a notification is read on one device, the other devices learn that the notification is read: from the list, from open streams and from resumed streams', async t => {
  const {ada, bob, task, organizationId} = await teamWithTask(t)
  const [reader, second, third, offline] = await Promise.all(['', '', '', ''].map(() => watch(t)))
  const offlineAt = offline!.lastEventId!
  offline!.close()

  await bob.post(`/tasks/${task.id}/comments`, {body: 'One'})
  await bob.post(`/tasks/${task.id}/comments`, {body: 'Two'})
  const created = await reader!.waitFor(({data}) => data?.notification?.text === 'One')
  const {status, body, headers} = await ada.put(`/notifications/${created.data.notification.id}/read`)
  t.is(status, 200)
  t.deepEqual({...body, read_at: null}, created.data.notification)
  t.truthy(body.read_at)

  for (const device of [reader!, second!, third!]) {
    const read = await device.waitFor('notification.read')
    t.deepEqual(read.data, {
      type: 'notification.read',
      timestamp: body.read_at,
      actor_user_id: await userIdOf(ada),
      notification_ids: [body.id],
    })
    t.is(read.id, headers.get('event-id')!)
  }
  const resumed = await watch(t, {'last-event-id': offlineAt})
  await resumed.waitFor('stream.ready')
  t.deepEqual(resumed.events, second!.events)
  t.deepEqual(
    resumed.events.map(({data}) => data.type),
    ['task.commented', 'notification.created', 'task.commented', 'notification.created', 'notification.read'],
  )

  await pruneEvents(server.db, organizationId, seqOf(resumed.lastEventId))
  // This part of the test uses another server, because `server` still has the pruned events in memory.
  const other = await startServer({store: server.store})
  t.teardown(() => other.close())
  const expired = await watch(t, {'last-event-id': offlineAt}, other)
  t.is((await expired.waitFor('stream.reset')).data.reason, 'expired')
  const all = await ada.get('/notifications')
  t.is(all.headers.get('event-id'), headers.get('event-id'))
  t.deepEqual(
    all.body.items.map(({text, read_at}: any) => [text, read_at]),
    [
      ['Two', null],
      ['One', body.read_at],
    ],
  )
  t.deepEqual((await listOf(ada, '?unread=true')).items, all.body.items.slice(0, 1))
  t.deepEqual(await listOf(ada, '?unread=false'), all.body)
  t.is(all.body.unread_count, 1)
})

test('when a notification is already read, a request to mark the notification as read returns the unchanged notification and writes nothing', async t => {
  const {ada, bob, task, organizationId} = await teamWithTask(t)
  const {headers} = await bob.post(`/tasks/${task.id}/comments`, {body: 'One'})
  const [{id}] = (await listOf(ada)).items
  const first = await ada.put(`/notifications/${id}/read`)
  const before = await server.stateOf(organizationId)
  t.deepEqual((await ada.put(`/notifications/${id}/read`)).body, first.body)
  const upTo = await ada.put('/notifications/read', {up_to: headers.get('event-id')})
  t.deepEqual(upTo.body, {read: 0})
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('a request with a cursor marks all notifications of the caller up to this cursor as read, and appends only one event', async t => {
  const {ada, bob, root, task} = await teamWithTask(t)
  const stream = await watch(t)
  const cursors: string[] = []
  const mentions = [await userIdOf(root)]
  for (const body of ['One', 'Two', 'Three']) {
    const {headers} = await bob.post(`/tasks/${task.id}/comments`, {body, mentions})
    cursors.push(headers.get('event-id')!)
  }
  const [three, two, one] = idsOf((await listOf(ada)).items)
  const {status, body} = await ada.put('/notifications/read', {up_to: cursors[1]})
  t.is(status, 200)
  t.deepEqual(body, {read: 2})
  t.deepEqual((await stream.waitFor('notification.read')).data.notification_ids, [one, two])
  t.deepEqual(idsOf((await listOf(ada, '?unread=true')).items), [three!])
  t.is((await listOf(root)).unread_count, 3)

  t.deepEqual((await ada.put('/notifications/read', {up_to: cursors[2]})).body, {read: 1})
  t.deepEqual(await listOf(ada, '?unread=true'), {
    items: [],
    next: null,
    unread_count: 0,
    unread_by_project: [],
  })
})

test('a malformed cursor, a cursor after the head of the log, and a cursor of another epoch are rejected, and nothing is marked as read', async t => {
  const {ada, bob, task, organizationId} = await teamWithTask(t)
  const {headers} = await bob.post(`/tasks/${task.id}/comments`, {body: 'One'})
  const [epoch, seq] = headers.get('event-id')!.split('-')
  const before = await server.stateOf(organizationId)
  const refusals: Record<string, [status: number, code: string, reason?: string]> = {
    [`abcdefghijk23-${seq}`]: [409, 'unknown-cursor', 'epoch'],
    [`${epoch}-${Number(seq) + 1}`]: [409, 'unknown-cursor', 'ahead'],
    [`${epoch}-${Number.MAX_SAFE_INTEGER}`]: [409, 'unknown-cursor', 'ahead'],
    [`${epoch}-9999999999999999`]: [400, 'invalid-request'],
    [`${epoch}-0${seq}`]: [400, 'invalid-request'],
    [`${epoch}`]: [400, 'invalid-request'],
    earliest: [400, 'invalid-request'],
    '': [400, 'invalid-request'],
  }
  for (const [up_to, [status, code, reason]] of Object.entries(refusals)) {
    const {body} = await ada.put('/notifications/read', {up_to})
    t.like(body, {status, code, ...(reason && {reason})}, up_to)
  }
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('the parameter unread must be true or false, and the parameter after must be an id', async t => {
  const {ada} = await server.team(t.title)
  for (const query of ['?unread=yes', '?unread=', '?after=1', '?limit=0', '?limit=201']) {
    t.is((await ada.get(`/notifications${query}`)).body.code, 'invalid-request', query)
  }
  t.deepEqual(await listOf(ada, `?after=${newId()}`), {
    items: [],
    next: null,
    unread_count: 0,
    unread_by_project: [],
  })
})

test('when notifications arrive while other notifications are marked as read, each notification is marked only once, and the events on each device match the list', async t => {
  const {ada, bob, task} = await teamWithTask(t)
  const start = await ada.get('/notifications')
  const devices = await Promise.all(
    Array.from({length: 3}, () => watch(t, {'last-event-id': start.headers.get('event-id')!})),
  )
  for (let round = 0; round < 3; round++) {
    const comments = Array.from({length: 10}, (_, n) =>
      bob.post(`/tasks/${task.id}/comments`, {body: `${round}.${n}`}),
    )
    const {headers, body} = await ada.get('/notifications?unread=true')
    const reads = Array.from({length: 10}, (_, n) =>
      n % 2 || !body.items[n]
        ? ada.put('/notifications/read', {up_to: headers.get('event-id')})
        : ada.put(`/notifications/${body.items[n].id}/read`),
    )
    t.true((await Promise.all([...comments, ...reads])).every(({status}) => status < 300))
  }
  const end = await ada.get('/notifications?limit=200')
  const last = seqOf(end.headers.get('event-id'))
  const stop = (await bob.post(`/tasks/${task.id}/comments`, {body: 'stop'})).headers.get('event-id')
  for (const device of devices) {
    await device.waitFor(({id}) => id === stop)
    const events = device.events.filter(({id}) => seqOf(id) <= last).map(({data}) => data)
    const created = events
      .filter(({type}) => type === 'notification.created')
      .map(({notification}) => notification)
    const read = events.filter(({type}) => type === 'notification.read')
    const readIds = read.flatMap(({notification_ids}) => notification_ids)
    t.is(readIds.length, new Set(readIds).size, 'each notification is marked only once')
    const readAt = (id: string) =>
      read.find(({notification_ids}) => notification_ids.includes(id))?.timestamp ?? null
    const kept = created.map(notification => ({...notification, read_at: readAt(notification.id)}))
    const byId = (one: {id: string}, other: {id: string}) => (one.id < other.id ? 1 : -1)
    t.deepEqual(kept.sort(byId), end.body.items)
    t.is(created.length - readIds.length, end.body.unread_count)
  }
})

/** Creates a team with a task that ada owns and that is in progress. */
async function teamWithTask(t: ExecutionContext): Promise<Team> {
  const team = await server.team(t.title)
  await team.ada.put(`/tasks/${team.task.id}/ownership`)
  await team.ada.put(`/tasks/${team.task.id}/status`, {status: 'in_progress'})
  return team
}

/**
 * Opens ada's user stream. When the headers contain `last-event-id`, resolves after `stream.open`. When the
 * headers do not contain `last-event-id`, resolves after `stream.ready`.
 */
async function watch(t: ExecutionContext, headers: Record<string, string> = {}, on = server) {
  const token = await on.tokenFor({sub: 'ada', org: t.title, role: 'member', name: 'Ada'})
  const stream = await Stream.open(`${on.url}/api/v1/events/user?token=${token}`, {headers})
  t.teardown(() => stream.close())
  await stream.waitFor('stream.open')
  if (!('last-event-id' in headers)) await stream.waitFor('stream.ready')
  return stream
}
