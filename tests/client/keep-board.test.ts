// Tests keepBoard and keepBacklog with a complete server, and keepBoard with a scripted server.
// With the scripted server, the test controls the order of responses and events.
import type {ServerResponse} from 'node:http'
import {setTimeout as delay, setImmediate as nextTurn} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import fc from 'fast-check'
import {compareRanks} from '../../src/board/rank.ts'
import {
  type KeptBoard,
  keepBacklog,
  keepBoard,
  Problem,
  type Reset,
  type TaskStatus,
} from '../../src/client/client.ts'
import {renewEpochs} from '../../src/store/event-log.ts'
import {requireSameBoard} from '../helpers/same-board.ts'
import {cursor, frame, json, live, refuse, startScriptedServer, stream} from '../helpers/scripted-server.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

let server: Server

test.before(async () => {
  server = await startServer({live: {heartbeatSeconds: 0.5, limits: {pollIntervalMs: 50}}})
})
test.after.always(() => server.close())

let organizations = 0

async function newTeam() {
  const org = `org-${++organizations}`
  const team = await server.team(org)
  const token = await server.tokenFor({sub: 'ada', org, role: 'member', name: 'Ada'})
  return {...team, options: {url: server.url, getToken: () => token, sprintId: team.sprint.id}}
}

test('the board shows the changes of other members, and shows the member’s own change before the server responds', async t => {
  const {ada, bob, task, sprint, options} = await newTeam()
  const kept = keepBoard(options)
  t.teardown(() => kept.close())
  await until(() => kept.isConnected && kept.me)
  const taskNow = () => kept.board!.stories[0]!.tasks[0]!
  t.is(taskNow().status, 'available')
  const {user_id} = await ada.caller()
  const answer = kept.take(task.id)
  await nextTurn() // the response cannot arrive this early, but it can arrive between two checks of `until`
  t.like(taskNow(), {status: 'owned', owner_user_id: user_id})
  t.like(await answer, {status: 'owned', owner_user_id: user_id, version: 2})
  t.like(await kept.setStatus(task.id, 'in_progress'), {status: 'in_progress'})
  await kept.release(task.id)
  await bob.put(`/tasks/${task.id}/ownership`)
  await until(() => taskNow().version === 5)
  const {body} = await ada.get(`/sprints/${sprint.id}/board`)
  t.notThrows(() => requireSameBoard(kept.board, body))
})

test('a task that is given to another member is shown with its new owner before the server responds', async t => {
  const {ada, bob, task, sprint, options} = await newTeam()
  const kept = keepBoard(options)
  t.teardown(() => kept.close())
  await until(() => kept.isConnected && kept.me)
  const taskNow = () => kept.board!.stories[0]!.tasks[0]!
  await kept.take(task.id)
  await kept.setStatus(task.id, 'in_progress')
  const {user_id: owner_user_id} = await bob.caller()
  const answer = kept.give(task.id, owner_user_id)
  await nextTurn()
  t.true(kept.pendingTaskIds.has(task.id))
  t.like(taskNow(), {status: 'in_progress', owner_user_id})
  t.like(await answer, {status: 'in_progress', owner_user_id})
  const refused: Problem = await t.throwsAsync(kept.give(task.id, kept.me!.user_id), {instanceOf: Problem})
  t.is(refused.code, 'task-already-owned')
  t.like(taskNow(), {status: 'in_progress', owner_user_id})
  const {body} = await ada.get(`/sprints/${sprint.id}/board`)
  await until(() => kept.cursor === body.cursor)
  t.notThrows(() => requireSameBoard(kept.board, body))
})

test('a task that is moved to another place is shown there before the server responds', async t => {
  const {ada, task, story, sprint, options} = await newTeam()
  const ids = [task.id]
  for (const title of ['Second', 'Third'])
    ids.push((await ada.post(`/stories/${story.id}/tasks`, {title})).body.id)
  const [first, second, third] = ids as [string, string, string]
  const kept = keepBoard(options)
  t.teardown(() => kept.close())
  await until(() => kept.isConnected && kept.me)
  const order = () => kept.board!.stories[0]!.tasks.toSorted(compareRanks).map(({id}) => id)
  t.deepEqual(order(), [first, second, third])
  const steps = [
    [third, {after_task_id: first}, [first, third, second]],
    [first, {before_task_id: null}, [third, second, first]],
    [second, {after_task_id: null}, [second, third, first]],
    [first, {before_task_id: third}, [second, first, third]],
  ] as const
  for (const [id, place, expected] of steps) {
    const answer = kept.rankTask(id, place)
    await nextTurn()
    t.deepEqual(order(), expected)
    t.is((await answer).id, id)
    t.deepEqual(order(), expected)
  }
  const refused: Problem = await t.throwsAsync(kept.rankTask(first, {after_task_id: story.id}), {
    instanceOf: Problem,
  })
  t.is(refused.code, 'task-not-found')
  t.deepEqual(order(), [second, first, third])
  const {body} = await ada.get(`/sprints/${sprint.id}/board`)
  await until(() => kept.cursor === body.cursor)
  t.notThrows(() => requireSameBoard(kept.board, body))
})

test('an edited field is shown before the server responds, and a refused edit is rolled back', async t => {
  const {ada, task, sprint, options} = await newTeam()
  const kept = keepBoard(options)
  t.teardown(() => kept.close())
  await until(() => kept.isConnected && kept.me)
  const taskNow = () => kept.board!.stories[0]!.tasks[0]!
  const answer = kept.editTask(task.id, {priority: 'high', due_on: '2026-12-31'})
  await nextTurn()
  t.true(kept.pendingTaskIds.has(task.id))
  t.like(taskNow(), {priority: 'high', due_on: '2026-12-31'})
  t.like(await answer, {priority: 'high', version: 2})
  t.deepEqual([...kept.pendingTaskIds], [])
  const refused = kept.editTask(task.id, {due_on: 'soon'})
  await nextTurn()
  t.is(taskNow().due_on, 'soon')
  await t.throwsAsync(refused, {instanceOf: Problem})
  t.is(taskNow().due_on, '2026-12-31')
  await until(() => taskNow().description !== undefined)
  const {body} = await ada.get(`/sprints/${sprint.id}/board`)
  t.notThrows(() => requireSameBoard(kept.board, body))
})

test('a rejected change is rolled back, and its promise rejects with the problem', async t => {
  const {ada, bob, task, sprint, options} = await newTeam()
  const kept = keepBoard(options)
  t.teardown(() => kept.close())
  await until(() => kept.isConnected && kept.me)
  await bob.put(`/tasks/${task.id}/ownership`)
  await until(() => kept.board!.stories[0]!.tasks[0]!.version === 2)
  const before = kept.board
  const refused: Problem = await t.throwsAsync(kept.take(task.id), {instanceOf: Problem})
  t.is(refused.code, 'task-already-owned')
  t.like(refused.data, {status: 409, owner_name: 'Bob'})
  t.deepEqual(kept.board, before)
  const move = await t.throwsAsync<Problem>(kept.setStatus(task.id, 'available'), {instanceOf: Problem})
  t.is(move.code, 'invalid-status-move')
  const {body} = await ada.get(`/sprints/${sprint.id}/board`)
  t.notThrows(() => requireSameBoard(kept.board, body))
})

test('after concurrent changes by several members, the board equals the board of the server', async t => {
  t.timeout(120_000)
  const {ada, bob, root, task, story, sprint, options} = await newTeam()
  const {body: second} = await bob.post(`/stories/${story.id}/tasks`, {title: 'Second'})
  const kept = keepBoard(options)
  t.teardown(() => kept.close())
  await until(() => kept.isConnected && kept.me)
  const who = fc.constantFrom('own', 'bob', 'root')
  const act = fc.constantFrom('take', 'release', 'in_progress', 'completed', 'available', 'edit')
  const acts = fc.array(fc.tuple(who, act, fc.boolean()), {minLength: 10, maxLength: 20})
  await fc.assert(
    fc.asyncProperty(acts, async steps => {
      await Promise.all(
        steps.map(async ([by, what, isFirst], index) => {
          await delay(index * 3)
          const {id} = isFirst ? task : second
          if (by === 'own') return ownAct(kept, id, what).catch(() => {})
          const client = by === 'bob' ? bob : root
          if (what === 'take') return client.put(`/tasks/${id}/ownership`)
          if (what === 'release') return client.delete(`/tasks/${id}/ownership`)
          if (what === 'edit') return client.patch(`/tasks/${id}`, {title: `Title ${Math.random()}`})
          return client.put(`/tasks/${id}/status`, {status: what})
        }),
      )
      const {body, headers} = await ada.get(`/sprints/${sprint.id}/board`)
      await until(() => Number(kept.cursor!.split('-')[1]) >= Number(headers.get('event-id')!.split('-')[1]))
      t.notThrows(() => requireSameBoard(kept.board, body))
    }),
    {numRuns: 15},
  )
})

async function ownAct(kept: KeptBoard, id: string, what: string): Promise<unknown> {
  if (what === 'take') return kept.take(id)
  if (what === 'release') return kept.release(id)
  if (what === 'edit') return undefined
  return kept.setStatus(id, what as TaskStatus)
}

/** Opens the backlog of a new team. `fetches` returns how often the backlog was fetched. */
async function keepTeamBacklog(t: ExecutionContext, more: Partial<Parameters<typeof keepBacklog>[0]> = {}) {
  const team = await newTeam()
  const {url, getToken} = team.options
  const {id: projectId} = team.project
  let fetches = 0
  const kept = keepBacklog({
    url,
    getToken,
    projectId,
    fetch(address, init) {
      if (address.endsWith('/backlog')) fetches++
      return fetch(address, init)
    },
    ...more,
  })
  t.teardown(() => kept.close())
  await until(() => kept.isConnected && kept.me)
  /** Waits until the client has every event, and compares its backlog with the backlog of the server. */
  const requireSame = async () => {
    const {body} = await team.ada.get(`/projects/${projectId}/backlog`)
    await until(() => kept.cursor === body.cursor)
    t.notThrows(() => requireSameBoard(kept.board, body))
  }
  const titles = () => kept.board!.stories.map(({title, tasks}) => [title, ...tasks.map(({title}) => title)])
  return {...team, kept, titles, requireSame, fetches: () => fetches}
}

test('a kept backlog contains the stories without a sprint, and follows every move into a sprint and back', async t => {
  const {ada, bob, root, project, sprint, story, task, kept, titles, requireSame, fetches} =
    await keepTeamBacklog(t)
  t.deepEqual(titles(), [])
  const {body: land} = await bob.post(`/projects/${project.id}/stories`, {title: 'Land'})
  await bob.post(`/stories/${land.id}/tasks`, {title: 'Weld'})
  await requireSame()
  t.deepEqual(titles(), [['Land', 'Weld']])
  await bob.patch(`/stories/${land.id}`, {sprint_id: sprint.id})
  await requireSame()
  t.deepEqual(titles(), [])
  await ada.put(`/sprints/${sprint.id}/status`, {status: 'active'})
  await ada.put(`/sprints/${sprint.id}/status`, {status: 'closed'})
  await requireSame()
  t.deepEqual(titles(), [
    [story.title, task.title],
    ['Land', 'Weld'],
  ])
  const {body: second} = await ada.post(`/projects/${project.id}/sprints`, {name: 'Sprint 2'})
  await ada.patch(`/stories/${land.id}`, {sprint_id: second.id})
  await ada.patch(`/tasks/${task.id}`, {story_id: land.id})
  await requireSame()
  t.deepEqual(titles(), [[story.title]])
  await root.delete(`/sprints/${second.id}`)
  await requireSame()
  t.deepEqual(titles(), [[story.title], ['Land', task.title, 'Weld']])
  const {body: label} = await ada.post(`/projects/${project.id}/labels`, {name: 'Safety'})
  await ada.put(`/tasks/${task.id}/labels/${label.id}`)
  await ada.patch(`/projects/${project.id}`, {name: 'Glider'})
  await requireSame()
  t.like(kept.board, {project: {name: 'Glider'}, labels: [{name: 'Safety'}]})
  t.is(fetches(), 1)
})

test('a kept backlog receives no event of another project', async t => {
  const projects = new Set<unknown>()
  const {ada, project, kept, requireSame} = await keepTeamBacklog(t, {
    onEvent: event => projects.add('project_id' in event && event.project_id),
  })
  const before = kept.board
  const {body: other} = await ada.post('/projects', {name: 'Rover'})
  const {body: story} = await ada.post(`/projects/${other.id}/stories`, {title: 'Drive'})
  await ada.post(`/stories/${story.id}/tasks`, {title: 'Steer'})
  await ada.patch(`/projects/${other.id}`, {name: 'Crawler'})
  await requireSame()
  t.is(kept.board, before)
  await ada.post(`/projects/${project.id}/stories`, {title: 'Land'})
  await requireSame()
  t.deepEqual([...projects], [project.id])
})

test('a backlog is fetched again after an import into the backlog, but not after an import into a sprint', async t => {
  const {ada, project, sprint, titles, requireSame, fetches} = await keepTeamBacklog(t)
  const importStory = async (id: string, query: string) => {
    const file = {boardcast_export: 1, stories: [{id, title: id}]}
    t.is((await ada.post(`/projects/${project.id}/imports${query}`, file)).status, 200)
  }
  await importStory('In the sprint', `?sprint_id=${sprint.id}`)
  await requireSame()
  t.deepEqual([titles(), fetches()], [[], 1])
  await importStory('In the backlog', '')
  await until(() => titles().length === 1)
  await requireSame()
  t.deepEqual([titles(), fetches()], [[['In the backlog']], 2])
})

test('after a reset, a backlog is fetched again', async t => {
  const resets: unknown[] = []
  const {ada, organizationId, project, kept, titles, requireSame, fetches} = await keepTeamBacklog(t, {
    onReset: ({reason, board}) => resets.push([reason, board?.project.name, board?.stories.length]),
  })
  await renewEpochs(server.db, organizationId)
  await ada.post(`/projects/${project.id}/stories`, {title: 'Land'})
  kept.reconnect()
  await until(() => resets.length > 0)
  await requireSame()
  t.deepEqual([resets, titles(), fetches()], [[['epoch', project.name, 1]], [['Land']], 2])
})

test('a task of a backlog shows the member’s own change before the server responds, and a refused change is rolled back', async t => {
  const {bob, project, kept, requireSame} = await keepTeamBacklog(t)
  const {body: story} = await bob.post(`/projects/${project.id}/stories`, {title: 'Land'})
  const {body: task} = await bob.post(`/stories/${story.id}/tasks`, {title: 'Weld'})
  await requireSame()
  const taskNow = () => kept.board!.stories[0]!.tasks[0]!
  const taken = kept.take(task.id)
  await nextTurn()
  t.true(kept.pendingTaskIds.has(task.id))
  t.is(taskNow().owner_user_id, kept.me!.user_id)
  t.like(await taken, {status: 'owned', version: 2})
  const refused = kept.setStatus(task.id, 'available')
  await nextTurn()
  t.is(taskNow().status, 'available')
  t.like(await t.throwsAsync(refused, {instanceOf: Problem}), {code: 'invalid-status-move'})
  t.is(taskNow().status, 'owned')
  await requireSame()
})

const at = '2026-03-02T09:30:00.125Z'
const aTask = (more: object = {}) => ({
  id: 'task',
  story_id: 'story',
  status: 'available',
  owner_user_id: null,
  version: 1,
  ...more,
})

/** Starts keepBoard for a board whose tasks have version 1. The test responds to each change with `answer`. */
async function keepScripted(t: ExecutionContext, tasks = [aTask()]) {
  const changes: {path: string; answer: (status: number, body: unknown) => void; lose(): void}[] = []
  let open: ServerResponse | undefined
  const scripted = await startScriptedServer(
    [
      (res, req) => {
        open = res
        live(1)(res, req)
      },
    ],
    (res, req) => {
      if (req.url!.endsWith('/me')) return json(res, 200, {user_id: 'ada', name: 'Ada'})
      if (req.url!.endsWith('/board')) {
        const stories = [{id: 'story', version: 1, tasks}]
        return json(res, 200, {sprint: {id: 's', version: 1}, stories, members: [], cursor: cursor(1)})
      }
      const path = `${req.method} ${req.url!.replace('/api/v1/tasks', '')}`
      changes.push({
        path,
        answer: (status, body) =>
          status < 400 ? json(res, status, body) : refuse(status, body as string)(res, req),
        lose: () => void res.destroy(),
      })
    },
  )
  const boards: unknown[] = []
  const kept = keepBoard({url: scripted.url, sprintId: 's', onBoard: board => boards.push(board)})
  t.teardown(async () => {
    kept.close()
    await scripted.close()
  })
  await until(() => kept.isConnected && kept.me)
  const send = (seq: number, data: object) =>
    open!.write(
      `id:${cursor(seq)}\ndata:${JSON.stringify({timestamp: at, task_id: 'task', story_id: 'story', ...data})}\n\n`,
    )
  return {kept, changes, boards, send, taskNow: () => kept.board!.stories[0]!.tasks[0]}
}

test('while the server refuses the board after an import, the events that wait are dropped at a limit, and a reset says so', async t => {
  const at = new Date().toISOString()
  const imported = `id:${cursor(2)}\ndata:${JSON.stringify({type: 'board.imported', project_id: 'p', sprint_id: 's', timestamp: at})}\n\n`
  const later = Array.from({length: 1_500}, (_, index) => frame.event(index + 3))
  let boards = 0
  const resets: Reset[] = []
  let delivered = 0
  const scripted = await startScriptedServer(
    [stream([frame.open(1), frame.ready(1), imported, ...later])],
    (res, req) => {
      if (!req.url!.endsWith('/board')) return json(res, 200, {user_id: 'ada', name: 'Ada'})
      boards++
      // The first attempt after the import starts after a random delay, when all events may have arrived.
      if (boards > 1 && boards < 4) return refuse(409, 'backlog-too-large')(res, req)
      const board = {sprint: {id: 's', version: 1}, stories: [], members: []}
      return json(res, 200, {...board, cursor: cursor(boards === 1 ? 1 : 1_502)})
    },
  )
  const kept = keepBoard({
    url: scripted.url,
    sprintId: 's',
    onEvent: () => delivered++,
    onReset: reset => resets.push(reset),
  })
  t.teardown(async () => {
    kept.close()
    await scripted.close()
  })
  await until(() => resets.length === 1)
  t.like(resets[0], {reason: 'expired', cursor: cursor(1_502)})
  t.is(delivered, 0)
  t.is(kept.status, 'live')
})

test('the board is the same whether the event of the member’s own change arrives before or after the response', async t => {
  for (const first of ['echo', 'answer']) {
    const {kept, changes, send, taskNow} = await keepScripted(t)
    const taken = kept.take('task')
    await until(() => changes.length === 1)
    const echo = () => send(2, {type: 'ownership_taken', version: 2, owner_user_id: 'ada'})
    const answer = async () => {
      changes[0]!.answer(
        200,
        aTask({status: 'owned', owner_user_id: 'ada', version: 2, owned_at: at, updated_at: at}),
      )
      await taken
    }
    if (first === 'echo') echo()
    await answer()
    t.like(taskNow(), {status: 'owned', owner_user_id: 'ada', version: 2})
    if (first === 'answer') echo()
    await until(() => kept.cursor === cursor(2))
    t.like(taskNow(), {status: 'owned', owner_user_id: 'ada', version: 2, owned_at: at})
  }
})

test('after the member’s own change, the board shows later changes of other members', async t => {
  const {kept, changes, send, taskNow} = await keepScripted(t)
  const taken = kept.take('task')
  await until(() => changes.length === 1)
  changes[0]!.answer(200, aTask({status: 'owned', owner_user_id: 'ada', version: 2}))
  await taken
  send(2, {type: 'ownership_taken', version: 2, owner_user_id: 'ada'})
  send(3, {type: 'ownership_released', version: 3, previous_owner_user_id: 'ada'})
  await until(() => taskNow()!.version === 3)
  t.like(taskNow(), {status: 'available', owner_user_id: null})
})

test('changes of a task are sent one at a time; when a change is rejected, the changes that depend on the rejected change are not sent', async t => {
  const {kept, changes, taskNow} = await keepScripted(t)
  const taken = kept.take('task')
  const started = kept.setStatus('task', 'in_progress')
  await until(() => changes.length === 1)
  t.like(taskNow(), {status: 'in_progress', owner_user_id: 'ada'})
  await delay(100)
  t.is(changes.length, 1)
  changes[0]!.answer(409, 'task-already-owned')
  await t.throwsAsync(taken, {instanceOf: Problem})
  await t.throwsAsync(started, {instanceOf: Problem})
  t.is(changes.length, 1)
  t.like(taskNow(), {status: 'available', owner_user_id: null, version: 1})
  const again = kept.take('task')
  await until(() => changes.length === 2)
  changes[1]!.answer(200, aTask({status: 'owned', owner_user_id: 'ada', version: 2}))
  t.like(await again, {version: 2})
})

test('a change is pending until its response or its event arrives', async t => {
  for (const first of ['echo', 'answer']) {
    const {kept, changes, send} = await keepScripted(t)
    t.deepEqual([...kept.pendingTaskIds], [])
    const taken = kept.take('task')
    await until(() => changes.length === 1)
    t.deepEqual([...kept.pendingTaskIds], ['task'])
    const answer = () => changes[0]!.answer(200, aTask({status: 'owned', owner_user_id: 'ada', version: 2}))
    if (first === 'answer') answer()
    else send(2, {type: 'ownership_taken', version: 2, owner_user_id: 'ada', actor_user_id: 'ada'})
    await until(() => kept.pendingTaskIds.size === 0)
    if (first === 'echo') answer()
    t.like(await taken, {version: 2})
  }
})

test('an event of another member or of another change does not confirm a change', async t => {
  const {kept, changes, send} = await keepScripted(t)
  const taken = kept.take('task')
  await until(() => changes.length === 1)
  send(2, {type: 'ownership_taken', version: 2, owner_user_id: 'bob', actor_user_id: 'bob'})
  send(3, {type: 'task.commented', version: 2, comment: {}, actor_user_id: 'ada'})
  await until(() => kept.cursor === cursor(3))
  t.deepEqual([...kept.pendingTaskIds], ['task'])
  changes[0]!.answer(409, 'task-already-owned')
  await t.throwsAsync(taken, {instanceOf: Problem})
  t.deepEqual([...kept.pendingTaskIds], [])
})

test('when the response of a change is lost, the task shows whether the server has made the change', async t => {
  for (const isMade of [true, false]) {
    const {kept, changes, taskNow} = await keepScripted(t)
    const taken = kept.take('task')
    await until(() => changes.length === 1)
    changes[0]!.lose()
    await until(() => changes.length === 2)
    t.is(changes[1]!.path, 'GET /task')
    t.deepEqual([...kept.pendingTaskIds], ['task'])
    t.is(taskNow()!.status, 'owned')
    changes[1]!.lose() // the request is repeated
    await until(() => changes.length === 3)
    changes[2]!.answer(200, isMade ? aTask({status: 'owned', owner_user_id: 'ada', version: 2}) : aTask())
    if (isMade) t.like(await taken, {version: 2})
    else await t.throwsAsync(taken, {message: 'fetch failed'})
    t.deepEqual([...kept.pendingTaskIds], [])
    t.is(taskNow()!.status, isMade ? 'owned' : 'available')
  }
})

test('when the response is lost but the event has arrived, the change was made, even if the task has changed again', async t => {
  const {kept, changes, send} = await keepScripted(t)
  const taken = kept.take('task')
  await until(() => changes.length === 1)
  send(2, {type: 'ownership_taken', version: 2, owner_user_id: 'ada', actor_user_id: 'ada'})
  await until(() => kept.pendingTaskIds.size === 0)
  changes[0]!.lose()
  await until(() => changes.length === 2)
  changes[1]!.answer(200, aTask({status: 'available', version: 3}))
  t.like(await taken, {version: 3})
})

const ranked = () =>
  ['g1', 'g2', 'g3', 'g4'].map((rank, index) => aTask({id: 'abcd'[index], rank, owner_user_id: null}))
const orderOf = (kept: KeptBoard) =>
  kept
    .board!.stories[0]!.tasks.toSorted(compareRanks)
    .map(({id}) => id)
    .join('')

test('a task that is moved beside a task of another board stays at its place until the server responds', async t => {
  for (const place of [{after_task_id: 'elsewhere'}, {before_task_id: 'elsewhere'}]) {
    const {kept, changes} = await keepScripted(t, ranked())
    const moved = kept.rankTask('b', place)
    await until(() => changes.length === 1)
    t.deepEqual([...kept.pendingTaskIds], ['b'])
    t.is(orderOf(kept), 'abcd')
    changes[0]!.answer(200, aTask({id: 'b', rank: 'g5', version: 2}))
    await moved
    t.is(orderOf(kept), 'acdb')
  }
})

test('a task that is moved after a task with a pending move follows this task, whatever rank the server chooses', async t => {
  const {kept, changes} = await keepScripted(t, ranked())
  const moves = [kept.rankTask('c', {after_task_id: 'a'}), kept.rankTask('d', {after_task_id: 'c'})]
  await until(() => changes.length === 2)
  t.is(orderOf(kept), 'acdb')
  changes[0]!.answer(200, aTask({id: 'c', rank: 'g1zz', version: 2}))
  await moves[0]
  t.is(orderOf(kept), 'acdb')
  changes[1]!.answer(200, aTask({id: 'd', rank: 'g1zzV', version: 2}))
  await moves[1]
  t.is(orderOf(kept), 'acdb')
})

test('when the response of the second move of a task is lost, the result of the first move does not confirm it', async t => {
  for (const isTogether of [true, false]) {
    const {kept, changes} = await keepScripted(t, ranked())
    const first = kept.rankTask('a', {after_task_id: 'b'})
    const move = () => kept.rankTask('a', {after_task_id: 'c'})
    let second = isTogether && move()
    await until(() => changes.length === 1)
    const made = aTask({id: 'a', rank: 'g2V', version: 2})
    changes[0]!.answer(200, made)
    await first
    second ||= move()
    const refused = t.throwsAsync(second, {message: 'fetch failed'})
    await until(() => changes.length === 2)
    t.is(orderOf(kept), 'bcad')
    changes[1]!.lose()
    await until(() => changes.length === 3)
    t.is(changes[2]!.path, 'GET /a')
    changes[2]!.answer(200, made)
    await refused
    t.is(orderOf(kept), 'bacd')
  }
})

test('a new rank of a task does not confirm a move of the task, because a move of another task may have caused it', async t => {
  const {kept, changes, send} = await keepScripted(t, ranked())
  const moved = kept.rankTask('a', {after_task_id: 'c'})
  await until(() => changes.length === 1)
  send(2, {type: 'task.ranked', task_id: 'a', rank: 'g0', version: 2, actor_user_id: 'ada'})
  await until(() => kept.cursor === cursor(2))
  t.deepEqual([...kept.pendingTaskIds], ['a'])
  t.is(orderOf(kept), 'bcad')
  changes[0]!.answer(200, aTask({id: 'a', rank: 'g3V', version: 3}))
  await moved
  t.is(orderOf(kept), 'bcad')
})

test('a transfer to one member does not confirm a transfer to another member', async t => {
  const {kept, changes, send, taskNow} = await keepScripted(t)
  const given = kept.give('task', 'bob')
  await until(() => changes.length === 1)
  const transferred = {type: 'ownership_transferred', actor_user_id: 'ada', previous_owner_user_id: null}
  send(2, {...transferred, version: 2, owner_user_id: 'carol'})
  await until(() => kept.cursor === cursor(2))
  t.deepEqual([...kept.pendingTaskIds], ['task'])
  t.is(taskNow()!.owner_user_id, 'bob')
  send(3, {...transferred, version: 3, owner_user_id: 'bob'})
  await until(() => kept.pendingTaskIds.size === 0)
  changes[0]!.answer(200, aTask({status: 'owned', owner_user_id: 'bob', version: 3}))
  t.like(await given, {version: 3})
})

test('a task that is started and given at once is shown in progress', async t => {
  const {kept, changes, taskNow} = await keepScripted(t)
  const acts = [kept.take('task'), kept.setStatus('task', 'in_progress'), kept.give('task', 'bob')]
  const refused = Promise.all(acts.map(act => t.throwsAsync(act, {instanceOf: Problem})))
  await until(() => changes.length === 1)
  t.like(taskNow(), {status: 'in_progress', owner_user_id: 'bob'})
  changes[0]!.answer(409, 'task-already-owned')
  await refused
})

test('when the board is closed, a change without a response rejects', async t => {
  const {kept, changes} = await keepScripted(t)
  const taken = kept.take('task')
  await until(() => changes.length === 1)
  changes[0]!.lose()
  await until(() => changes.length === 2)
  kept.close()
  await t.throwsAsync(taken, {message: 'fetch failed'})
})

test('a task that is deleted while its change is pending stays deleted', async t => {
  const {kept, changes, send, taskNow} = await keepScripted(t)
  const taken = kept.take('task')
  await until(() => changes.length === 1)
  send(2, {type: 'ownership_taken', version: 2, owner_user_id: 'ada'})
  send(3, {type: 'task.deleted', version: 3})
  await until(() => kept.cursor === cursor(3))
  changes[0]!.answer(200, aTask({status: 'owned', owner_user_id: 'ada', version: 2}))
  await taken
  t.is(taskNow(), undefined)
})

test('when an event does not change the board, onBoard is not called', async t => {
  const {kept, boards, send} = await keepScripted(t)
  t.is(boards.length, 1)
  send(2, {type: 'task.started', version: 2})
  send(3, {type: 'sprint.deleted', version: 1})
  await until(() => kept.cursor === cursor(3))
  t.is(boards.length, 1)
})

test('when the server refuses to send the board because the credentials are invalid, the status is signed-out', async t => {
  const scripted = await startScriptedServer([live(1)], refuse(401, 'unauthenticated'))
  const statuses: string[] = []
  const kept = keepBoard({url: scripted.url, sprintId: 's', onStatus: status => statuses.push(status)})
  t.teardown(async () => {
    kept.close()
    await scripted.close()
  })
  await until(() => statuses.length > 0)
  t.deepEqual(statuses, ['signed-out'])
  t.is(kept.board, undefined)
  t.is(scripted.streams.length, 0)
})
