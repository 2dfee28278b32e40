// Tests the streams `/events`, `/events/tasks`, `/events/projects` and `/events/user`. A stream delivers the events of
// its topics. A stream delivers each event only once, even if the event has two topics.
import test from 'ava'
import {startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'

const server = await startServer()
test.after.always(() => server.close())

test('a stream of one task delivers the events and comments of that task, and no events of other tasks', async t => {
  const team = await server.team(t.title)
  const {ada, bob, story, task} = team
  const {body: neighbour} = await ada.post(`/stories/${story.id}/tasks`, {title: 'Weld'})
  const stream = await open(t.title, `/tasks?task_id=${task.id}`)
  await bob.post(`/tasks/${neighbour.id}/comments`, {body: 'Elsewhere'})
  const {body: comment} = await bob.post(`/tasks/${task.id}/comments`, {body: 'Mind the valve'})
  await bob.put(`/tasks/${task.id}/ownership`)
  await stream.waitFor('ownership_taken')
  t.deepEqual(
    stream.events.map(({data}) => [data.type, data.comment]),
    [
      ['task.commented', comment],
      ['ownership_taken', undefined],
    ],
  )
})

test('when another member makes a change that concerns the caller, the user stream of the caller delivers the change; no member can open the user stream of another member', async t => {
  const {ada, bob, vic, task, organizationId} = await server.team(t.title)
  const devices = await Promise.all([open(t.title, '/user'), open(t.title, '/user')])
  const {user_id: vicId} = await vic.caller()
  await ada.put(`/tasks/${task.id}/ownership`)
  await bob.post(`/tasks/${task.id}/comments`, {body: 'Not for Vic'})
  await ada.post(`/tasks/${task.id}/comments`, {body: 'For Vic', mentions: [vicId]})
  await bob.post(`/tasks/${task.id}/comments`, {body: 'Last'})
  for (const device of devices) {
    const comments = () => device.events.filter(({data}) => data.type === 'task.commented')
    await device.waitUntil(() => comments().length >= 2)
    t.deepEqual(
      comments().map(({data}) => data.comment.body),
      ['Not for Vic', 'Last'],
    )
    t.true(device.events.every(({data}) => data.recipients === undefined))
  }
  const {body} = await ada.get(`/members`)
  t.is(body.items.length, 4)
  for (const parameter of ['user_id', 'recipients', 'topics']) {
    t.is((await open(t.title, `/user?${parameter}=${vicId}`)).status, 400, parameter)
  }
  t.truthy(organizationId)
})

test('one stream can deliver several topics, and delivers each event once; by default, a stream delivers all topics', async t => {
  const {ada, bob, story, task, project} = await server.team(t.title)
  const [both, board, all] = await Promise.all([
    open(t.title, '?topics=tasks,projects'),
    open(t.title, '/tasks'),
    open(t.title, ''),
  ])
  await bob.put(`/stories/${story.id}/status`, {status: 'done'})
  await bob.put(`/tasks/${task.id}/ownership`)
  await ada.patch(`/projects/${project.id}`, {phase: 'build'})
  for (const stream of [both, all]) {
    await stream!.waitFor('project.phase.changed')
    t.deepEqual(typesOf(stream!), [
      'story.status.changed',
      'ownership_taken',
      'project.updated',
      'project.phase.changed',
    ])
  }
  t.deepEqual(typesOf(board!), ['story.status.changed', 'ownership_taken'])
})

test('an unknown topic is rejected, and a stream of one topic rejects the topics parameter', async t => {
  await server.team(t.title)
  for (const path of [
    '?topics=',
    '?topics=tasks,',
    '?topics=boards',
    '?topics=tasks,Projects',
    '?topics=tasks&topics=projects',
    '/tasks?topics=user',
  ]) {
    const stream = await open(t.title, path)
    t.is(stream.status, 400, path)
  }
  t.is((await open(t.title, '/boards')).status, 404)
  t.is((await open(t.title, '/?topics=user')).status, 200)
})

test('the stream of the dashboard (/events/projects) can be limited to one project', async t => {
  const {ada, project} = await server.team(t.title)
  const {body: other} = await ada.post('/projects', {name: 'Rover'})
  const dashboard = await open(t.title, `/projects?project_id=${project.id}&types=project.updated`)
  await ada.patch(`/projects/${other.id}`, {name: 'Rover 2'})
  await ada.patch(`/projects/${project.id}`, {phase: 'build'})
  await ada.patch(`/projects/${project.id}`, {phase: 'fly'})
  await dashboard.waitUntil(() => dashboard.events.length >= 2)
  t.deepEqual(
    dashboard.events.map(({data}) => data.project.phase),
    ['build', 'fly'],
  )
})

/** Opens a stream with a token for Ada in `org`. Resolves when the stream is ready, or when it was rejected. */
async function open(org: string, path: string): Promise<Stream> {
  const token = await server.tokenFor({sub: 'ada', org, role: 'member', name: 'Ada'})
  const headers = {authorization: `Bearer ${token}`}
  const stream = await Stream.open(`${server.url}/api/v1/events${path}`, {headers})
  await stream.waitUntil(() => stream.head !== '')
  if (stream.status === 200) await stream.waitFor('stream.ready')
  return stream
}

function typesOf(stream: Stream): string[] {
  return stream.events.map(({data}) => data.type)
}
