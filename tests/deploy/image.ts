// Builds the image of deploy/Dockerfile without a container engine: runs its steps in empty folders, and then runs the
// program as a user without rights, with a read-only file system. `npm run test:image` runs this file.
import {type ChildProcess, execFileSync, spawn} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, join, resolve} from 'node:path'
import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'
import ava, {type ExecutionContext} from 'ava'
import {isInstalled} from '../helpers/is-installed.ts'
import {skipping} from '../helpers/skipping.ts'
import {Stream} from '../helpers/stream.ts'
import {readDockerfile, type Stage} from './dockerfile.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))
const test = isInstalled('bwrap') || process.env.CI === 'true' ? ava : skipping('bwrap', 'install bubblewrap')
const nodeUser = 1000 // the user `node` of the official images

/** The file system that a stage has produced so far. */
interface Built {
  folder: string
  env: Record<string, string>
  workdir: string
  user: string
  entrypoint: string[]
  healthcheck: string[]
}

test('the image serves the main job as a user without rights, with a read-only file system', async t => {
  t.timeout(600_000)
  const parent = mkdtempSync(join(tmpdir(), 'boardcast-image-'))
  t.teardown(() => rmSync(parent, {recursive: true}))
  const stages = new Map<string, Built>()
  let image: Built | undefined
  for (const [index, stage] of readDockerfile(join(project, 'deploy/Dockerfile')).entries()) {
    image = build(stage, join(parent, String(index)), stages)
    stages.set(stage.name, image)
  }
  t.is(image!.user, 'node')
  t.deepEqual(readdirSync(join(image!.folder, 'boardcast')).sort(), [
    ...['LICENSE', 'dist', 'node_modules', 'openapi.yaml', 'package.json', 'schema'],
  ])
  t.false(readdirSync(join(image!.folder, 'boardcast/node_modules')).includes('typescript'))

  const env = {
    ...image!.env,
    PORT: '0',
    HOST: '127.0.0.1',
    AUTH_JWT_SECRET: randomBytes(32).toString('hex'),
    DRAIN_SECONDS: '0',
  }
  const server = await start(t, image!, env)
  const {status} = await runHealthcheck(image!, {...env, PORT: new URL(server.url).port})
  t.is(status, 0)
  const token = runOnce(image!, env, ['token', '--sub', 'ada', '--org', 'acme', '--role', 'member']).trim()
  const stream = await Stream.open(`${server.url}/api/v1/events/projects?token=${token}`)
  t.teardown(() => stream.close())
  await stream.waitFor('stream.ready')
  const response = await fetch(`${server.url}/api/v1/projects`, {
    method: 'POST',
    headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
    body: JSON.stringify({name: 'Rocket'}),
  })
  t.is(response.status, 201)
  await stream.waitFor('project.created')
  t.is((await fetch(server.url)).status, 200, 'the page is part of the image')
  t.is((await fetch(`${server.url}/docs/`)).status, 200, 'the documentation is part of the image')
  process.kill(childOf(server.child.pid!), 'SIGTERM') // `bwrap` does not forward signals
  t.is(await server.exited, 0)
})

/** Runs the instructions of the stage. Throws when an instruction is not known. */
function build({instructions}: Stage, folder: string, stages: ReadonlyMap<string, Built>): Built {
  const built: Built = {folder, env: {}, workdir: '/', user: 'root', entrypoint: [], healthcheck: []}
  mkdirSync(folder)
  for (const {keyword, from, text} of instructions) {
    if (keyword === 'WORKDIR') {
      built.workdir = text
      mkdirSync(join(folder, text), {recursive: true})
    } else if (keyword === 'ENV') {
      for (const pair of text.split(/\s+/)) {
        const [name, value] = pair.split('=')
        built.env[name!] = value!
      }
    } else if (keyword === 'COPY')
      copy(built, text, from === undefined ? context() : stages.get(from)!.folder)
    else if (keyword === 'RUN') runStep(built, text)
    else if (keyword === 'USER') built.user = text
    else if (keyword === 'ENTRYPOINT') built.entrypoint = JSON.parse(text)
    else if (keyword === 'HEALTHCHECK') built.healthcheck = JSON.parse(text.slice(text.indexOf('[')))
    else if (!['LABEL', 'EXPOSE', 'VOLUME', 'CMD'].includes(keyword))
      throw new Error(`Unknown instruction ${keyword}`)
  }
  return built
}

/** `from` is the folder that contains the sources. */
function copy({folder, workdir}: Built, text: string, from: string): void {
  const [target, ...sources] = text.split(/\s+/).reverse()
  const to = join(folder, resolve(workdir, target!))
  for (const source of sources) {
    const path = join(from, source)
    const isFolder = readable(path)
    // [spec] Dockerfile reference, COPY: the content of a folder is copied, not the folder itself.
    cpSync(
      path,
      isFolder ? to : target!.endsWith('/') || sources.length > 1 ? join(to, basename(source)) : to,
      {
        recursive: true,
        verbatimSymlinks: true,
      },
    )
  }
}

function readable(path: string): boolean {
  try {
    readdirSync(path)
    return true
  } catch {
    return false
  }
}

let contextFolder: string | undefined

/** Returns a folder with the files that .dockerignore sends to the builder. */
function context(): string {
  if (contextFolder) return contextFolder
  contextFolder = mkdtempSync(join(tmpdir(), 'boardcast-context-'))
  for (const path of sentFiles()) {
    cpSync(join(project, path), join(contextFolder, path), {recursive: true})
  }
  process.once('exit', () => rmSync(contextFolder!, {recursive: true, force: true}))
  return contextFolder
}

/** .dockerignore excludes everything, and then lists exceptions. */
function sentFiles(): string[] {
  const lines = readFileSync(join(project, '.dockerignore'), 'utf8').split('\n')
  const [all, ...exceptions] = lines.filter(line => line !== '' && !line.startsWith('#'))
  if (all !== '*' || exceptions.some(line => !line.startsWith('!')))
    throw new Error('.dockerignore has an unknown form')
  return exceptions.map(line => line.slice(1))
}

function runStep({folder, workdir, env}: Built, command: string): void {
  // `install` in the image gives the folder to the user `node`, which this machine does not have.
  const adapted = command.replace('-o node -g node', '')
  mkdirSync(join(folder, 'data'), {recursive: true})
  execFileSync(
    'bwrap',
    sandbox(folder, {writable: true, user: 0, workdir, env, command: ['sh', '-ec', adapted]}),
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
}

interface Sandbox {
  writable: boolean
  user: number
  workdir: string
  env: Record<string, string>
  command: string[]
}

/** Returns the arguments of `bwrap`, which runs a command with other folders and as another user. */
function sandbox(folder: string, {writable, user, workdir, env, command}: Sandbox): string[] {
  const bind = (name: string, isWritable: boolean) => [
    ...[isWritable ? '--bind' : '--ro-bind', join(folder, name), `/${name}`],
  ]
  return [
    ...['--ro-bind', '/usr', '/usr', '--ro-bind', '/etc', '/etc', '--proc', '/proc', '--dev', '/dev'],
    ...['lib', 'lib64', 'bin', 'sbin'].flatMap(name => ['--symlink', `usr/${name}`, `/${name}`]),
    ...bind('boardcast', writable),
    ...bind('data', true),
    ...(writable ? ['--tmpfs', '/tmp', '--tmpfs', '/root'] : []),
    ...['--unshare-user', '--uid', String(user), '--gid', String(user), '--cap-drop', 'ALL'],
    ...[
      '--die-with-parent',
      '--clearenv',
      '--setenv',
      'PATH',
      process.env.PATH!,
      '--setenv',
      'HOME',
      '/root',
    ],
    ...Object.entries({...proxySettings(), ...env}).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--chdir', workdir, '--', ...command],
  ]
}

/** The settings of npm on this machine, such as another registry or a proxy. */
function proxySettings(): Record<string, string> {
  const names = Object.keys(process.env).filter(name =>
    /^(npm_config_|https?_proxy$|no_proxy$|node_extra_ca)/i.test(name),
  )
  return Object.fromEntries(names.map(name => [name, process.env[name]!]))
}

function running(
  {folder, workdir, entrypoint}: Built,
  env: Record<string, string>,
  args: string[],
): string[] {
  chmodSync(join(folder, 'data'), 0o777)
  return sandbox(folder, {writable: false, user: nodeUser, workdir, env, command: [...entrypoint, ...args]})
}

function runOnce(image: Built, env: Record<string, string>, args: string[]): string {
  return execFileSync('bwrap', running(image, env, args), {encoding: 'utf8'})
}

async function runHealthcheck({folder, workdir, healthcheck: command}: Built, env: Record<string, string>) {
  const child = spawn('bwrap', sandbox(folder, {writable: false, user: nodeUser, workdir, env, command}))
  const [status] = await once(child, 'exit')
  return {status}
}

/** Returns the process id of the only child of the process. */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'))
}

async function start(
  t: ExecutionContext,
  image: Built,
  env: Record<string, string>,
): Promise<{url: string; child: ChildProcess; exited: Promise<number | null>}> {
  const child = spawn('bwrap', running(image, env, ['serve']), {stdio: ['ignore', 'pipe', 'inherit']})
  t.teardown(() => child.kill('SIGKILL'))
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  for await (const line of createInterface(child.stdout!)) {
    const logged = JSON.parse(line)
    if (logged.msg === 'listening') return {url: logged.url, child, exited}
  }
  throw new Error('The server exited before it was listening')
}
