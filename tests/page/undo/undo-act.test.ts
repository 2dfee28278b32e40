// Undoes each act with a complete server, and checks that the task or story is as it was before.
import test, {type ExecutionContext} from 'ava'
import type {Story} from '../../../src/board/story.ts'
import type {Task} from '../../../src/board/task.ts'
import {type ApiClient, createApi} from '../../../src/client/api-client.ts'
import type {StoryPlace} from '../../../src/client/client.ts'
import {changeExactly, changeTasksExactly} from '../../../src/page/undo/exact-change.ts'
import {findOtherActor, undoAct} from '../../../src/page/undo/undo-act.ts'
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

test('the place and the sprint of a story are as before, and an undo says when the neighbour or the sprint was deleted', async t => {
  const {api, me, story, project, root} = await teamOf(t)
  const params = {id: story.id}
  const next = await api.call('POST /projects/{id}/stories', {
    params: {id: project.id},
    body: {title: 'Next'},
  })
  const before = await api.call('GET /stories/{id}', {params})
  const move = () => api.call('PUT /stories/{id}/rank', {params, body: {after_story_id: next.id}})
  const place = {before_story_id: next.id}
  const actOf = (after: Story) => ({kind: 'story', before, after, fields: ['rank'], place}) as const
  t.is(await undoAct(api, actOf(await move()), me), 'undone')
  t.true((await api.call('GET /stories/{id}', {params})).rank < next.rank)
  const moved = await move()
  await api.call('DELETE /stories/{id}', {params: {id: next.id}})
  t.deepEqual(await undoAct(api, actOf(moved), me), {lost: 'neighbour'})

  const after = await api.call('PATCH /stories/{id}', {params, body: {sprint_id: null}})
  await root.delete(`/sprints/${before.sprint_id}`)
  t.deepEqual(await undoAct(api, {kind: 'story', before, after, fields: ['sprint_id']}, me), {lost: 'sprint'})
})

test('several moves of a story are undone, although a story of another list is between its neighbours', async t => {
  const {api, bob, me, story, project} = await teamOf(t)
  const params = {id: story.id}
  const create = (title: string) =>
    api.call('POST /projects/{id}/stories', {params: {id: project.id}, body: {title}})
  const [next, hidden, last] = [await create('Next'), await create('Hidden'), await create('Last')]
  const read = () => api.call('GET /stories/{id}', {params})
  const moveBefore = (id: string) => api.call('PUT /stories/{id}/rank', {params, body: {before_story_id: id}})
  const states = [await read(), await moveBefore(last.id), await moveBefore(next.id)] as const
  const actOf = (before: Story, after: Story, place: StoryPlace) =>
    ({kind: 'story', before, after, fields: ['rank'], place}) as const
  const first = actOf(states[0], states[1], {before_story_id: next.id})
  const second = actOf(states[1], states[2], {after_story_id: next.id})
  const ranks = new Map<string, string>()
  t.is(await undoAct(api, second, me, ranks), 'undone')
  t.true((await read()).rank < hidden.rank)
  t.is(await undoAct(api, first, me, ranks), 'undone')
  t.true((await read()).rank < next.rank)

  // Another member's move stays.
  const again = actOf(await read(), await moveBefore(last.id), {before_story_id: next.id})
  await bob.call('PUT /stories/{id}/rank', {params, body: {after_story_id: last.id}})
  t.is(await undoAct(api, again, me, ranks), 'changed')
})

test('a new task and a new story are deleted, but not when they were used since', async t => {
  const {api, me, story, project, bob} = await teamOf(t)
  const create = () => api.call('POST /stories/{id}/tasks', {params: {id: story.id}, body: {title: 'New'}})
  const [unused, used] = [await create(), await create()]
  t.is(await undoAct(api, {kind: 'created-task', task: unused}, me), 'undone')
  t.is(await undoAct(api, {kind: 'created-task', task: unused}, me), 'deleted')
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
  t.is(await findOtherActor(api, act, me), (await bob.call('GET /me')).user_id)
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
  t.deepEqual(await undoAct(api, {kind: 'tasks', tasks: pairs, fields: ['priority']}, me), {skippedTasks: 2})
  t.deepEqual(
    [await read(0), await read(1), await read(2)].map(({title, priority}) => [title, priority]),
    [
      ['A', null],
      ['B', 'low'],
      ['New', null],
    ],
  )
})

test('a change of several tasks that another member has made before is not undone, and nobody else loses a change', async t => {
  const {api, me, story, project, bob} = await teamOf(t)
  const create = (title: string) =>
    api.call('POST /stories/{id}/tasks', {params: {id: story.id}, body: {title, due_on: '2026-12-01'}})
  const label = (name: string) =>
    api.call('POST /projects/{id}/labels', {params: {id: project.id}, body: {name, color: 'red'}})
  const [bug, safety] = [await label('Bug'), await label('Safety')]
  const stale = [await create('A'), await create('B'), await create('C')]
  const ids = stale.map(({id}) => id)
  const [a, b, c] = ids as [string, string, string]
  await bob.call('PATCH /tasks/{id}', {params: {id: a}, body: {priority: 'urgent'}})
  await bob.call('PUT /tasks/{id}/labels/{label_id}', {params: {id: b, label_id: bug.id}})
  await bob.call('PATCH /tasks/{id}', {params: {id: c}, body: {due_on: '2026-12-05'}})
  const changes = {priority: 'urgent', add_label_ids: [safety.id], due_on: '2026-12-10'} as const
  for (const [field, value] of Object.entries({
    priority: 'priority',
    add_label_ids: 'label_ids',
    due_on: 'due_on',
  })) {
    const change = {[field]: changes[field as keyof typeof changes]}
    const tasks = await changeTasksExactly(api, {taskIds: ids, changes: change}, stale)
    const act = {kind: 'tasks', tasks, fields: [value as 'priority' | 'label_ids' | 'due_on']} as const
    t.is(tasks.length, field === 'priority' ? 2 : 3)
    t.is(await undoAct(api, act, me), 'undone')
  }
  const read = (id: string) => api.call('GET /tasks/{id}', {params: {id}})
  t.like(await read(a), {priority: 'urgent', label_ids: [], due_on: '2026-12-01'})
  t.like(await read(b), {priority: null, label_ids: [bug.id], due_on: '2026-12-01'})
  t.like(await read(c), {priority: null, label_ids: [], due_on: '2026-12-05'})
})

test('a change of one thing that another member has made before changes nothing, so there is nothing to undo', async t => {
  const {api, story, bob} = await teamOf(t)
  const params = {id: story.id}
  const read = () => api.call('GET /stories/{id}', {params})
  const stale = await read()
  const setStatus = (by: ApiClient, ifMatch?: number) =>
    by.call('PUT /stories/{id}/status', {params, body: {status: 'committed'}, ifMatch})
  const after = await setStatus(bob)
  t.deepEqual(await changeExactly(stale, ifMatch => setStatus(api, ifMatch), read), {
    before: undefined,
    after,
  })

  const move = (ifMatch?: number) =>
    api.call('PATCH /stories/{id}', {params, body: {sprint_id: null}, ifMatch})
  const moved = await changeExactly(stale, move, read)
  t.deepEqual(moved.before, after, 'the state before is the one that the server had')

  // A thing that changes all the time is changed, too.
  let version = 0
  const busy = (ifMatch?: number) =>
    ifMatch === undefined ? setStatus(api) : setStatus(api, 1_000 + version++)
  t.is((await changeExactly(stale, busy, read)).before, undefined)
  t.is(version, 3)
})

test('a blocker, a label and a priority that another member has set before stay', async t => {
  const {api, me, params, read, story, project, bob} = await teamOf(t)
  const other = await api.call('POST /stories/{id}/tasks', {params: {id: story.id}, body: {title: 'First'}})
  const label = await api.call('POST /projects/{id}/labels', {
    params: {id: project.id},
    body: {name: 'Bug', color: 'red'},
  })
  const both = {params: {...params, blocker_id: other.id}}
  const own = await api.call('POST /stories/{id}/tasks', {params: {id: story.id}, body: {title: 'Own'}})
  await bob.call('PUT /tasks/{id}/blockers/{blocker_id}', both)
  // An own change of another blocker directly before does not count.
  await api.call('PUT /tasks/{id}/blockers/{blocker_id}', {params: {...params, blocker_id: own.id}})
  const task = await api.call('PUT /tasks/{id}/blockers/{blocker_id}', both)
  t.is(await undoAct(api, {kind: 'blocker', task, blockerId: other.id, isAdded: true}, me), 'changed')

  const labelled = {params: {...params, label_id: label.id}}
  await bob.call('PUT /tasks/{id}/labels/{label_id}', labelled)
  const ownLabel = await api.call('POST /projects/{id}/labels', {
    params: {id: project.id},
    body: {name: 'Safety', color: 'blue'},
  })
  await api.call('PUT /tasks/{id}/labels/{label_id}', {params: {...params, label_id: ownLabel.id}})
  const after = await api.call('PUT /tasks/{id}/labels/{label_id}', labelled)
  const unlabelled = {...after, label_ids: [ownLabel.id]}
  t.is(await undoAct(api, {kind: 'task', before: unlabelled, after, fields: ['label_ids']}, me), 'changed')

  const before = await read()
  const edit = {params, body: {priority: 'high'}} as const
  await bob.call('PATCH /tasks/{id}', edit)
  const act = {
    kind: 'task',
    before,
    after: await api.call('PATCH /tasks/{id}', edit),
    fields: ['priority'],
  } as const
  t.is(await undoAct(api, act, me), 'changed')
  t.is(await findOtherActor(api, act, me), (await bob.call('GET /me')).user_id)
  t.like(await read(), {
    priority: 'high',
    blocked_by_task_ids: [other.id, own.id].sort(),
    label_ids: [label.id, ownLabel.id].sort(),
  })
})

test('a due date that another member has changed before is not replaced by an older one', async t => {
  const {api, me, params, read, bob} = await teamOf(t)
  const before = await read()
  await bob.call('PATCH /tasks/{id}', {params, body: {due_on: '2026-12-05'}})
  const after = await api.call('PATCH /tasks/{id}', {params, body: {due_on: '2026-12-10'}})
  t.is(await undoAct(api, {kind: 'task', before, after, fields: ['due_on']}, me), 'changed')
  t.is((await read()).due_on, '2026-12-10')
})

test('a new task for which another task waits is not deleted', async t => {
  const {api, me, params, story, bob} = await teamOf(t)
  const task = await api.call('POST /stories/{id}/tasks', {params: {id: story.id}, body: {title: 'New'}})
  await bob.call('PUT /tasks/{id}/blockers/{blocker_id}', {params: {...params, blocker_id: task.id}})
  t.is(await undoAct(api, {kind: 'created-task', task}, me), 'changed')
})

test('an undo continues when the former neighbour was deleted, and says when the former story or blocker was deleted', async t => {
  const {api, me, params, read, project, story} = await teamOf(t)
  const create = (title: string) =>
    api.call('POST /stories/{id}/tasks', {params: {id: story.id}, body: {title}})
  const [neighbour, blocker] = [await create('Next'), await create('First')]
  const blocked = {params: {...params, blocker_id: blocker.id}}
  await api.call('PUT /tasks/{id}/blockers/{blocker_id}', blocked)
  const before = await read()
  const after = await api.call('PUT /tasks/{id}/ownership', {params})
  await api.call('DELETE /tasks/{id}', {params: {id: neighbour.id}})
  const place = {after_task_id: neighbour.id}
  const fields = ['status', 'owner_user_id', 'rank'] as const
  t.is(await undoAct(api, {kind: 'task', before, after, fields, place}, me), 'undone')
  t.is((await read()).status, 'available')

  const task = await api.call('DELETE /tasks/{id}/blockers/{blocker_id}', blocked)
  await api.call('DELETE /tasks/{id}', {params: {id: blocker.id}})
  t.deepEqual(await undoAct(api, {kind: 'blocker', task, blockerId: blocker.id, isAdded: false}, me), {
    lost: 'blocker',
  })

  const other = await api.call('POST /projects/{id}/stories', {params: {id: project.id}, body: {title: 'B'}})
  const there = await api.call('PATCH /tasks/{id}', {params, body: {story_id: other.id}})
  const back = await api.call('PATCH /tasks/{id}', {params, body: {story_id: story.id}})
  await api.call('DELETE /stories/{id}', {params: {id: other.id}})
  const fromOther = {kind: 'task', before: there, after: back, fields: ['story_id']} as const
  t.deepEqual(await undoAct(api, fromOther, me), {lost: 'story'})
})

/** Returns a client that calls `interfere` once, before the request with this name. */
function interfered(api: ApiClient, name: string, interfere: () => Promise<unknown>): ApiClient {
  let isDone = false
  const call = async (called: string, ...request: unknown[]) => {
    if (called === name && !isDone) {
      isDone = true
      await interfere()
    }
    return (api.call as (...args: unknown[]) => Promise<unknown>)(called, ...request)
  }
  return {...api, call: call as ApiClient['call']}
}

test('a change of another field between two requests does not stop an undo, and a change of the same field does', async t => {
  const {api, me, params, read, bob} = await teamOf(t)
  await api.call('PUT /tasks/{id}/ownership', {params})
  const before = await api.call('PUT /tasks/{id}/status', {params, body: {status: 'in_progress'}})
  const after = await api.call('DELETE /tasks/{id}/ownership', {params})
  const act = {kind: 'task', before, after, fields: ['status', 'owner_user_id']} as const
  const rename = () => bob.call('PATCH /tasks/{id}', {params, body: {title: 'Renamed'}})
  t.is(await undoAct(interfered(api, 'PUT /tasks/{id}/status', rename), act, me), 'undone')
  t.like(await read(), {title: 'Renamed', status: 'in_progress', owner_user_id: me.user_id})

  const released = await api.call('DELETE /tasks/{id}/ownership', {params})
  const release = () => api.call('DELETE /tasks/{id}/ownership', {params})
  const again = {...act, before: {...before, updated_at: released.updated_at}, after: released}
  t.is(await undoAct(interfered(api, 'PUT /tasks/{id}/status', release), again, me), 'partly')
})

test('a deleted item is restored once, also when another member changes the task before the item is ticked', async t => {
  const {api, me, params, read, bob} = await teamOf(t)
  const [item] = (await api.call('POST /tasks/{id}/checklist', {params, body: {text: 'One'}})).checklist
  const itemPath = '/tasks/{id}/checklist/{item_id}'
  const given = {params: {...params, item_id: item!.id}}
  const before = await api.call(`PATCH ${itemPath}`, {...given, body: {is_done: true}})
  const task = await api.call(`DELETE ${itemPath}`, given)
  const act = {kind: 'checklist', task, before: before.checklist, after: [], itemId: item!.id} as const
  const rename = () => bob.call('PATCH /tasks/{id}', {params, body: {title: 'Renamed'}})
  t.is(await undoAct(interfered(api, `PATCH ${itemPath}`, rename), act, me), 'undone')
  t.deepEqual(contentOf(await read()).checklist, [{text: 'One', is_done: true}])
  t.is(await undoAct(api, act, me), 'changed', 'the item exists again')
})

test('several tasks are undone as far as their former stories still exist', async t => {
  const {api, me, story, project} = await teamOf(t)
  const params = {id: project.id}
  const newStory = () => api.call('POST /projects/{id}/stories', {params, body: {title: 'Old'}})
  const stories = [await newStory(), await newStory()]
  const before = await Promise.all(
    stories.map(({id}) => api.call('POST /stories/{id}/tasks', {params: {id}, body: {title: 'In it'}})),
  )
  const taskIds = before.map(({id}) => id)
  const tasks = await changeTasksExactly(api, {taskIds, changes: {story_id: story.id}}, before)
  await api.call('DELETE /stories/{id}', {params: {id: stories[0]!.id}})
  t.deepEqual(await undoAct(api, {kind: 'tasks', tasks, fields: ['story_id']}, me), {skippedTasks: 1})
  const read = (id: string) => api.call('GET /tasks/{id}', {params: {id}})
  t.is((await read(taskIds[1]!)).story_id, stories[1]!.id)
})
