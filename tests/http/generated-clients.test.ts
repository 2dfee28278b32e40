// Tests that generators make clients with typed events from openapi.yaml, and that a generated client works with a
// server. The folder generated-clients/ contains a program for each client. The programs check the types.
import {randomBytes} from 'node:crypto'
import {cp, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {build} from 'esbuild'
import {findFreePort} from '../../conformance/adapters/ports.ts'
import {eventTypes} from '../../src/board/events.ts'
import {streamEventTypes} from '../../src/board/stream-events.ts'
import {mintToken} from '../../src/identity/mint-token.ts'
import {root, runScript, test, toolModules} from '../helpers/contract-tools.ts'
import {createDataFolder} from '../helpers/data-folder.ts'
import {createDatabase, hasPostgres} from '../helpers/postgres.ts'
import {startProcess} from '../helpers/process.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

const contract = `${root}openapi.yaml`
const programs = new URL('generated-clients/', import.meta.url)
let shared: Promise<string> | undefined
test.after.always(async () => {
  if (shared) await rm(await shared, {recursive: true})
})
const compilers = {'TypeScript 5': toolModules, 'TypeScript of the project': `${root}node_modules`}

for (const [name, modules] of Object.entries(compilers)) {
  test(`${name} compiles the clients of openapi-typescript and @hey-api/openapi-ts, and programs that use their typed events`, async t => {
    t.timeout(600_000)
    t.deepEqual(await compile(modules, await clients()), [])
  })
}

test('the client of @hey-api/openapi-ts reads a board, takes a task, and receives every event exactly once, although the server is killed, restarted and stopped', async t => {
  t.timeout(600_000)
  const secret = randomBytes(32).toString('hex')
  const port = await findFreePort()
  const env = {
    ...(hasPostgres ? {DATABASE_URL: await createDatabase()} : {DATA_DIR: await createDataFolder(t)}),
    AUTH_JWT_SECRET: secret,
    PORT: String(port),
    DRAIN_SECONDS: '0',
  }
  const token = await mintToken(
    {secret},
    {subject: 'ada', organization: 'acme', role: 'admin', lifetime: 3600},
  )
  const url = `http://127.0.0.1:${port}`
  const program = await bundle(await clients())
  program.connect(url, token)

  let server = await startProcess(env)
  t.teardown(() => server.end('SIGKILL'))
  const project = await post(url, token, '/projects', {name: 'Rocket'})
  const sprint = await post(url, token, `/projects/${project}/sprints`, {name: 'Launch'})
  const story = await post(url, token, `/projects/${project}/stories`, {title: 'Fuel', sprint_id: sprint})
  const addTask = (title: string) => post(url, token, `/stories/${story}/tasks`, {title})
  const first = await addTask('before the stream')

  const received: {type: string; id: string | undefined}[] = []
  const opened = () => received.filter(({type}) => type === 'stream.ready').length
  const events = () => received.filter(({type}) => !type.startsWith('stream.'))
  const abort = new AbortController()
  t.teardown(() => abort.abort())
  const stream = program.watch(sprint, abort.signal, ({type}, id) => received.push({type, id}))
  await until(() => opened() === 1)

  t.deepEqual(
    (await program.readTasks(sprint)).map(({id, status}) => [id, status]),
    [[first, 'available']],
  )
  t.is(await program.take(first), 'owned')
  t.is(await program.take(project), 'task-not-found')
  await until(() => events().length === 1)

  await server.end('SIGKILL')
  await until(() => stream.failures > 0) // the fetch of Node 20 reports only that it cannot connect again
  server = await startProcess(env)
  await addTask('after the kill')
  await until(() => opened() === 2)
  await addTask('after the second start')
  await until(() => events().length === 3)

  await server.end('SIGTERM')
  server = await startProcess(env)
  await addTask('after the stop')
  await until(() => opened() === 3)
  await until(() => events().length === 4)

  abort.abort()
  await stream.ended
  t.true(stream.opens > 1)
  const log = await Stream.open(`${url}/api/v1/events/tasks?sprint_id=${sprint}&token=${token}`, {
    headers: {'Last-Event-ID': 'earliest'},
  })
  await log.waitFor('stream.ready')
  log.close()
  const expected = log.events.map(({id, data}) => ({type: data.type, id}))
  const start = expected.findIndex(({type}) => type === 'ownership_taken')
  t.deepEqual(events(), expected.slice(start))
})

/** Returns the folder of the clients of openapi.yaml. All tests share this folder. */
function clients(): Promise<string> {
  shared ??= generate()
  return shared
}

/** Returns a folder with the programs and with the clients that the generators make from openapi.yaml. */
async function generate(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'boardcast-clients-'))
  await cp(programs, folder, {recursive: true})
  await symlink(toolModules, join(folder, 'node_modules'))
  const types = [...eventTypes, ...streamEventTypes].map(type => `'${type}'`)
  await writeFile(join(folder, 'event-types.ts'), `export type EventType = ${types.join(' | ')}\n`)
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({compilerOptions, include: ['*.ts', 'hey-api']}),
  )
  await runTool('openapi-typescript/bin/cli.js', [contract, '--output', 'schema.d.ts'], folder)
  const args = ['--input', contract, '--output', 'hey-api', '--no-log-file']
  await runTool('@hey-api/openapi-ts/bin/run.js', args, folder)
  return folder
}

const compilerOptions = {
  strict: true,
  noEmit: true,
  target: 'es2022',
  lib: ['es2022', 'dom', 'dom.iterable'],
  module: 'esnext',
  moduleResolution: 'bundler',
  allowImportingTsExtensions: true,
  verbatimModuleSyntax: true,
  skipDefaultLibCheck: true,
  types: [],
}

async function runTool(script: string, args: readonly string[], folder: string): Promise<void> {
  const {code, stdout, stderr} = await runScript(`${toolModules}/${script}`, args, folder)
  if (code !== 0) throw new Error(`${script} failed:\n${stdout}\n${stderr}`)
}

/** Returns the faults that the compiler in the folder `modules` finds. */
async function compile(modules: string, folder: string): Promise<string[]> {
  const {code, stdout} = await runScript(`${modules}/typescript/bin/tsc`, ['--pretty', 'false', '-p', folder])
  const faults = stdout.split('\n').filter(line => line.includes('error TS'))
  if (code !== 0 && faults.length === 0) throw new Error(stdout)
  return faults.map(fault => fault.slice(fault.search(/[\w.-]+\(/)))
}

/** The functions of generated-clients/hey-api.ts. */
interface Program {
  connect(url: string, token: string): void
  readTasks(sprint: string): Promise<{id: string; status: string}[]>
  take(task: string): Promise<string>
  watch(
    sprint: string,
    signal: AbortSignal,
    onEvent: (event: {type: string}, id: string | undefined) => void,
  ): {opens: number; failures: number; ended: Promise<void>}
}

async function bundle(folder: string): Promise<Program> {
  const outfile = join(folder, 'hey-api.mjs')
  await build({
    entryPoints: [join(folder, 'hey-api.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  })
  return import(outfile)
}

/** Returns the id of the created resource. */
async function post(url: string, token: string, path: string, body: object): Promise<string> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method: 'POST',
    headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
    body: JSON.stringify(body),
  })
  const created = (await response.json()) as {id: string; detail?: string}
  if (response.status !== 201) throw new Error(created.detail)
  return created.id
}
