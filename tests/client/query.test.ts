import {QueryClient} from '@tanstack/query-core'
import test from 'ava'
import {type Backlog, type BoardSnapshot, openTaskStream, type Task} from '../../src/client/client.ts'
import {updateQueries} from '../../src/client/query.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

let server: Server

test.before(async () => {
  server = await startServer({live: {heartbeatSeconds: 0.5, limits: {pollIntervalMs: 50}}})
})
test.after.always(() => server.close())

let organizations = 0

async function open() {
  const org = `org-${++organizations}`
  const team = await server.team(org)
  const token = await server.tokenFor({sub: 'ada', org, role: 'member', name: 'Ada'})
  const client = new QueryClient({
    defaultOptions: {queries: {retry: false, gcTime: Number.POSITIVE_INFINITY}},
  })
  const updates = updateQueries(client, {
    boards: ['boards'],
    tasks: ['task'],
    task: id => ['task', id],
    stale: event => (event.type === 'task.commented' ? [['comments', event.task_id]] : []),
  })
  const seen: string[] = []
  const stream = openTaskStream({
    url: server.url,
    getToken: () => token,
    onEvent(event) {
      seen.push(event.type)
      updates.onEvent(event)
    },
    onReset: updates.onReset,
  })
  /** `onAnswer` runs after the server has answered, and before the client has the answer. */
  const fetchBoard = (onAnswer = async () => {}) =>
    client.fetchQuery({
      queryKey: ['boards', team.sprint.id],
      queryFn: () =>
        updates.fetching(async () => {
          const {body} = await team.ada.get(`/sprints/${team.sprint.id}/board`)
          await onAnswer()
          return body as BoardSnapshot
        }),
    })
  await until(() => stream.isConnected)
  const close = () => {
    stream.close()
    client.clear()
  }
  const cached = () => client.getQueryData<BoardSnapshot>(['boards', team.sprint.id])
  return {...team, client, updates, stream, seen, fetchBoard, cached, close}
}

test('an event updates the cached board; if the event contains the whole task, the event also replaces the cached task, otherwise the cached task becomes stale', async t => {
  const {bob, task, client, seen, fetchBoard, cached, close} = await open()
  t.teardown(close)
  await fetchBoard()
  client.setQueryData(['task', task.id], task)
  await bob.put(`/tasks/${task.id}/ownership`)
  await until(() => seen.length === 1)
  t.is(cached()!.stories[0]!.tasks[0]!.status, 'owned')
  t.true(client.getQueryState(['task', task.id])!.isInvalidated)
  await bob.patch(`/tasks/${task.id}`, {title: 'Another'})
  await until(() => seen.length === 2)
  t.is(cached()!.stories[0]!.tasks[0]!.title, 'Another')
  t.like(client.getQueryData(['task', task.id]), {title: 'Another', status: 'owned', version: 3})
})

test('an event updates a cached backlog, also when it arrives during the fetch of the backlog', async t => {
  const {ada, bob, project, story, task, client, updates, seen, close} = await open()
  t.teardown(close)
  const queryKey = ['boards', project.id]
  const queryFn = () =>
    updates.fetching(async () => {
      const {body} = await ada.get(`/projects/${project.id}/backlog`)
      await bob.patch(`/stories/${story.id}`, {sprint_id: null})
      await until(() => seen.includes('task.moved'))
      return body as Backlog
    })
  t.like(await client.fetchQuery({queryKey, queryFn}), {stories: [{tasks: [{status: 'available'}]}]})
  await bob.put(`/tasks/${task.id}/ownership`)
  await until(() => seen.includes('ownership_taken'))
  t.like(client.getQueryData(queryKey), {stories: [{tasks: [{status: 'owned'}]}]})
})

test('when an event arrives, the option `stale` returns the keys of the queries that become stale', async t => {
  const {bob, task, client, seen, close} = await open()
  t.teardown(close)
  client.setQueryData(['comments', task.id], [])
  await bob.post(`/tasks/${task.id}/comments`, {body: 'Well done'})
  await until(() => seen.includes('task.commented'))
  t.true(client.getQueryState(['comments', task.id])!.isInvalidated)
})

test('an event that arrives during the fetch of a board is applied to the fetched board', async t => {
  const {bob, task, seen, fetchBoard, cached, close} = await open()
  t.teardown(close)
  await fetchBoard(async () => {
    await bob.put(`/tasks/${task.id}/ownership`)
    await until(() => seen.length === 1)
    t.is(cached(), undefined)
  })
  t.is(cached()!.stories[0]!.tasks[0]!.status, 'owned')
})

test('a task that changes during its fetch is fetched again', async t => {
  const {ada, bob, task, client, updates, seen, close} = await open()
  t.teardown(close)
  let requests = 0
  const queryFn = () =>
    updates.fetching(async () => {
      const {body} = await ada.get(`/tasks/${task.id}`)
      if (++requests === 1) {
        await bob.put(`/tasks/${task.id}/ownership`)
        await until(() => seen.length === 1)
      }
      return body as Task
    })
  const fetched = await client.fetchQuery({queryKey: ['task', task.id], queryFn})
  t.is(fetched.status, 'owned')
  t.like(client.getQueryData(['task', task.id]), {status: 'owned', version: 2})
  t.is(requests, 2)
})

const imported = (project_id: string) =>
  ({type: 'board.imported', timestamp: '2026-12-01T09:00:00.000Z', actor_user_id: null, project_id}) as const

test('after an import, the cached boards and tasks become stale, because its event does not contain the tasks', async t => {
  const {project, sprint, task, client, updates, fetchBoard, close} = await open()
  t.teardown(close)
  await fetchBoard()
  client.setQueryData(['task', task.id], task)
  client.setQueryData(['comments', task.id], [])
  updates.onEvent({...imported(project.id), sprint_id: sprint.id})
  await until(() => client.getQueryState(['boards', sprint.id])!.isInvalidated)
  t.true(client.getQueryState(['task', task.id])!.isInvalidated)
  t.false(client.getQueryState(['comments', task.id])!.isInvalidated)
})

test('a task is fetched once more when an import ends during its fetch', async t => {
  const {project, task, updates, close} = await open()
  t.teardown(close)
  let requests = 0
  await updates.fetching(async () => {
    if (++requests === 1) updates.onEvent(imported(project.id))
    return task as Task
  })
  t.is(requests, 2)
})

test('after a reset, every cached query is stale', async t => {
  const {sprint, task, client, updates, fetchBoard, close} = await open()
  t.teardown(close)
  await fetchBoard()
  client.setQueryData(['task', task.id], task)
  client.setQueryData(['comments', task.id], [])
  updates.onReset()
  for (const key of [
    ['boards', sprint.id],
    ['task', task.id],
    ['comments', task.id],
  ]) {
    t.true(client.getQueryState(key)!.isInvalidated, key[0])
  }
})
