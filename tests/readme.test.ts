// What README says is done here, as it stands there.
import {execFile, spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFile} from 'node:fs/promises'
import {createInterface} from 'node:readline'
import {promisify} from 'node:util'
import test from 'ava'
import {createApiKey} from '../src/identity/api-keys.ts'
import {startServer} from './helpers/server.ts'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const run = promisify(execFile)

test('the agent script tells of its run, which curl -N sees on the dashboard’s stream', async t => {
  const server = await startServer()
  t.teardown(() => server.close())
  const {project, organizationId} = await server.team('acme')
  const {key} = await createApiKey(server.db, {organizationId, name: 'welder', role: 'member'})
  const [, script] = /```sh\n(#!\/bin\/sh\n# agent\.sh.*?)```/s.exec(readme)!

  const curl = spawn('curl', ['-sN', '-H', `X-API-Key: ${key}`, `${server.url}/api/v1/events/projects`])
  t.teardown(() => curl.kill())
  const lines: string[] = []
  const reader = createInterface(curl.stdout).on('line', line => lines.push(line))
  const seen = async (line: string, count = 1) => {
    while (lines.filter(each => each === line).length < count) await once(reader, 'line')
  }
  await seen('event:stream.ready')

  const {PATH = ''} = process.env
  const env = {PATH, URL: server.url, PROJECT: project.id, KEY: key}
  for (const command of ['true', 'false']) await run('sh', ['-c', script!, 'agent.sh', command], {env})
  await seen('event:agent.completed', 2)

  const told = lines
    .filter(line => line.startsWith('data:') && line.includes('"agent"'))
    .map(line => JSON.parse(line.slice('data:'.length)))
  t.like(told, [
    {type: 'agent.started', agent: 'welder', run_id: told[0].run_id},
    {type: 'agent.completed', outcome: 'succeeded', run_id: told[0].run_id},
    {type: 'agent.started', agent: 'welder', run_id: told[2].run_id},
    {type: 'agent.completed', outcome: 'failed', run_id: told[2].run_id},
  ])
  t.not(told[0].run_id, told[2].run_id)
})
