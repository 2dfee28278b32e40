// Runs the shell script `agent.sh` exactly as it stands in README.
import {execFile, spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFile} from 'node:fs/promises'
import {createInterface} from 'node:readline'
import {promisify} from 'node:util'
import test from 'ava'
import {createApiKey} from './helpers/api-keys.ts'
import {startServer} from './helpers/server.ts'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const run = promisify(execFile)

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

test('the nginx setting in README keeps the port of the host, because the server compares Host with Origin', t => {
  t.true(readme.includes('`proxy_set_header Host $http_host`'))
  t.false(readme.includes('proxy_set_header Host $host'))
})
