// Undoes each act with a complete server, and checks that the task or story is as it was before.
import test, {type ExecutionContext} from 'ava'
import type {Task} from '../../../src/board/task.ts'
import {createApi} from '../../../src/client/api-client.ts'
import {findActorSince, undoAct} from '../../../src/page/undo/undo-act.ts'
import {type Server, startServer} from '../../helpers/server.ts'

let server: Server
test.before(async () => {
  server = await startServer()
})
test.after.always(() => server.close())

async function teamOf(t: ExecutionContext) {
  const team = await server.team(t.title)
  const apiOf = async (sub: string, role: 'member' | 'admin') => {
    const token = await server.tokenFor({sub, org: t.title, role, name: sub})
    return createApi({url: server.url, getToken: () => token})
  }
  const api = await apiOf('ada', 'member')
  const me = await api.call('GET /me')
  const params = {id: team.task.id}
  const read = () => api.call('GET /tasks/{id}', {params})
  return {...team, api, bob: await apiOf('bob', 'member'), me, params, read}
}

/** What an undo restores. */
const contentOf = ({version, updated_at, owned_at, completed_at, rank, ...content}: Task) => ({
  ...content,
  checklist: content.checklist.map(({text, is_done}) => ({text, is_done})),
})

test('fields, the story, the owner and the status of a task are as before', async t => {
  const {api, me, params, read, project} = await teamOf(t)
  const other = await api.call('POST /projects/{id}/stories', {params: {id: project.id}, body: {title: 'B'}})
  const before = await read()
  await api.call('PATCH /tasks/{id}', {params, body: {priority: 'high', story_id: other.id}})
  await api.call('PUT /tasks/{id}/ownership', {params})
  const after = await api.call('PUT /tasks/{id}/status', {params, body: {status: 'in_progress'}})
  const fields = ['priority', 'story_id', 'status', 'owner_user_id'] as const
  t.is(await undoAct(api, {kind: 'task', before, after, fields}, me), 'undone')
  t.deepEqual(contentOf(await read()), contentOf(before))

  const started = after
  await api.call('PUT /tasks/{id}/ownership', {params})
  await api.call('PUT /tasks/{id}/status', {params, body: {status: 'in_progress'}})
  const completed = await api.call('PUT /tasks/{id}/status', {params, body: {status: 'completed'}})
  const act = {kind: 'task', before: started, after: completed, fields: ['status', 'owner_user_id']} as const
  t.is(await undoAct(api, act, me), 'undone')
  t.like(await read(), {status: 'in_progress', owner_user_id: me.user_id, completed_at: null})
})

test('the place of a task is as before', async t => {
  const {api, me, params, read, story} = await teamOf(t)
  const next = await api.call('POST /stories/{id}/tasks', {params: {id: story.id}, body: {title: 'Next'}})
  const before = await read()
  const after = await api.call('PUT /tasks/{id}/rank', {params, body: {after_task_id: next.id}})
  t.true(after.rank > next.rank)
  const place = {before_task_id: next.id}
  t.is(await undoAct(api, {kind: 'task', before, after, fields: ['rank'], place}, me), 'undone')
  t.true((await read()).rank < next.rank)
})

test('a new task and a new story are deleted, but not when they were used since', async t => {
  const {api, me, story, project, bob} = await teamOf(t)
  const create = () => api.call('POST /stories/{id}/tasks', {params: {id: story.id}, body: {title: 'New'}})
  const [unused, used] = [await create(), await create()]
  t.is(await undoAct(api, {kind: 'created-task', task: unused}, me), 'undone')
  t.is(await undoAct(api, {kind: 'created-task', task: unused}, me), 'gone')
  await bob.call('POST /tasks/{id}/comments', {params: {id: used.id}, body: {body: 'Good'}})
  t.is(await undoAct(api, {kind: 'created-task', task: used}, me), 'changed')

  const params = {id: project.id}
  const newStory = await api.call('POST /projects/{id}/stories', {params, body: {title: 'New'}})
  const task = await bob.call('POST /stories/{id}/tasks', {params: {id: newStory.id}, body: {title: 'In it'}})
  t.is(await undoAct(api, {kind: 'created-story', story: newStory}, me), 'changed')
  await bob.call('DELETE /tasks/{id}', {params: {id: task.id}})
  t.is(await undoAct(api, {kind: 'created-story', story: newStory}, me), 'undone')
})

test('a story and its tasks are in their sprint again, with the former status', async t => {
  const {api, me, story, read} = await teamOf(t)
  const params = {id: story.id}
  const before = await api.call('GET /stories/{id}', {params})
  await api.call('PUT /stories/{id}/status', {params, body: {status: 'done'}})
  const after = await api.call('PATCH /stories/{id}', {params, body: {sprint_id: null}})
  t.is((await read()).sprint_id, null)
  t.is(await undoAct(api, {kind: 'story', before, after, fields: ['sprint_id', 'status']}, me), 'undone')
  t.like(await api.call('GET /stories/{id}', {params}), {sprint_id: before.sprint_id, status: before.status})
  t.is((await read()).sprint_id, before.sprint_id)
})

test('each change of the checklist and of the blockers is undone', async t => {
  const {api, me, params, read, story} = await teamOf(t)
  const add = (text: string) => api.call('POST /tasks/{id}/checklist', {params, body: {text}})
  await add('One')
  const [one, two] = (await add('Two')).checklist
  const itemPath = '/tasks/{id}/checklist/{item_id}'
  const item = {...params, item_id: two!.id}
  await api.call(`PATCH ${itemPath}`, {params: item, body: {is_done: true}})
  const changes: [id: string, change: () => Promise<Task>][] = [
    [two!.id, () => api.call(`PATCH ${itemPath}`, {params: item, body: {is_done: false, text: 'Due'}})],
    [two!.id, () => api.call(`PATCH ${itemPath}`, {params: item, body: {place: 0}})],
    ['added', () => add('Three')],
    [one!.id, () => api.call(`DELETE ${itemPath}`, {params: {...params, item_id: one!.id}})],
    [two!.id, () => api.call(`DELETE ${itemPath}`, {params: item})],
  ]
  for (const [id, change] of changes) {
    const before = await read()
    const task = await change()
    const itemId = id === 'added' ? task.checklist.at(-1)!.id : id
    const act = {kind: 'checklist', task, before: before.checklist, after: task.checklist, itemId} as const
    t.is(await undoAct(api, act, me), 'undone')
    t.deepEqual(contentOf(await read()), contentOf(before))
  }
  const blocker = await api.call('POST /stories/{id}/tasks', {params: {id: story.id}, body: {title: 'First'}})
  const both = {...params, blocker_id: blocker.id}
  const task = await api.call('PUT /tasks/{id}/blockers/{blocker_id}', {params: both})
  t.is(await undoAct(api, {kind: 'blocker', task, blockerId: blocker.id, isAdded: true}, me), 'undone')
  t.deepEqual((await read()).blocked_by_task_ids, [])
  t.is(await undoAct(api, {kind: 'blocker', task, blockerId: blocker.id, isAdded: false}, me), 'undone')
  t.deepEqual((await read()).blocked_by_task_ids, [blocker.id])
})

test('what another member has changed since stays, and the act names this member', async t => {
  const {api, me, params, read, bob} = await teamOf(t)
  const before = await read()
  const after = await api.call('PATCH /tasks/{id}', {params, body: {priority: 'high'}})
  const act = {kind: 'task', before, after, fields: ['priority']} as const
  await bob.call('PATCH /tasks/{id}', {params, body: {priority: 'low'}})
  t.is(await undoAct(api, act, me), 'changed')
  t.is((await read()).priority, 'low')
  t.is(await findActorSince(api, act, me), (await bob.call('GET /me')).user_id)
})

test('several tasks are undone together, except those that another member has changed or deleted', async t => {
  const {api, me, story, bob} = await teamOf(t)
  const create = (title: string) =>
    api.call('POST /stories/{id}/tasks', {params: {id: story.id}, body: {title}})
  const before = [await create('A'), await create('B'), await create('C'), await create('D')]
  const ids = before.map(({id}) => id)
  const read = (index: number) => api.call('GET /tasks/{id}', {params: {id: ids[index]!}})
  const changes = {priority: 'high'} as const
  const {tasks} = await api.call('POST /tasks/changes', {body: {task_ids: ids, changes}})
  const pairs = before.map((task, index) => ({before: task, after: tasks[index]!}))
  await bob.call('PATCH /tasks/{id}', {params: {id: ids[1]!}, body: {priority: 'low'}})
  await bob.call('PATCH /tasks/{id}', {params: {id: ids[2]!}, body: {title: 'New'}})
  await api.call('DELETE /tasks/{id}', {params: {id: ids[3]!}})
  t.is(await undoAct(api, {kind: 'tasks', tasks: pairs, fields: ['priority']}, me), 2)
  t.deepEqual(
    [await read(0), await read(1), await read(2)].map(({title, priority}) => [title, priority]),
    [
      ['A', null],
      ['B', 'low'],
      ['New', null],
    ],
  )
})
