// Attacks with characters that forge lines or change the order of the surrounding text.
import test from 'ava'
import {readDelivery} from '../../src/http/github-payload.ts'
import type {Answer, Client} from '../helpers/server.ts'
import {type Server, startServer} from '../helpers/server.ts'

let server: Server
test.before(async () => {
  server = await startServer()
})
test.after.always(() => server.close())

type Team = Awaited<ReturnType<Server['team']>>

/** The requests that set a name or a title. The key describes the field that the request sets. */
const fields: Record<string, (team: Team, by: Client, value: string) => Promise<Answer>> = {
  name: (_, by, name) => by.post('/projects', {name}),
  phase: ({project}, by, phase) => by.patch(`/projects/${project.id}`, {phase}),
  'sprint name': ({project}, by, name) => by.post(`/projects/${project.id}/sprints`, {name}),
  'edited sprint name': ({sprint}, by, name) => by.patch(`/sprints/${sprint.id}`, {name}),
  'story title': ({project}, by, title) => by.post(`/projects/${project.id}/stories`, {title}),
  'edited story title': ({story}, by, title) => by.patch(`/stories/${story.id}`, {title}),
  'task title': ({story}, by, title) => by.post(`/stories/${story.id}/tasks`, {title}),
  'edited task title': ({task}, by, title) => by.patch(`/tasks/${task.id}`, {title}),
  'acceptance criterion': ({task}, by, ref) =>
    by.patch(`/tasks/${task.id}`, {acceptance_criteria_refs: ['AC-1', ref]}),
  agent: ({project}, by, agent) =>
    by.post(`/projects/${project.id}/activity`, {type: 'agent.started', agent, run_id: '1'}),
  workflow: ({project}, by, workflow) =>
    by.post(`/projects/${project.id}/activity`, {type: 'workflow.error', workflow, message: 'Red'}),
  'title of a pull request': ({project}, by, title) => {
    const pr = {number: 1, title, url: 'https://github.example/1', author: 'bob'}
    return by.post(`/projects/${project.id}/activity`, {type: 'pr.created', pr})
  },
}
const forging = ['\n', '\r', '\t', '\x1b', '\x7f', '\x85', '\x9b', '\u2028', '\u2029']
const reordering = ['\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069']

for (const [field, set] of Object.entries(fields)) {
  test(`a line break, a control character or a bidirectional control in a ${field} is rejected with the field`, async t => {
    const team = await server.team(t.title)
    const before = await server.stateOf(team.organizationId)
    for (const character of [...forging, ...reordering]) {
      const {status, body} = await set(team, team.ada, `Fill${character}the tank`)
      t.is(status, 400, JSON.stringify(character))
      t.is(body.errors.length, 1)
      t.regex(body.errors[0].message, /^must be one line, and must not contain control characters/)
    }
    t.deepEqual(await server.stateOf(team.organizationId), before)
  })
}

test('titles with Hebrew letters, Arabic letters, direction marks or emoji are stored unchanged', async t => {
  const {ada, story} = await server.team(t.title)
  for (const title of ['מילוי המיכל\u200f (v2)', '\u061cاملأ الخزان', 'C++\u200e', '👩‍🚀 a\u00a0b']) {
    t.is((await ada.post(`/stories/${story.id}/tasks`, {title})).body.title, title)
  }
})

test('a description and a comment may have several lines', async t => {
  const {ada, task} = await server.team(t.title)
  const text = 'First line\n\tSecond line\u2028Third line'
  t.is((await ada.patch(`/tasks/${task.id}`, {description: text})).body.description, text)
  t.is((await ada.post(`/tasks/${task.id}/comments`, {body: text})).body.body, text)
})

test('a stored title with control characters can still be read, and the other fields of its task can be edited', async t => {
  const {ada, task, sprint} = await server.team(t.title)
  const title = 'Fill\nthe \u202etank'
  await server.db.updateTable('tasks').set({title}).where('id', '=', task.id).execute()
  t.is((await ada.get(`/tasks/${task.id}`)).body.title, title)
  t.is((await ada.get(`/sprints/${sprint.id}/board`)).body.stories[0].tasks[0].title, title)
  t.like((await ada.patch(`/tasks/${task.id}`, {estimated_hours: 1})).body, {title, estimated_hours: 1})
})

test('the name of a member is one line, even if the name in the token contains line breaks', async t => {
  const ada = server.as({sub: 'ada', org: t.title, name: 'Ada\r\nLovelace \u202eroot'})
  t.is((await ada.get('/me')).body.name, 'Ada  Lovelace  root')
})

test('a pull request from GitHub is recorded, even if its title contains a bidirectional control', t => {
  const user = {login: 'bob'}
  const pull_request = {number: 1, title: 'Fill\u202e the tank', html_url: 'https://github.example/1', user}
  const {activity} = readDelivery('pull_request', {action: 'opened', pull_request})
  t.like(activity, {type: 'pr.created', pr: {title: 'Fill  the tank'}})
})
