// Tests a complete sprint: twelve members use the API while four streams are open, one of each topic and one of all
// topics.
import {applyEvent} from '../../src/board/apply-event.ts'
import {parseCursor} from '../../src/board/cursor.ts'
import {type BoardEvent, eventTypes, topicsOf} from '../../src/board/events.ts'
import {linkPullRequest} from '../helpers/link-pull-request.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {requireSameBoard} from '../helpers/same-board.ts'
import {type Answer, type Client, type Server, startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'

let server: Server
test.before(async () => {
  server = await startServer({databaseUrl: await createDatabase()})
})
test.after.always(() => server.close())

test('events of every type are delivered on their topics, and the events of a sprint reproduce the board of the sprint', async t => {
  const play = await startPlay('played')
  const {root, members, headers} = play
  const open = (path: string) => Stream.open(`${server.url}/api/v1/events${path}`, {headers})
  const [tasks, projects, user, all] = await Promise.all(['/tasks', '/projects', '/user', ''].map(open))
  const streams = {tasks: tasks!, projects: projects!, user: user!, all: all!}
  await Promise.all(Object.values(streams).map(stream => stream.waitFor('stream.ready')))

  const {sprints, project} = await plan(play)
  const boards = await Promise.all(sprints.map(sprint => keepBoard(play, sprint)))
  await Promise.all(members.map(async (member, index) => work(play, member, index)))
  await rearrange(play)
  const last = await create(root, '/projects', {name: 'Last project'})
  const isLast = ({data}: {data?: any}) => data?.type === 'project.created' && data.project_id === last.id
  await Promise.all([streams.projects.waitFor(isLast), streams.all.waitFor(isLast)])
  const end = streams.all.events.findLast(isLast)!.id!

  for (const {sprint, stream, board, cursor: start} of boards) {
    const final = (await root.get(`/sprints/${sprint.id}/board`)).body
    t.is(final.cursor, end)
    const later = streams.all.events.filter(({id}) => seqOf(id!) > seqOf(start))
    const expected = later.filter(({data}) => isOfSprint(data, sprint.id))
    await stream.waitUntil(() => stream.events.length >= expected.length)
    t.deepEqual(
      idsOf(stream),
      expected.map(({id}) => id),
    )
    const updated = stream.events.map(({data}) => data as BoardEvent).reduce(applyEvent, board)
    t.notThrows(() => requireSameBoard(updated, final))
  }
  const everything = streams.all.events.map(({data}) => data as BoardEvent)
  t.deepEqual([...new Set(everything.map(({type}) => type))].sort(), [...eventTypes].sort())
  t.is(new Set(idsOf(streams.all)).size, everything.length, 'an event of two topics is delivered once')

  const ofTopic = (topic: 'tasks' | 'projects') =>
    streams.all.events.filter(({data}) => topicsOf(data.type).includes(topic)).map(({id}) => id)
  await streams.tasks.waitUntil(() => idsOf(streams.tasks).length >= ofTopic('tasks').length)
  t.deepEqual(idsOf(streams.tasks), ofTopic('tasks'))
  t.deepEqual(idsOf(streams.projects), ofTopic('projects'))
  await streams.user.waitUntil(() => streams.user.events.length > 0)
  const userEvents = streams.user.events.map(({data}) => data)
  t.true(
    userEvents.every(({actor_user_id, type}) => {
      return (actor_user_id !== play.caller.user_id) === (type !== 'notification.read')
    }),
    'the user stream contains none of the caller’s own changes except notification.read',
  )
  t.true(userEvents.some(({type}) => type === 'task.commented'))
  t.true(userEvents.some(({type}) => type === 'escalation.responded'))
  t.is((await root.get(`/projects/${project.id}`)).status, 200)
})

test('when a story moves to another sprint, live events and replayed events move the tasks of the story from the old board to the new board', async t => {
  const play = await startPlay('moves')
  const {root} = play
  const {sprints, story} = await plan(play)
  const [from, to] = sprints as [Resource, Resource]
  const before = await Promise.all([from, to].map(sprint => keepBoard(play, sprint)))

  const {body: moved, headers} = await root.patch(`/stories/${story.id}`, {
    sprint_id: to.id,
    title: 'Reach it from there',
  })
  t.like(moved, {sprint_id: to.id, title: 'Reach it from there', version: story.version + 1})
  await root.put(`/stories/${story.id}/status`, {status: 'ready'})

  for (const {sprint, board, stream, cursor} of before) {
    const replay = await Stream.open(`${server.url}/api/v1/events/tasks?sprint_id=${sprint.id}`, {
      headers: {...play.headers, 'last-event-id': cursor},
    })
    await replay.waitFor('stream.ready')
    await stream.waitFor(sprint === to ? 'story.status.changed' : 'task.moved')
    await stream.waitUntil(() => stream.events.length >= replay.events.length)
    const later = (await root.get(`/sprints/${sprint.id}/board`)).body
    t.is(
      later.stories.some(({id}: Resource) => id === story.id),
      sprint === to,
    )
    for (const each of [stream, replay]) {
      const events = each.events.map(({data}) => data as BoardEvent)
      t.notThrows(() => requireSameBoard(events.reduce(applyEvent, board), later))
      t.deepEqual(
        events.slice(0, 3).map(({type}) => type),
        ['story.moved', 'task.moved', 'task.moved'],
      )
    }
    t.deepEqual(stream.events, replay.events)
  }
  t.truthy(headers.get('event-id'))
})

test('deleting a project with 3 sprints, 20 stories and 200 tasks is one change; every deletion is streamed, and no rows remain', async t => {
  const play = await startPlay('deleted')
  const {root, caller} = play
  const untouched = await server.stateOf(caller.organization_id)
  const project = await create(root, '/projects', {name: 'Doomed'})
  const sprints: Resource[] = []
  for (const name of ['1', '2', '3'])
    sprints.push(await create(root, `/projects/${project.id}/sprints`, {name}))
  const stories = await Promise.all(
    Array.from({length: 20}, (_, index) =>
      create(root, `/projects/${project.id}/stories`, {
        title: `Story ${index}`,
        sprint_id: sprints[index % 4]?.id ?? null,
      }),
    ),
  )
  const tasks = await Promise.all(
    Array.from({length: 200}, (_, index) =>
      create(root, `/stories/${stories[index % 20]!.id}/tasks`, {title: `Task ${index}`}),
    ),
  )
  await create(root, `/tasks/${tasks[0]!.id}/comments`, {body: 'Why?'})
  await create(root, `/projects/${project.id}/escalations`, {question: 'Why?', task_id: tasks[0]!.id})
  const boards = await Promise.all(sprints.map(sprint => keepBoard(play, sprint)))
  const all = await Stream.open(`${server.url}/api/v1/events?project_id=${project.id}`, {
    headers: play.headers,
  })
  await all.waitFor('stream.ready')

  t.is((await root.delete(`/projects/${project.id}`)).status, 204)
  await all.waitFor('project.deleted')
  const deletions = all.events.map(({data}) => data)
  t.is(new Set(deletions.map(({timestamp}) => timestamp)).size, 1, 'one change')
  const idsDeleted = (type: string, name: string) =>
    deletions.filter(data => data.type === type).map(data => data[name])
  t.deepEqual(idsDeleted('task.deleted', 'task_id').sort(), tasks.map(({id}) => id).sort())
  t.deepEqual(idsDeleted('story.deleted', 'story_id').sort(), stories.map(({id}) => id).sort())
  t.deepEqual(idsDeleted('sprint.deleted', 'sprint_id').sort(), sprints.map(({id}) => id).sort())
  t.is(deletions.length, 224)

  for (const {stream, board, sprint} of boards) {
    await stream.waitFor('sprint.deleted')
    const after = stream.events.map(({data}) => data as BoardEvent).reduce(applyEvent, board)
    t.deepEqual(after.stories, [])
    t.is((await root.get(`/sprints/${sprint.id}/board`)).body.code, 'sprint-not-found')
  }
  const {head: _, ...left} = (await server.stateOf(caller.organization_id)) as Record<string, unknown>
  const {head: __, ...before} = untouched as Record<string, unknown>
  t.deepEqual(left, before)
})

test('each invalid request is rejected with its code, and nothing is written', async t => {
  const {ada, bob, project, story, task, organizationId} = await server.team('bounds')
  const {body: other} = await ada.post('/projects', {name: 'Rover'})
  const {body: elsewhere} = await ada.post(`/projects/${other.id}/sprints`, {name: 'Elsewhere'})
  const {body: escalation} = await ada.post(`/projects/${project.id}/escalations`, {question: 'May we?'})
  await bob.post(`/escalations/${escalation.id}/response`, {response: 'Yes.'})
  await ada.post('/projects', {name: 'Once'}, {'idempotency-key': 'one'})
  const before = await server.stateOf(organizationId)
  const refusals: [string, Promise<Answer>][] = [
    [
      'sprint-of-another-project',
      ada.patch(`/stories/${story.id}`, {title: 'Lost', sprint_id: elsewhere.id}),
    ],
    ['invalid-request', ada.post(`/tasks/${task.id}/comments`, {body: 'x'.repeat(100_000)})],
    ['invalid-request', ada.post(`/tasks/${task.id}/comments`, {body: 'x'.repeat(10_001)})],
    ['invalid-request', ada.post(`/tasks/${task.id}/comments`, {body: ''})],
    ['escalation-already-responded', ada.post(`/escalations/${escalation.id}/response`, {response: 'No.'})],
    ['invalid-request', ada.put(`/stories/${story.id}/status`, {status: 'finished'})],
    ['invalid-request', ada.put(`/tasks/${task.id}/status`, {status: 'finished'})],
    ['invalid-request', ada.patch(`/projects/${project.id}`, {phase: 'x'.repeat(41)})],
    ['invalid-request', ada.patch(`/projects/${project.id}`, {phase: ' '})],
    ['invalid-request', ada.get(`/projects/${project.id}/escalations?status=answered`)],
    ['invalid-request', ada.get(`/projects/${project.id}/escalations?assignee=me`)],
    ['idempotency-key-reused', ada.post('/projects', {name: 'Twice'}, {'idempotency-key': 'one'})],
  ]
  for (const [code, answer] of refusals) t.is((await answer).body.code, code)
  t.deepEqual(await server.stateOf(organizationId), before)
  const longest = await ada.post(`/tasks/${task.id}/comments`, {body: 'x'.repeat(10_000)})
  t.is(longest.status, 201)
})

interface Resource {
  id: string
  version: number
}

/** Creates an organization with an admin and twelve members. `headers` has the credentials of the admin. */
async function startPlay(org: string) {
  const root = server.as({sub: 'root', org, role: 'admin', name: 'Root'})
  const caller = await root.caller()
  const members = Array.from({length: 12}, (_, index) =>
    server.as({sub: `member ${index}`, org, role: 'member', name: `Member ${index}`}),
  )
  const token = await server.tokenFor({sub: 'root', org, role: 'admin', name: 'Root'})
  return {root, caller, members, headers: {authorization: `Bearer ${token}`}}
}
type Play = Awaited<ReturnType<typeof startPlay>>

/** Creates a project with two sprints. The first sprint contains a story with two tasks. */
async function plan({root}: Play) {
  const project = await create(root, '/projects', {name: 'Rocket'})
  const sprints: Resource[] = []
  for (const name of ['Sprint 1', 'Sprint 2']) {
    sprints.push(await create(root, `/projects/${project.id}/sprints`, {name}))
  }
  const story = await create(root, `/projects/${project.id}/stories`, {
    title: 'Reach orbit',
    sprint_id: sprints[0]!.id,
  })
  const tasks = [
    await create(root, `/stories/${story.id}/tasks`, {title: 'Fill the tank'}),
    await create(root, `/stories/${story.id}/tasks`, {title: 'Light it'}),
  ]
  return {project, sprints, story, tasks}
}

/** Does one member's work: creates a story with four tasks, and ends each task in a different way. */
async function work({root}: Play, member: Client, index: number): Promise<void> {
  await member.caller()
  const {items: projects} = (await member.get('/projects')).body
  const project = projects.find(({name}: {name: string}) => name === 'Rocket')
  const {items: sprints} = (await member.get(`/projects/${project.id}/sprints`)).body
  const sprint_id = sprints[index % 2].id
  const story = await create(member, `/projects/${project.id}/stories`, {title: `Story ${index}`, sprint_id})
  await member.put(`/stories/${story.id}/status`, {status: 'committed'})
  for (const end of ['completed', 'failed', 'cancelled', 'available']) {
    const task = await create(member, `/stories/${story.id}/tasks`, {title: `To be ${end}`})
    await member.put(`/tasks/${task.id}/ownership`)
    await member.put(`/tasks/${task.id}/status`, {status: 'in_progress'})
    if (end === 'available') await member.delete(`/tasks/${task.id}/ownership`)
    else await member.put(`/tasks/${task.id}/status`, {status: end})
    if (end === 'failed') await member.put(`/tasks/${task.id}/status`, {status: 'available'})
    await member.patch(`/tasks/${task.id}`, {estimated_hours: index})
    if (end === 'cancelled') await member.delete(`/tasks/${task.id}`)
  }
  const asked = await create(member, `/stories/${story.id}/tasks`, {title: 'To be asked about'})
  const question = {question: `May ${index}?`, task_id: asked.id}
  const {id: escalation} = await create(root, `/projects/${project.id}/escalations`, question)
  await member.post(`/escalations/${escalation}/response`, {response: 'Yes.'})
}

/** Edits, moves and deletes stories, sprints and projects, and adds comments and activity. */
async function rearrange({root, members, caller}: Play): Promise<void> {
  const {items: projects} = (await root.get('/projects')).body
  const [project] = projects
  const {items: stories} = (await root.get(`/projects/${project.id}/stories?limit=200`)).body
  const {items: sprints} = (await root.get(`/projects/${project.id}/sprints`)).body
  const [first, second, third, fourth] = stories
  const otherSprint = (story: {sprint_id: string}) =>
    sprints.find(({id}: Resource) => id !== story.sprint_id).id as string
  await root.patch(`/stories/${first.id}`, {title: 'Reach a low orbit'})
  await root.patch(`/stories/${second.id}`, {sprint_id: otherSprint(second)})
  await root.patch(`/stories/${third.id}`, {sprint_id: null})
  await root.delete(`/stories/${fourth.id}`)
  const {items: tasks} = (await root.get(`/stories/${first.id}/tasks`)).body
  const {user_id} = await members[0]!.caller()
  await root.put(`/tasks/${tasks[0].id}/ownership`, {owner_user_id: user_id})
  await root.put(`/tasks/${tasks[0].id}/rank`, {before_task_id: null})
  await root.put(`/tasks/${tasks[0].id}/blockers/${tasks[1].id}`)
  await linkPullRequest(server.url, root, tasks[0])
  await root.put(`/stories/${second.id}/rank`, {before_story_id: first.id})
  const label = await create(root, `/projects/${project.id}/labels`, {name: 'Safety'})
  await root.patch(`/labels/${label.id}`, {color: 'red'})
  await root.patch(`/tasks/${tasks[0].id}`, {label_ids: [label.id]})
  await root.delete(`/labels/${label.id}`)
  // The imported story is in no sprint, because a board must be fetched again after an import of its sprint.
  await root.post(`/projects/${project.id}/imports`, {
    boardcast_export: 1,
    stories: [{id: '1', title: 'Later'}],
  })
  const comment = {body: 'Mind the valve', mentions: [caller.user_id]}
  await Promise.all(members.map(member => member.post(`/tasks/${tasks[0].id}/comments`, comment)))
  const {body: said} = await root.post(`/tasks/${tasks[0].id}/comments`, {body: 'Which valve?'})
  await root.patch(`/comments/${said.id}`, {body: 'Which of the valves?'})
  await root.delete(`/comments/${said.id}`)
  await root.put('/notifications/read', {up_to: (await root.get('/notifications')).headers.get('event-id')})
  const pr = {number: 1, title: 'Vent', url: 'https://github.example/1', author: 'bob'}
  const run = {agent: 'welder', run_id: '1'}
  const activity = [
    {type: 'agent.started', ...run},
    {type: 'pr.created', pr},
    {type: 'workflow.error', workflow: 'test', message: 'It failed.'},
    {type: 'pr.merged', pr},
    {type: 'agent.completed', ...run, outcome: 'succeeded'},
  ]
  await root.post(`/projects/${project.id}/activity`, activity)
  await root.patch(`/sprints/${sprints[0].id}`, {goal: 'Up and back', ends_on: '2026-03-15'})
  await root.patch(`/projects/${project.id}`, {phase: 'build'})
  const deletedSprint = await create(root, `/projects/${project.id}/sprints`, {name: 'Sprint 3'})
  await root.patch(`/stories/${third.id}`, {sprint_id: deletedSprint.id})
  await root.put(`/sprints/${deletedSprint.id}/status`, {status: 'active'})
  await root.delete(`/sprints/${deletedSprint.id}`)
  const shortLived = await create(root, '/projects', {name: 'Rover'})
  await root.delete(`/projects/${shortLived.id}`)
}

async function create(by: Client, path: string, body: unknown): Promise<Resource> {
  const answer = await by.post(path, body)
  if (answer.status !== 201) throw new Error(`POST ${path}: ${JSON.stringify(answer.body)}`)
  return answer.body
}

/** Reads the current board of the sprint, and opens a stream from the cursor of the board. */
async function keepBoard({root, headers}: Play, sprint: Resource) {
  const {cursor, ...board} = (await root.get(`/sprints/${sprint.id}/board`)).body
  const url = `${server.url}/api/v1/events/tasks?sprint_id=${sprint.id}`
  const stream = await Stream.open(url, {headers: {...headers, 'last-event-id': cursor}})
  await stream.waitFor('stream.ready')
  return {sprint, board, cursor, stream}
}

/** Whether the contract says that the `tasks` stream of the sprint delivers the event. */
function isOfSprint(data: any, sprintId: string): boolean {
  if (!topicsOf(data.type).includes('tasks')) return false
  // A selection does not know the project of its sprint.
  if (!data.project_id || data.type.startsWith('label.')) return true
  return data.sprint_id === sprintId || data.from_sprint_id === sprintId
}

function idsOf(stream: Stream): (string | undefined)[] {
  return stream.events.map(({id}) => id)
}

function seqOf(id: string): number {
  return parseCursor(id)!.seq
}
