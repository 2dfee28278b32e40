// Checks the blocks of code in docs/: each block is run or compiled by a test, or is an output that nothing can run.
// Runs the recipes and the shell commands of docs/recipes.md and docs/getting-started.md with a complete server.
import {execFile, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {promisify} from 'node:util'
import test, {type ExecutionContext} from 'ava'
import {EventSource} from 'eventsource'
import {createApiKey} from '../helpers/api-keys.ts'
import {isInstalled} from '../helpers/is-installed.ts'
import {startServer} from '../helpers/server.ts'
import {skipping} from '../helpers/skipping.ts'
import {streamsAreLive} from '../helpers/streams-are-live.ts'
import {until} from '../helpers/until.ts'

const run = promisify(execFile)
const docs = new URL('../../docs/', import.meta.url)
const {PATH = '', HOME = '/root', CI} = process.env
const textOf = (name: string) => readFileSync(new URL(name, docs), 'utf8')

interface Block {
  page: string
  language: string
  code: string
}

const blocks = readdirSync(docs)
  .filter(name => name.endsWith('.md'))
  .flatMap(page =>
    [...textOf(page).matchAll(/^```(\S*)\n(.*?)^```$/gms)].map(
      ([, language, code]): Block => ({page, language: language!, code: code!}),
    ),
  )

/** Returns the block of a page that starts with these words. */
function blockOf(page: string, start: string): string {
  const block = blocks.find(block => block.page === page && block.code.startsWith(start))
  if (!block) throw new Error(`docs/${page} has no block that starts with “${start}”.`)
  return block.code
}

/** For each kind of block: the file that tests it, or the reason why no test runs it. `start` is the start of the block. */
const kinds: {page?: string; language?: string; start?: string; testedBy?: string; reason?: string}[] = [
  {language: 'ts', testedBy: 'client/docs.test.ts'},
  {language: 'tsx', testedBy: 'client/docs.test.ts'},
  {language: 'html', page: 'client.md', testedBy: 'browser/client-docs.test.ts'},
  {language: 'haproxy', testedBy: 'browser/page-proxies.test.ts'},
  {language: 'apache', testedBy: 'browser/page-proxies.test.ts'},
  {language: 'json', page: 'protocol.md', testedBy: 'protocol.test.ts'},
  {page: 'recipes.md', testedBy: 'site/samples.test.ts'},
  {page: 'getting-started.md', language: 'sh', testedBy: 'site/samples.test.ts'},
  {page: 'concepts.md', language: 'json', testedBy: 'site/samples.test.ts'},
  {page: 'index.md', language: 'sh', reason: 'the same command as in getting-started.md'},
  {language: '', reason: 'an output or a diagram'},
  {language: 'http', reason: 'an output'},
  {
    page: 'import.md',
    language: 'sh',
    reason: 'http/exports.test.ts and http/imports.test.ts send the same requests',
  },
  {page: 'running.md', reason: 'a configuration of a machine; house.test.ts checks the names of settings'},
  {page: 'client.md', language: 'sh', reason: 'installs the package from a registry'},
  {page: 'clients.md', language: 'sh', reason: 'runs the tests'},
  {page: 'conformance.md', language: 'sh', reason: 'runs the suite, which has its own tests'},
]

test('every block of code in docs/ is run or compiled by a test, or is listed with the reason why not', t => {
  t.true(blocks.length > 40)
  const kindOf = ({page, language, code}: Block) =>
    kinds.find(
      kind =>
        (kind.page ?? page) === page &&
        (kind.language ?? language) === language &&
        code.startsWith(kind.start ?? ''),
    )
  const unknown = blocks.filter(block => !kindOf(block))
  t.deepEqual(
    unknown.map(({page, language, code}) => `${page}: ${language}: ${code.split('\n')[0]}`),
    [],
  )
  for (const {testedBy} of kinds) {
    if (testedBy) t.notThrows(() => readFileSync(new URL(`../${testedBy}`, import.meta.url)))
  }
})

/** Starts a server with a team and an API key. */
async function startTeam(t: ExecutionContext) {
  const server = await startServer()
  t.teardown(() => server.close())
  const team = await server.team('acme')
  const {key} = await createApiKey(server.db, {
    organizationId: team.organizationId,
    name: 'recipe',
    role: 'member',
  })
  return {server, ...team, key, env: {PATH, HOME, URL: server.url, KEY: key, SPRINT: team.sprint.id}}
}

/** Starts a program, and returns the lines that it prints. */
function start(t: ExecutionContext, command: string, args: string[], env: NodeJS.ProcessEnv): string[] {
  const program = spawn(command, args, {env, stdio: ['ignore', 'pipe', 'inherit']})
  t.teardown(async () => {
    if (program.exitCode === null && program.kill('SIGKILL')) await once(program, 'exit')
  })
  const lines: string[] = []
  createInterface(program.stdout).on('line', line => lines.push(line))
  return lines
}

function folderFor(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'boardcast-recipe-'))
  t.teardown(() => rmSync(folder, {recursive: true}))
  return folder
}

function withProgram(name: string, option?: string) {
  return isInstalled(name, option) || CI === 'true' ? test : skipping(name, `${name} is not installed`)
}

withProgram('python3')('the recipe for Python prints each event once', async t => {
  const {server, bob, task, organizationId, env} = await startTeam(t)
  const file = join(folderFor(t), 'follow_board.py')
  writeFileSync(file, blockOf('recipes.md', '# follow_board.py'))
  const lines = start(t, 'python3', [file], env)
  await streamsAreLive(server, organizationId)
  await bob.put(`/tasks/${task.id}/ownership`)
  await until(() => lines.length === 1)
  await bob.delete(`/tasks/${task.id}/ownership`)
  await until(() => lines.length === 2)
  t.deepEqual(lines, ['ownership_taken', 'ownership_released'])
})

withProgram('go', 'version')('the recipe for Go prints the events', async t => {
  t.timeout(120_000)
  const {server, bob, task, organizationId, env} = await startTeam(t)
  const folder = folderFor(t)
  writeFileSync(join(folder, 'follow.go'), blockOf('recipes.md', '// follow.go'))
  await run('go', ['build', '-o', join(folder, 'follow'), join(folder, 'follow.go')], {
    env: {...env, GOCACHE: join(folder, 'cache'), GO111MODULE: 'off'},
  })
  const lines = start(t, join(folder, 'follow'), [], env)
  await streamsAreLive(server, organizationId)
  await bob.put(`/tasks/${task.id}/ownership`)
  await until(() => lines.some(line => line.includes('"ownership_taken"')))
  t.pass()
})

withProgram('jq')('the recipe for the shell takes a task as soon as another member releases it', async t => {
  const {server, bob, task, organizationId, env} = await startTeam(t)
  await bob.put(`/tasks/${task.id}/ownership`)
  const lines = start(t, 'sh', ['-c', blockOf('recipes.md', '# take-released.sh')], env)
  await streamsAreLive(server, organizationId)
  await bob.delete(`/tasks/${task.id}/ownership`)
  await until(() => lines.length === 1)
  t.deepEqual(lines, ['200'])
  t.not((await bob.get(`/tasks/${task.id}`)).body.owner_user_id, null)
})

test('the recipe for a plain page receives events with a bare EventSource', async t => {
  const {server, bob, sprint, task, key} = await startTeam(t)
  const types: string[] = []
  class SignedInEventSource extends EventSource {
    constructor(path: string) {
      super(`${server.url}${path}&api_key=${key}`)
    }
  }
  const code = blockOf('recipes.md', 'const events = new EventSource')
  const open = new Function('EventSource', 'sprintId', 'console', `${code}; return events`)
  const events = open(SignedInEventSource, sprint.id, {log: (type: string) => types.push(type)})
  t.teardown(() => events.close())
  await until(() => types.includes('stream.ready'))
  await bob.put(`/tasks/${task.id}/ownership`)
  await until(() => types.includes('ownership_taken'))
  t.pass()
})

withProgram('jq')(
  'the commands of “Getting started” find the sprint, take a task, release it and resume',
  async t => {
    const {server, sprint, env} = await startTeam(t)
    const token = await server.tokenFor({sub: 'ada', org: 'acme', role: 'member', name: 'Ada'})
    const script = [
      blockOf('getting-started.md', 'URL=')
        .replace(/^URL=.*\n/m, '')
        .replace(/^TOKEN=.*\n/m, ''),
      blockOf('getting-started.md', 'TASK='),
      blockOf('getting-started.md', 'curl -X DELETE'),
      'echo; echo "$SPRINT $TASK"',
    ].join('\n')
    const {SPRINT: _, ...rest} = env
    const {stdout} = await run('sh', ['-ec', script], {env: {...rest, TOKEN: token}})
    const [found, task] = stdout.trim().split('\n').at(-1)!.split(' ')
    t.is(found, sprint.id)
    const resume = blockOf(
      'getting-started.md',
      'curl -N -H "Authorization: Bearer $TOKEN" -H "Last-Event-ID',
    )
    const lines = start(t, 'sh', ['-c', `exec ${resume.replace('curl -N', 'curl -sN')}`], {
      ...env,
      TOKEN: token,
      LAST_ID: 'earliest',
    })
    await until(() => lines.includes('event:ownership_released'))
    t.true(lines.some(line => line.includes(task!)))
    const watch = blockOf('getting-started.md', 'curl -N -H "Authorization: Bearer $TOKEN" "$URL')
    const live = start(t, 'sh', ['-c', `exec ${watch.replace('curl -N', 'curl -sN')}`], {
      ...env,
      TOKEN: token,
    })
    await until(() => live.includes('event:stream.ready'))
  },
)

test('the event in docs/concepts.md has the fields of the contract', async t => {
  const {bob, task, server} = await startTeam(t)
  const shown = JSON.parse(blockOf('concepts.md', '{'))
  await bob.put(`/tasks/${task.id}/ownership`)
  const token = await server.tokenFor({sub: 'ada', org: 'acme', role: 'member', name: 'Ada'})
  const answer = await fetch(`${server.url}/api/v1/events/tasks?types=ownership_taken&wait=0`, {
    headers: {accept: 'application/json', authorization: `Bearer ${token}`, 'last-event-id': 'earliest'},
  })
  const [{id, ...event}] = ((await answer.json()) as {events: [Record<string, unknown>]}).events
  t.is(typeof id, 'string')
  t.deepEqual(Object.keys(shown), Object.keys(event))
})
