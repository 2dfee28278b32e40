// The client against a whole server, over fetch, as it runs in Node and in workers.
import {setTimeout as delay} from 'node:timers/promises'
import test from 'ava'
import {keepBoard, openTaskStream, type TaskStreamOptions} from '../../src/client/client.ts'
import {type Server, startServer} from '../helpers/server.ts'

let server: Server

test.before(async () => {
  server = await startServer({live: {heartbeatSeconds: 0.5, limits: {pollInterval: 50}}})
})
test.after.always(() => server.close())

let organizations = 0

/** A team of its own for each test, and its streams as Ada; closed with the test. */
async function newTeam() {
  const org = `org-${++organizations}`
  const team = await server.team(org)
  const token = await server.tokenFor({sub: 'ada', org, role: 'member', name: 'Ada'})
  return {...team, options: {url: server.url, getToken: () => token}}
}

async function until(condition: () => unknown): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 20_000) throw new Error(`Waited in vain for ${condition}`)
    await delay(20)
  }
}

function watch(options: TaskStreamOptions) {
  const seen: any[] = []
  const statuses: string[] = []
  const errors: unknown[] = []
  const stream = openTaskStream({
    ...options,
    onEvent: (event, place) => seen.push({...event, ...place}),
    onStatus: status => statuses.push(status),
    onError: error => errors.push(error),
  })
  return {stream, seen, statuses, errors}
}

test('a stream goes live and brings what happens, with the cursor behind it', async t => {
  const {bob, task, sprint, options} = await newTeam()
  const {stream, seen, statuses, errors} = watch({...options, selection: {sprintId: sprint.id}})
  t.teardown(() => stream.close())
  await until(() => stream.isConnected)
  t.true(stream.checkedAt instanceof Date)
  const {headers} = await bob.put(`/tasks/${task.id}/ownership`)
  await until(() => seen.length > 0)
  t.like(seen[0], {
    type: 'ownership_taken',
    task_id: task.id,
    cursor: headers.get('event-id')!,
    isReplay: false,
  })
  t.is(stream.cursor, headers.get('event-id')!)
  t.deepEqual(statuses, ['live'])
  t.deepEqual(errors, [])
})

test('a kept board shows what others do, and the own change before the server has answered', async t => {
  const {ada, bob, task, sprint, options} = await newTeam()
  const boards: any[] = []
  const kept = keepBoard({...options, sprintId: sprint.id, onBoard: board => boards.push(board)})
  t.teardown(() => kept.close())
  await until(() => kept.isConnected)
  const taskNow = () => kept.board!.stories[0]!.tasks[0]!
  t.is(taskNow().status, 'available')
  const {user_id} = await ada.caller()
  await until(() => kept.me)
  const answer = kept.take(task.id)
  await delay(0)
  t.like(taskNow(), {status: 'owned', owner_user_id: user_id})
  t.like(await answer, {status: 'owned', owner_user_id: user_id, version: 2})
  await until(() => taskNow().version === 2)
  await kept.release(task.id)
  await bob.put(`/tasks/${task.id}/ownership`)
  await until(() => taskNow().version === 4)
  const {body} = await ada.get(`/sprints/${sprint.id}/board`)
  const {cursor, ...board} = body
  const {cursor: _, ...shown} = kept.board as any
  t.deepEqual(shown, board)
  await t.throwsAsync(kept.take(task.id), {message: /Bob owns/, code: 'task-already-owned'} as any)
  t.deepEqual(taskNow(), board.stories[0].tasks[0])
})
