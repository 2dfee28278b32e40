// Tests `If-None-Match` on boards and backlogs: when the board of the client is still current, the response is a 304, and
// the server reads no task.
import {parseCursor} from '../../src/board/cursor.ts'
import {type EventType, eventTypes} from '../../src/board/events.ts'
import {boardVersionAt, formatEntityTag} from '../../src/http/entity-tags.ts'
import {sprintRoutes} from '../../src/http/sprints.ts'
import type {BoardChange} from '../../src/store/board-changes.ts'
import {pruneEvents, renewEpochs} from '../../src/store/event-log.ts'
import {SharedReads} from '../../src/store/shared-reads.ts'
import {linkPullRequest} from '../helpers/link-pull-request.ts'
import {appendMemberEvents, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {type Client, type Server, startServer, type Team} from '../helpers/server.ts'
import {recordStatements} from '../helpers/statements.ts'

let server: Server
test.before(async () => {
  server = await startServer({databaseUrl: await createDatabase()})
})
test.after.always(() => server.close())

/** A change that appends an event, and the status of the next conditional read of the board. */
interface Case {
  status: 200 | 304 | 404
  /** Runs before the client reads the board. The result is passed to `change`. */
  prepare?: (team: Team) => Promise<any>
  change: (team: Team, prepared: any) => Promise<unknown>
}

const setStatus = (status: string) => (team: Team) => team.ada.put(`/tasks/${team.task.id}/status`, {status})
const take = (team: Team) => team.ada.put(`/tasks/${team.task.id}/ownership`)
const start = async (team: Team) => {
  await take(team)
  await setStatus('in_progress')(team)
}
const editTask = (fields: object) => (team: Team) => team.ada.patch(`/tasks/${team.task.id}`, fields)
const editStory = (fields: object) => (team: Team) => team.ada.patch(`/stories/${team.story.id}`, fields)
const escalate = async ({ada, bob, project}: Team) => {
  const {user_id} = await bob.caller()
  return (
    await ada.post(`/projects/${project.id}/escalations`, {question: 'May we?', assignee_user_id: user_id})
  ).body
}
const comment = async ({ada, task}: Team) =>
  (await ada.post(`/tasks/${task.id}/comments`, {body: 'Mind the valve'})).body
const addLabel = async ({ada, project}: Team) =>
  (await ada.post(`/projects/${project.id}/labels`, {name: 'Safety'})).body
const report = (activity: object) => (team: Team) =>
  team.ada.post(`/projects/${team.project.id}/activity`, activity)
const run = {agent: 'welder', run_id: '1'}
const pr = {number: 1, title: 'Vent', url: 'https://github.example/1', author: 'bob'}

const cases: Record<EventType, Case> = {
  ownership_taken: {status: 200, change: take},
  ownership_released: {
    status: 200,
    prepare: take,
    change: ({ada, task}) => ada.delete(`/tasks/${task.id}/ownership`),
  },
  ownership_transferred: {
    status: 200,
    change: async ({root, bob, task}) =>
      root.put(`/tasks/${task.id}/ownership`, {owner_user_id: (await bob.caller()).user_id}),
  },
  status_changed: {status: 200, prepare: take, change: setStatus('in_progress')},
  'task.created': {
    status: 200,
    change: ({ada, story}) => ada.post(`/stories/${story.id}/tasks`, {title: 'Weld'}),
  },
  'task.updated': {status: 200, change: editTask({title: 'Weld'})},
  'task.deleted': {status: 200, change: ({ada, task}) => ada.delete(`/tasks/${task.id}`)},
  'task.started': {status: 200, prepare: take, change: setStatus('in_progress')},
  'task.completed': {status: 200, prepare: start, change: setStatus('completed')},
  'task.failed': {status: 200, prepare: start, change: setStatus('failed')},
  'task.cancelled': {status: 200, change: setStatus('cancelled')},
  'task.moved': {status: 200, change: editStory({sprint_id: null})},
  'task.ranked': {
    status: 200,
    prepare: ({ada, story}) => ada.post(`/stories/${story.id}/tasks`, {title: 'Weld'}),
    change: ({ada, task}) => ada.put(`/tasks/${task.id}/rank`, {before_task_id: null}),
  },
  'task.blockers.changed': {
    status: 200,
    prepare: async ({ada, story}) => (await ada.post(`/stories/${story.id}/tasks`, {title: 'Weld'})).body,
    change: ({ada, task}, {id}) => ada.put(`/tasks/${task.id}/blockers/${id}`),
  },
  'task.links.changed': {
    status: 200,
    change: ({root, task}) => linkPullRequest(server.url, root, task),
  },
  'task.commented': {
    status: 200,
    change: ({ada, task}) => ada.post(`/tasks/${task.id}/comments`, {body: 'Mind the valve'}),
  },
  'task.comment.edited': {
    status: 200,
    prepare: comment,
    change: ({ada}, {id}) => ada.patch(`/comments/${id}`, {body: 'Mind both valves'}),
  },
  'task.comment.deleted': {
    status: 200,
    prepare: comment,
    change: ({ada}, {id}) => ada.delete(`/comments/${id}`),
  },
  'task.questions.changed': {
    status: 200,
    change: ({ada, project, task}) =>
      ada.post(`/projects/${project.id}/escalations`, {question: 'May we?', task_id: task.id}),
  },
  'story.created': {
    status: 200,
    change: ({ada, project, sprint}) =>
      ada.post(`/projects/${project.id}/stories`, {title: 'Land', sprint_id: sprint.id}),
  },
  'story.updated': {status: 200, change: editStory({title: 'Reach a low orbit'})},
  'story.deleted': {status: 200, change: ({root, story}) => root.delete(`/stories/${story.id}`)},
  'story.moved': {
    status: 200,
    prepare: async ({ada, project}) =>
      (await ada.post(`/projects/${project.id}/stories`, {title: 'Land'})).body,
    change: ({ada, sprint}, story) => ada.patch(`/stories/${story.id}`, {sprint_id: sprint.id}),
  },
  'story.ranked': {
    status: 200,
    prepare: ({ada, project}) => ada.post(`/projects/${project.id}/stories`, {title: 'Land'}),
    change: ({ada, story}) => ada.put(`/stories/${story.id}/rank`, {before_story_id: null}),
  },
  'story.status.changed': {
    status: 200,
    change: ({ada, story}) => ada.put(`/stories/${story.id}/status`, {status: 'committed'}),
  },
  'sprint.created': {
    status: 304,
    change: ({ada, project}) => ada.post(`/projects/${project.id}/sprints`, {name: 'Sprint 2'}),
  },
  'sprint.updated': {
    status: 200,
    change: ({ada, sprint}) => ada.patch(`/sprints/${sprint.id}`, {goal: 'Up and back'}),
  },
  'sprint.status.changed': {
    status: 200,
    change: ({ada, sprint}) => ada.put(`/sprints/${sprint.id}/status`, {status: 'active'}),
  },
  'sprint.deleted': {status: 404, change: ({root, sprint}) => root.delete(`/sprints/${sprint.id}`)},
  'label.created': {status: 200, change: addLabel},
  'label.updated': {
    status: 200,
    prepare: addLabel,
    change: ({ada}, {id}) => ada.patch(`/labels/${id}`, {color: 'red'}),
  },
  'label.deleted': {status: 200, prepare: addLabel, change: ({ada}, {id}) => ada.delete(`/labels/${id}`)},
  'board.imported': {
    status: 200,
    change: ({ada, project, sprint}) =>
      ada.post(`/projects/${project.id}/imports?sprint_id=${sprint.id}`, {
        boardcast_export: 1,
        stories: [{id: '1'}],
      }),
  },
  'member.updated': {
    status: 200,
    change: async ({organizationId}) => appendMemberEvents(server.db, organizationId, 1),
  },
  'project.created': {status: 304, change: ({ada}) => ada.post('/projects', {name: 'Rover'})},
  'project.updated': {
    status: 304,
    change: ({ada, project}) => ada.patch(`/projects/${project.id}`, {name: 'Rover'}),
  },
  'project.deleted': {status: 404, change: ({root, project}) => root.delete(`/projects/${project.id}`)},
  'project.phase.changed': {
    status: 304,
    change: ({ada, project}) => ada.patch(`/projects/${project.id}`, {phase: 'build'}),
  },
  'escalation.created': {status: 304, change: escalate},
  'escalation.responded': {
    status: 304,
    prepare: escalate,
    change: ({bob}, {id}) => bob.post(`/escalations/${id}/response`, {response: 'Yes.'}),
  },
  'agent.started': {status: 304, change: report({type: 'agent.started', ...run})},
  'agent.completed': {
    status: 304,
    prepare: report({type: 'agent.started', ...run}),
    change: report({type: 'agent.completed', ...run, outcome: 'succeeded'}),
  },
  'pr.created': {status: 304, change: report({type: 'pr.created', pr})},
  'pr.merged': {status: 304, change: report({type: 'pr.merged', pr})},
  'workflow.error': {status: 304, change: report({type: 'workflow.error', workflow: 'test', message: 'No.'})},
  'notification.created': {status: 304, change: escalate},
  'notification.read': {
    status: 304,
    prepare: escalate,
    change: async ({bob}) => {
      const {body, headers} = await bob.get('/notifications')
      if (body.unread_count === 0) throw new Error('Bob has no notification')
      await bob.put('/notifications/read', {up_to: headers.get('event-id')})
    },
  },
}

/** Every event of a project counts as a change of its backlog. */
function statusOfBacklog(type: EventType) {
  if (type === 'project.deleted') return 404
  return type === 'project.created' || type === 'notification.read' ? 304 : 200
}

for (const [type, place, status] of eventTypes.flatMap(type => [
  [type, 'board', cases[type].status] as const,
  [type, 'backlog', statusOfBacklog(type)] as const,
])) {
  const {prepare, change} = cases[type]
  test(`after an event ${type} that does ${status === 304 ? 'not concern' : 'concern'} a ${place}, a conditional read of the ${place} responds with ${status}`, async t => {
    const team = await server.team(t.title)
    const path =
      place === 'board' ? `/sprints/${team.sprint.id}/board` : `/projects/${team.project.id}/backlog`
    const prepared = await prepare?.(team)
    const before = await team.vic.get(path)
    t.is(before.headers.get('etag'), `"3-${before.body.cursor}"`)
    await change(team, prepared)
    const events = await readEvents(server.db, team.organizationId, parseCursor(before.body.cursor)!.seq)
    t.true(events.some(event => event.type === type))

    const after = await team.vic.get(path, {'if-none-match': before.headers.get('etag')!})
    const now = await team.vic.get(path)
    t.is(after.status, status)
    t.is(after.headers.get('event-id'), now.headers.get('event-id'))
    if (status === 404) {
      t.is(after.body.code, place === 'board' ? 'sprint-not-found' : 'project-not-found')
      return
    }
    if (status === 304) {
      t.is(after.headers.get('etag'), before.headers.get('etag'))
      t.deepEqual({...before.body, cursor: now.body.cursor}, now.body)
    } else {
      t.deepEqual(after.body, now.body)
      t.not(after.headers.get('etag'), before.headers.get('etag'))
    }
    t.is((await team.vic.get(path, {'if-none-match': now.headers.get('etag')!})).status, 304)
  })
}

// The next two tests count the statements of this process, so no other test may run at the same time.
test.serial(
  'a 304 for a board or a backlog needs one statement, and this statement reads no story and no task',
  async t => {
    const {ada, sprint, project} = await server.team(t.title)
    for (const path of [`/sprints/${sprint.id}/board`, `/projects/${project.id}/backlog`]) {
      const {headers} = await ada.get(path)
      const statements = await recordStatements(async () => {
        t.is((await ada.get(path, {'if-none-match': headers.get('etag')!})).status, 304)
      })
      const reads = statements.filter(({text}) => /projects|sprints|stories|tasks|events/.test(text))
      t.is(reads.length, 1)
      t.notRegex(reads[0]!.text, /stories|tasks/)
    }
  },
)

test.serial(
  'when thirty conditional reads of a board run at the same time, they need only two statements',
  async t => {
    const {ada, sprint} = await server.team(t.title)
    const request = {
      caller: await ada.caller(),
      ids: {id: sprint.id},
      query: {},
      body: undefined,
      expected: undefined,
    }
    const boardChanges = new SharedReads<BoardChange | undefined>({maxDelayMs: 60_000})
    const {readChange} = sprintRoutes.find(({path}) => path === '/sprints/{id}/board')!
    const statements = await recordStatements(async () => {
      await Promise.all(Array.from({length: 30}, () => readChange!(request, {db: server.db, boardChanges})))
    })
    t.is(statements.length, 2)
  },
)

test('when only the boards of other sprints change, a conditional read responds with 304', async t => {
  const {ada, root, project, sprint} = await server.team(t.title)
  const [second, third] = await Promise.all(
    ['2', '3'].map(async name => (await ada.post(`/projects/${project.id}/sprints`, {name})).body),
  )
  const path = `/sprints/${sprint.id}/board`
  const etag = (await ada.get(path)).headers.get('etag')!
  const other = await ada.get(`/sprints/${second.id}/board`)
  const {body: story} = await ada.post(`/projects/${project.id}/stories`, {title: 'S', sprint_id: second.id})
  const {body: task} = await ada.post(`/stories/${story.id}/tasks`, {title: 'T'})
  await ada.put(`/tasks/${task.id}/ownership`)
  await ada.patch(`/stories/${story.id}`, {sprint_id: third.id})
  await root.delete(`/sprints/${third.id}`)
  t.is((await ada.get(path, {'if-none-match': etag})).status, 304)
  const moved = await ada.get(`/sprints/${second.id}/board`, {'if-none-match': other.headers.get('etag')!})
  t.is(moved.status, 200)
})

test('when only another project changes, a conditional read of a backlog responds with 304', async t => {
  const {ada, project} = await server.team(t.title)
  const {body: other} = await ada.post('/projects', {name: 'Rover'})
  const path = `/projects/${project.id}/backlog`
  const etag = (await ada.get(path)).headers.get('etag')!
  const {body: story} = await ada.post(`/projects/${other.id}/stories`, {title: 'Land'})
  await ada.post(`/stories/${story.id}/tasks`, {title: 'Weld'})
  await ada.post(`/projects/${other.id}/labels`, {name: 'Safety'})
  t.is((await ada.get(path, {'if-none-match': etag})).status, 304)
})

test('the ETag of a board in another format, such as the format of an older release, gets the board', async t => {
  const {ada, sprint} = await server.team('format')
  const path = `/sprints/${sprint.id}/board`
  const {headers, body} = await ada.get(path)
  for (const other of [
    `"${body.cursor}"`,
    `"2-${body.cursor}"`,
    `"4-${body.cursor}"`,
    `"3-${body.cursor}-1"`,
  ]) {
    t.is((await ada.get(path, {'if-none-match': other})).status, 200, other)
  }
  t.is((await ada.get(path, {'if-none-match': headers.get('etag')!})).status, 304)
})

test('when one ETag of several ETags is the ETag of the current board, the response is a 304 with this ETag', async t => {
  const {ada, sprint, task} = await server.team(t.title)
  const path = `/sprints/${sprint.id}/board`
  const old = (await ada.get(path)).headers.get('etag')!
  await ada.put(`/tasks/${task.id}/ownership`)
  const current = (await ada.get(path)).headers.get('etag')!
  const {status, headers} = await ada.get(path, {'if-none-match': `${old}, W/${current}, "7"`})
  t.is(status, 304)
  t.is(headers.get('etag'), current)
})

test('when the log does not show whether the board has changed, a conditional read responds with the board', async t => {
  const {ada, sprint, project, organizationId} = await server.team(t.title)
  const path = `/sprints/${sprint.id}/board`
  const {epoch, seq} = parseCursor((await ada.get(path)).body.cursor)!
  const statusFor = async (tag: string) => (await ada.get(path, {'if-none-match': tag})).status
  const at = (position: number) => formatEntityTag(boardVersionAt({epoch, seq: position}))
  t.is(await statusFor(at(seq)), 304)
  t.is(await statusFor(at(seq + 1)), 200)
  t.is(await statusFor(formatEntityTag(boardVersionAt({epoch: 'a'.repeat(13), seq}))), 200)
  t.is(await statusFor(formatEntityTag(epoch)), 200)

  await ada.patch(`/projects/${project.id}`, {name: 'Rover'})
  await ada.patch(`/projects/${project.id}`, {name: 'Glider'})
  await pruneEvents(server.db, organizationId, seq)
  t.is(await statusFor(at(seq)), 304)
  await pruneEvents(server.db, organizationId, seq + 1)
  t.is(await statusFor(at(seq)), 200)
  t.is(await statusFor(at(seq + 1)), 304)
  await pruneEvents(server.db, organizationId, seq + 2)
  t.is(await statusFor(at(seq + 2)), 304)

  await renewEpochs(server.db, organizationId)
  t.is(await statusFor(at(seq + 2)), 200)
})

test('a conditional read responds with 304 after 2,000 other events, and with the board after more events', async t => {
  const {ada, sprint, project} = await server.team(t.title)
  const path = `/sprints/${sprint.id}/board`
  const etag = (await ada.get(path)).headers.get('etag')!
  const failed = (number: number) => ({type: 'workflow.error', workflow: `${number}`, message: 'No.'})
  const batch = Array.from({length: 100}, (_, number) => failed(number))
  for (let count = 0; count < 20; count++) await ada.post(`/projects/${project.id}/activity`, batch)
  t.is((await ada.get(path, {'if-none-match': etag})).status, 304)
  await ada.post(`/projects/${project.id}/activity`, batch[0])
  t.is((await ada.get(path, {'if-none-match': etag})).status, 200)
})

test('a board of another organization and an unknown board are not found, even if If-None-Match is *', async t => {
  const {ada, sprint} = await server.team(t.title)
  const {headers} = await ada.get(`/sprints/${sprint.id}/board`)
  const stranger = server.as({sub: 'mallory', org: `${t.title} 2`, role: 'admin'})
  const read = async (client: Client, id: string, tags: string) => {
    const {status, body} = await client.get(`/sprints/${id}/board`, {'if-none-match': tags})
    t.is(status, 404)
    t.is(body.code, 'sprint-not-found')
  }
  for (const tags of ['*', headers.get('etag')!]) {
    await read(stranger, sprint.id, tags)
    await read(ada, unknownId, tags)
    await read(ada, 'none', tags)
  }
})

const unknownId = '00000000-0000-7000-8000-000000000000'
