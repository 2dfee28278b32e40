// Runs four parts of README without changes: the shell scripts `agent.sh`, `poll.sh` and `ticket.sh`, and the EventSource
// of a ticket.
import {execFile, spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFile} from 'node:fs/promises'
import {createInterface} from 'node:readline'
import {promisify} from 'node:util'
import test from 'ava'
import {EventSource} from 'eventsource'
import {createApiKey} from './helpers/api-keys.ts'
import {isInstalled} from './helpers/is-installed.ts'
import {startServer} from './helpers/server.ts'
import {skipping} from './helpers/skipping.ts'
import {streamsAreLive} from './helpers/streams-are-live.ts'
import {until} from './helpers/until.ts'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const run = promisify(execFile)
const withJq = isInstalled('jq') || process.env.CI === 'true' ? test : skipping('jq', 'jq is not installed')

test('the agent script in README reports its runs, and curl -N receives the reports on the stream of the dashboard (/events/projects)', async t => {
  const server = await startServer()
  t.teardown(() => server.close())
  const {project, organizationId} = await server.team('acme')
  const {key} = await createApiKey(server.db, {organizationId, name: 'welder', role: 'member'})
  const [, script] = /```sh\n(#!\/bin\/sh\n# agent\.sh.*?)```/s.exec(readme)!

  const curl = spawn('curl', ['-sN', '-H', `X-API-Key: ${key}`, `${server.url}/api/v1/events/projects`])
  t.teardown(() => curl.kill())
  const lines: string[] = []
  const reader = createInterface(curl.stdout).on('line', line => lines.push(line))
  const waitForLine = async (expected: string, count = 1) => {
    while (lines.filter(line => line === expected).length < count) await once(reader, 'line')
  }
  await waitForLine('event:stream.ready')

  const {PATH = ''} = process.env
  const env = {PATH, URL: server.url, PROJECT: project.id, KEY: key}
  for (const command of ['true', 'false']) await run('sh', ['-c', script!, 'agent.sh', command], {env})
  await waitForLine('event:agent.completed', 2)

  const received = lines
    .filter(line => line.startsWith('data:') && line.includes('"agent"'))
    .map(line => JSON.parse(line.slice('data:'.length)))
  t.like(received, [
    {type: 'agent.started', agent: 'welder', run_id: received[0].run_id},
    {type: 'agent.completed', outcome: 'succeeded', run_id: received[0].run_id},
    {type: 'agent.started', agent: 'welder', run_id: received[2].run_id},
    {type: 'agent.completed', outcome: 'failed', run_id: received[2].run_id},
  ])
  t.not(received[0].run_id, received[2].run_id)
})

withJq('the poll script in README prints the events of a board as lines of JSON', async t => {
  const server = await startServer()
  t.teardown(() => server.close())
  const {bob, sprint, task, organizationId} = await server.team('acme')
  const {key} = await createApiKey(server.db, {organizationId, name: 'reporter', role: 'viewer'})
  const [, script] = /```sh\n(# poll\.sh.*?)```/s.exec(readme)!
  const {PATH = ''} = process.env
  const env = {PATH, URL: server.url, SPRINT: sprint.id, KEY: key}
  const shell = spawn('sh', ['-c', script!], {env})
  t.teardown(() => shell.kill())
  const lines: string[] = []
  createInterface(shell.stdout).on('line', line => lines.push(line))
  await streamsAreLive(server, organizationId)
  await bob.put(`/tasks/${task.id}/ownership`)
  await bob.delete(`/tasks/${task.id}/ownership`)
  await until(() => lines.length === 2)
  t.like(
    lines.map(line => JSON.parse(line)),
    [
      {type: 'ownership_taken', task_id: task.id},
      {type: 'ownership_released', task_id: task.id},
    ],
  )
})

test('the nginx setting in README forwards the Host header with its port, because the server compares Host with Origin', t => {
  t.true(readme.includes('`proxy_set_header Host $http_host`'))
  t.false(readme.includes('proxy_set_header Host $host'))
})

test('the ticket script in README and the EventSource in README receive the same event of a board', async t => {
  const server = await startServer()
  t.teardown(() => server.close())
  const {ada, bob, sprint, task} = await server.team('acme')
  const token = await server.tokenFor({sub: 'ada', org: 'acme', role: 'member', name: 'Ada'})
  const [, script] = /```sh\n(# ticket\.sh.*?)```/s.exec(readme)!
  const {PATH = ''} = process.env
  const env = {PATH, URL: server.url, SPRINT: sprint.id, TOKEN: token}
  const shell = spawn('sh', ['-c', script!], {env})
  t.teardown(() => shell.kill())
  const lines: string[] = []
  createInterface(shell.stdout).on('line', line => lines.push(line))

  const [, code] = /```js\n(const watched = .*?)```/s.exec(readme)!
  const {ticket} = (await ada.post('/events/tickets', {topics: ['tasks']})).body
  const rendered: {type: string}[] = []
  const open = new Function('EventSource', 'server', 'ticket', 'render', `${code}; return watched`)
  const source: EventSource = open(EventSource, server.url, ticket, (event: {type: string}) => {
    rendered.push(event)
  })
  t.teardown(() => source.close())
  await until(() => source.readyState === 1 && lines.includes('event:stream.ready'))
  await until(() => server.live.stats().streams === 2)
  await bob.put(`/tasks/${task.id}/ownership`)
  await until(() => rendered.length === 1 && lines.includes('event:ownership_taken'))
  t.like(rendered[0], {type: 'ownership_taken', task_id: task.id})
})
