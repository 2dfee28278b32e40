// Tests the dashboard: one request returns all projects with their sprints, stories and escalations, and one cursor.

import {readDashboard} from '../../src/store/dashboard.ts'
import {newId} from '../../src/store/ids.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {type Client, type Server, startServer} from '../helpers/server.ts'

let server: Server
test.before(async () => {
  server = await startServer({databaseUrl: await createDatabase()})
})
test.after.always(() => server.close())

const make = async (by: Client, path: string, body: object) => (await by.post(path, body)).body
/** Returns the story as the dashboard shows it. */
const onDashboard = ({description: _, ...story}: {description: string}, task_count = 0) => ({
  ...story,
  task_count,
  completed_task_count: 0,
  estimated_hours: 0,
  completed_hours: 0,
})

/** Creates a second project with a sprint, a story in the backlog, and two escalations. */
async function makeRover({ada, bob}: {ada: Client; bob: Client}) {
  const project = await make(ada, '/projects', {name: 'Rover'})
  const sprint = await make(ada, `/projects/${project.id}/sprints`, {name: 'Sprint 9', goal: 'Drive'})
  const story = await make(ada, `/projects/${project.id}/stories`, {title: 'Drive', description: 'Far.'})
  const open = await make(ada, `/projects/${project.id}/escalations`, {question: 'May we?'})
  const asked = await make(ada, `/projects/${project.id}/escalations`, {question: 'Where?'})
  const answered = await make(bob, `/escalations/${asked.id}/response`, {response: 'There.'})
  return {project, sprint, story, escalations: [open, answered]}
}

test('the dashboard has the projects, sprints, stories and escalations of the lists, and the cursor of the last change', async t => {
  const team = await server.team(t.title)
  const rover = await makeRover(team)
  const {status, headers, body} = await team.vic.get('/dashboard')
  t.is(status, 200)
  t.deepEqual(body, {
    projects: [team.project, rover.project],
    sprints: [team.sprint, rover.sprint],
    stories: [onDashboard(team.story, 1), onDashboard(rover.story)],
    escalations: rover.escalations,
    complete: true,
    cursor: headers.get('event-id'),
  })
  const last = await team.ada.patch(`/stories/${rover.story.id}`, {title: 'Drive far'})
  const again = await team.vic.get('/dashboard')
  t.is(again.body.cursor, last.headers.get('event-id'))
  t.is(again.body.stories[1].title, 'Drive far')
})

test('the dashboard counts the tasks and their hours of each story; cancelled tasks are not counted', async t => {
  const {ada, story, task} = await server.team(t.title)
  const [cancelled] = [await make(ada, `/stories/${story.id}/tasks`, {title: 'Weld', estimated_hours: 8})]
  await make(ada, `/stories/${story.id}/tasks`, {title: 'Paint', estimated_hours: 1.5})
  await ada.put(`/tasks/${cancelled.id}/status`, {status: 'cancelled'})
  await ada.put(`/tasks/${task.id}/ownership`)
  await ada.patch(`/tasks/${task.id}`, {estimated_hours: 2})
  for (const status of ['in_progress', 'completed']) await ada.put(`/tasks/${task.id}/status`, {status})
  const {body} = await ada.get('/dashboard')
  const hours = {estimated_hours: 3.5, completed_hours: 2}
  t.like(body.stories[0], {id: story.id, task_count: 2, completed_task_count: 1, ...hours})
})

test('with project_id, the dashboard has only this project', async t => {
  const team = await server.team(t.title)
  const rover = await makeRover(team)
  const {body, headers} = await team.ada.get(`/dashboard?project_id=${rover.project.id}`)
  t.deepEqual(body, {
    projects: [rover.project],
    sprints: [rover.sprint],
    stories: [onDashboard(rover.story)],
    escalations: rover.escalations,
    complete: true,
    cursor: headers.get('event-id'),
  })
})

test('the dashboard of a project that does not exist or belongs to another organization is not found', async t => {
  const team = await server.team(t.title)
  const stranger = server.as({sub: 'mallory', org: `${t.title} 2`, role: 'admin'})
  for (const [client, id] of [
    [team.ada, newId()],
    [stranger, team.project.id],
  ] as const) {
    const {status, body} = await client.get(`/dashboard?project_id=${id}`)
    t.is(status, 404)
    t.is(body.code, 'project-not-found')
  }
  const {body} = await stranger.get('/dashboard')
  t.like(body, {projects: [], sprints: [], stories: [], escalations: [], complete: true})
  for (const query of ['project_id=1', 'limit=1', `project_id=${newId()}&project_id=${newId()}`]) {
    t.is((await team.ada.get(`/dashboard?${query}`)).body.code, 'invalid-request')
  }
})

test('a list that is too long contains only its newest items, and the dashboard is not complete', async t => {
  const {ada, project, story, organizationId} = await server.team(t.title)
  const titles = ['a', 'b', 'c', 'd'].map(letter => letter.repeat(100))
  for (const title of titles) await ada.post(`/projects/${project.id}/stories`, {title})
  const read = async (limits: {items?: number; textBytes?: number}) => {
    const {result} = await readDashboard(server.db, organizationId, undefined, limits)
    return {titles: result.stories.map(({title}) => title), complete: result.complete}
  }
  const all = [story.title, ...titles]
  t.deepEqual(await read({items: 5}), {titles: all, complete: true})
  t.deepEqual(await read({items: 4}), {titles, complete: false})
  t.deepEqual(await read({items: 1}), {titles: titles.slice(3), complete: false})
  t.deepEqual(await read({textBytes: 1_000}), {titles: all, complete: true})
  t.deepEqual(await read({textBytes: 201}), {titles: titles.slice(1), complete: false})
  t.deepEqual(await read({textBytes: 1}), {titles: titles.slice(3), complete: false})
})

test('concurrent requests for a dashboard see every change that was committed before them', async t => {
  const {ada, project} = await server.team(t.title)
  for (let round = 0; round < 10; round++) {
    const reads = [ada.get('/dashboard'), ada.get(`/dashboard?project_id=${project.id}`)]
    const {headers} = await ada.post(`/projects/${project.id}/stories`, {title: `Story ${round}`})
    const {body} = await ada.get('/dashboard')
    t.is(body.stories.length, round + 2)
    t.is(body.cursor, headers.get('event-id'))
    await Promise.all(reads)
  }
})
