// Compiles the samples of docs/client.md, other pages of docs/, README and the README of the package, unchanged, with `strict` against the
// packed client, and runs the sample for Node with a complete server.
import {execFile, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import test from 'ava'
import {transform} from 'esbuild'
import {createApiKey} from '../helpers/api-keys.ts'
import {type PackedClient, packClient} from '../helpers/packed-client.ts'
import {startServer} from '../helpers/server.ts'
import {streamsAreLive} from '../helpers/streams-are-live.ts'
import {until} from '../helpers/until.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const docs = await readFile(join(root, 'docs/client.md'), 'utf8')
const recipes = await readFile(join(root, 'docs/recipes.md'), 'utf8')
const gettingStarted = await readFile(join(root, 'docs/getting-started.md'), 'utf8')
const readme = await readFile(join(root, 'README.md'), 'utf8')
const clientSection = /^## The client\n.*?^## /ms.exec(readme)![0]
const packageReadme = await readFile(join(root, 'packages/client/README.md'), 'utf8')
const pages = [docs, clientSection, packageReadme, recipes, gettingStarted]

/** The samples by their file names. The first line of a sample is a comment with its file name. */
const samples = new Map(
  pages.flatMap((page, index) =>
    [...page.matchAll(/^```tsx?\n(\/\/ (\S+)\n.*?)^```$/gms)].map(
      ([, code, name]) => [`page-${index}/${name}`, code!] as const,
    ),
  ),
)
const [, pageScript] = /<script type="module">\n(.*?)<\/script>/s.exec(docs)!

// These two modules exist only in an application for React Native.
const reactNative = `
declare module 'expo/fetch' {
  interface FetchRequestInit {
    body?: BodyInit | null
    credentials?: 'include' | 'omit' | 'same-origin'
    headers?: Record<string, string>
    method?: string
    signal?: AbortSignal
  }
  export function fetch(url: string, init?: FetchRequestInit): Promise<Response>
}
declare module 'react-native' {
  export function Text(props: {children: string}): import('react').ReactNode
}
`

let packed: PackedClient
let folder: string
test.before(async () => {
  packed = await packClient()
  folder = await mkdtemp(join(tmpdir(), 'boardcast-samples-'))
  await mkdir(join(folder, 'node_modules'))
  const packages = await readdir(join(root, 'node_modules'))
  for (const name of packages.filter(name => !name.startsWith('.') && name !== '@boardcast')) {
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  }
  await symlink(join(packed.project, 'node_modules/@boardcast'), join(folder, 'node_modules/@boardcast'))
})
test.after.always(() => rm(folder, {recursive: true}))

test('every sample compiles with `strict`, exactly as it is in the documents', async t => {
  const blocks = pages.flatMap(page => [...page.matchAll(/^```tsx?$/gm)])
  t.is(samples.size, blocks.length, 'The first line of each sample is a comment with a unique file name.')
  t.true(samples.size >= 14)
  const files = [...samples, ['page.ts', pageScript!], ['react-native.d.ts', reactNative]] as const
  for (const [name, code] of files) {
    await mkdir(join(folder, 'src', dirname(name)), {recursive: true})
    await writeFile(join(folder, 'src', name), code)
  }
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    module: 'esnext',
    moduleResolution: 'bundler',
    jsx: 'react-jsx',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
    moduleDetection: 'force',
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({compilerOptions, include: ['src']}))
  const args = [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]
  const output = await promisify(execFile)(process.execPath, args).then(
    ({stdout}) => stdout,
    error => error.stdout as string,
  )
  t.is(output, '')
})

test('the sample for Node prints the events, and ends after SIGTERM', async t => {
  const server = await startServer()
  t.teardown(() => server.close())
  const {bob, task, organizationId} = await server.team('acme')
  const {key} = await createApiKey(server.db, {organizationId, name: 'watch', role: 'viewer'})
  const {code} = await transform(samples.get('page-0/watch.ts')!, {loader: 'ts'})
  const script = join(folder, 'watch.mjs')
  await writeFile(script, code)
  const env = {PATH: process.env.PATH!, BOARDCAST_URL: server.url, BOARDCAST_KEY: key}
  const program = spawn(process.execPath, [script], {env, stdio: ['ignore', 'pipe', 'inherit']})
  t.teardown(() => program.kill('SIGKILL'))
  const lines: string[] = []
  createInterface(program.stdout).on('line', line => lines.push(line))
  await streamsAreLive(server, organizationId)
  const {headers} = await bob.put(`/tasks/${task.id}/ownership`)
  await until(() => lines.length === 1)
  t.deepEqual(lines, [`${headers.get('event-id')} ownership_taken`])
  program.kill('SIGTERM')
  const [status] = await once(program, 'exit')
  t.is(status, 0)
})

test('the documents list every option, every export and every hook of the client', async t => {
  const sources = ['options.ts', 'task-stream.ts', 'keep-board.ts']
  const texts = await Promise.all(sources.map(name => readFile(join(root, 'src/client', name), 'utf8')))
  const interfaces = texts.flatMap(text => [
    ...text.matchAll(
      /^(?:export )?interface (?:ApiOptions|TaskStreamOptions|Keep(?:Board|Backlog)?Options)\b.*?^}$/gms,
    ),
  ])
  t.is(interfaces.length, 5)
  const options = interfaces.flatMap(([text]) =>
    [...text.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name!),
  )
  t.true(options.length > 13)
  for (const name of options) t.true(docs.includes(`\`${name}\``), name)
  const script = `Promise.all(${JSON.stringify(['', '/api', '/board', '/query'])}.map(name => import('@boardcast/client' + name)))
    .then(all => console.log(all.flatMap(exports => Object.keys(exports)).join()))`
  const {stdout} = await promisify(execFile)(process.execPath, ['-e', script], {cwd: packed.project})
  for (const name of [...stdout.trim().split(','), 'useBoard', 'useBacklog', 'useTaskEvents']) {
    t.true(docs.includes(`\`${name}`), name)
  }
})
