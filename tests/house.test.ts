// Tests the rules of docs/architecture.md. The rules define which room (a folder of src or of src/page) may import which
// other rooms, and which files may use Node's global `process`. Files must not import each other in a circle.
// Names must not be too general.
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join, posix, sep} from 'node:path'
import {fileURLToPath} from 'node:url'
import test from 'ava'
import {clientEntries} from '../scripts/client-entries.ts'

/** A source file. `path` is the path below src/ with '/' as the separator, and `text` is the content of the file. */
type Source = {path: string; text: string}

const belowScreens = [
  'client',
  'page/parts',
  'page/session',
  'page/organization',
  'page/frame',
  'page/questions',
  'page/plan',
  'page/undo',
  'page/history',
  'page/task',
]
/** For each room and some top-level files: the other rooms and top-level files that this room or file may import. */
const mayImport: Record<string, string[]> = {
  board: [],
  store: ['board'],
  identity: ['board', 'store'],
  changes: ['board', 'store', 'identity', 'tracing'],
  imports: ['board', 'store', 'changes'],
  limits: [],
  metrics: [],
  tracing: [],
  live: ['board', 'store', 'limits', 'metrics', 'tracing'],
  bus: ['board', 'store', 'tracing'],
  http: ['board', 'store', 'identity', 'limits', 'metrics', 'tracing', 'changes', 'imports', 'live'],
  client: ['board'],
  // The page's own files put the screens together. Screens do not import each other.
  page: ['client', 'page/parts', 'page/session', 'page/organization', 'page/undo', 'page/board', 'page/home'],
  'page/parts': ['client'],
  'page/session': ['client', 'page/parts'],
  'page/organization': ['client', 'page/parts', 'page/session'],
  'page/notifications': ['client', 'page/parts', 'page/session', 'page/organization'],
  'page/frame': ['client', 'page/parts', 'page/session', 'page/organization', 'page/notifications'],
  'page/questions': ['client', 'page/parts', 'page/session', 'page/organization', 'page/undo'],
  'page/undo': ['client', 'page/parts', 'page/session', 'page/organization'],
  'page/plan': ['client', 'page/parts', 'page/session', 'page/organization', 'page/undo'],
  'page/history': ['client', 'page/parts', 'page/session', 'page/organization'],
  'page/task': [
    'client',
    'page/parts',
    'page/session',
    'page/organization',
    'page/questions',
    'page/undo',
    'page/plan',
    'page/history',
  ],
  'page/board': belowScreens,
  'page/home': belowScreens,
  commands: [
    'board',
    'store',
    'identity',
    'changes',
    'limits',
    'metrics',
    'live',
    'bus',
    'http',
    'app.ts',
    'config.ts',
    'demo.ts',
  ],
  // config.ts imports identity, because only identity can check whether a key is usable.
  'config.ts': ['board', 'identity', 'limits', 'bus'],
}
// A top-level file that is not listed in `mayImport` must not import main.ts or the page.
const closedToTheTop = ['main.ts', 'page'] // and the rooms of the page
/** The files of a room that other rooms may import. If a room is not listed, other rooms may import all its files. */
const openFiles: Record<string, string[]> = {client: Object.values(clientEntries)}
/** The packages that a room may import. A room that is not listed may import any package. */
const mayImportPackages: Record<string, string[]> = {board: ['zod']}
// folder-lock.ts must check whether the process that has locked the data folder still runs.
// pglite-initdb.ts runs as a separate process, and reads an argument from process.argv.
const mayTouchProcess = ['main.ts', 'store/folder-lock.ts', 'store/pglite-initdb.ts']
const emptyNames = ['manager', 'service', 'utils', 'helpers', 'common', 'lib', 'types']

test('src/ follows the rules of docs/architecture.md', t => {
  const sources = readSources(fileURLToPath(new URL('../src', import.meta.url)))
  t.true(sources.length > 0)
  t.deepEqual(findFaults(sources), [])
})

test('no two files of schema/ have the same number', t => {
  const numbers = readdirSync(new URL('../schema', import.meta.url)).map(name => name.slice(0, 4))
  t.deepEqual(numbers, [...new Set(numbers)])
})

test('docs/architecture.md names only files that exist', t => {
  const page = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8')
  const rooms = Object.keys(mayImport).join('|')
  const named = [...page.matchAll(new RegExp(`\\b(?:${rooms})/[\\w-]+\\.tsx?\\b`, 'g'))].map(([path]) => path)
  t.true(named.length > 20)
  t.deepEqual(
    named.filter(path => !existsSync(new URL(`../src/${path}`, import.meta.url))),
    [],
  )
})

test('docs/running.md names only files, limits and settings that exist', t => {
  const page = readFileSync(new URL('../docs/running.md', import.meta.url), 'utf8')
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const sources = readSources(fileURLToPath(new URL('../src', import.meta.url)))
  const named = (pattern: RegExp) => [...new Set([...page.matchAll(pattern)].map(([, name]) => name!))]
  const files = named(/`src\/([\w/-]+\.tsx?)`/g)
  t.true(files.length > 5)
  t.deepEqual(
    files.filter(path => !sources.some(source => source.path === path)),
    [],
  )
  const limits = named(/`([a-z]\w+(?:Ms|Seconds|Bytes|Heartbeats|Break|Drain|Unavailable))`/g)
  t.true(limits.length > 10)
  t.deepEqual(
    limits.filter(name => !sources.some(({text}) => new RegExp(`\\b${name}\\b`).test(text))),
    [],
  )
  const settings = named(/`((?:MAX|POOL|HEARTBEAT|DRAIN|EVENT|DATABASE|REDIS)_[A-Z_]+|BUS|WORKERS)\b/g)
  t.deepEqual(
    settings.filter(name => !readme.includes(`\`${name}\``)),
    [],
  )
})

test('conformance/ imports no other folder, and no package except better-sse, so that others can use the suite', t => {
  const sources = readSources(fileURLToPath(new URL('../conformance', import.meta.url)))
  t.true(sources.length > 20)
  const imported = sources.flatMap(({path, text}) =>
    importsOf(text).map(name => (isRelative(name) ? resolve(path, name) : name)),
  )
  const allowed = (name: string) => sources.some(({path}) => path === name) || name.startsWith('node:')
  t.deepEqual([...new Set(imported.filter(name => !allowed(name)))], ['better-sse'])
  t.deepEqual(findCircles(sources), [])
})

test('a forbidden import of a room is a fault, no matter which syntax the import uses', t => {
  const bad = [
    {path: 'live/feed.ts', text: "import {takeTask} from '../changes/take-task.ts'"},
    {path: 'changes/take-task.ts', text: "import type {\n  Feed,\n} from '../live/feed-records.ts'"},
    {path: 'board/task.ts', text: "export * from '../store/tables.ts'"},
    {path: 'http/api.ts', text: "import type {Config} from '../config.ts'"},
    {path: 'client/stream.ts', text: "const feed = await import('../live/feed.ts')"},
    {path: 'app.ts', text: "import './page/board.ts'"},
    {path: 'token.ts', text: "import {main} from './main.ts'"},
  ]
  t.deepEqual(findFaults(bad), [
    "src/live/feed.ts imports '../changes/take-task.ts': live may import only board, store, limits, metrics, tracing.",
    "src/changes/take-task.ts imports '../live/feed-records.ts': changes may import only board, store, identity, tracing.",
    "src/board/task.ts imports '../store/tables.ts': board may import no other room.",
    "src/http/api.ts imports '../config.ts': http may import only board, store, identity, limits, metrics, tracing, changes, imports, live.",
    "src/client/stream.ts imports '../live/feed.ts': client may import only board.",
    "src/app.ts imports './page/board.ts': app.ts may import everything except main.ts, page.",
    "src/token.ts imports './main.ts': token.ts may import everything except main.ts, page.",
  ])
})

test('the page may import only the public entry points of the client', t => {
  const sources = [
    {path: 'page/session/session.tsx', text: "import {Api} from '../../client/api.ts'"},
    {path: 'page/parts/form.tsx', text: "import type {Task} from '../../board/task.ts'"},
    {path: 'page/session/session.tsx', text: "import {createApi} from '../../client/api-client.ts'"},
    {path: 'client/react.ts', text: "import {receive} from './receive.ts'"},
  ]
  t.deepEqual(findFaults(sources), [
    'src/page/session/session.tsx imports client/api.ts: other rooms may import only client.ts, api-client.ts, board.ts, react.ts, query.ts, presence.ts of client.',
    "src/page/parts/form.tsx imports '../../board/task.ts': page/parts may import only client.",
  ])
})

test('screens of the page may not import each other, and shared parts may not import what uses them', t => {
  const sources = [
    {path: 'page/home/home-page.tsx', text: "import {Columns} from '../board/columns.tsx'"},
    {path: 'page/parts/form.tsx', text: "import {useSession} from '../session/session.tsx'"},
    {path: 'page/task/panel.tsx', text: "import {useFlash} from '../board/flashes.ts'"},
    {path: 'page/app.tsx', text: "import {BoardPage} from './board/board-page.tsx'"},
    {path: 'page/board/columns.tsx', text: "import {Menu} from '../parts/menu.tsx'"},
    {path: 'page/search/search.tsx', text: ''},
    {path: 'app.ts', text: "import './page/board/columns.tsx'"},
  ]
  t.deepEqual(
    findFaults(sources).map(fault => fault.split(':')[0]),
    [
      "src/page/home/home-page.tsx imports '../board/columns.tsx'",
      "src/page/parts/form.tsx imports '../session/session.tsx'",
      "src/page/task/panel.tsx imports '../board/flashes.ts'",
      'src/page/search/search.tsx',
      "src/app.ts imports './page/board/columns.tsx'",
    ],
  )
})

test('the room board may import only the package zod', t => {
  const sources = [
    {path: 'board/task.ts', text: "import {z} from 'zod'\nimport {randomUUID} from 'node:crypto'"},
    {path: 'board/sprint.ts', text: "import {v7} from 'uuid'"},
    {path: 'store/ids.ts', text: "import {v7} from 'uuid'"},
  ]
  t.deepEqual(findFaults(sources), [
    "src/board/task.ts imports 'node:crypto': board may import only the package zod.",
    "src/board/sprint.ts imports 'uuid': board may import only the package zod.",
  ])
})

test('files that import each other in a circle are a fault, even when they import only types', t => {
  const sources = [
    {path: 'live/feed.ts', text: "import {openChannel} from './channel.ts'"},
    {path: 'live/channel.ts', text: "import {Subscriber} from './subscriber.ts'"},
    {path: 'live/subscriber.ts', text: "import type {Feed} from './feed.ts'"},
    {path: 'live/live.ts', text: "import {startFeed} from './feed.ts'"},
    {path: 'http/route.ts', text: "export type {Route} from './route.ts'"},
  ]
  t.deepEqual(findFaults(sources), [
    'src/live/feed.ts is in a circle of imports: channel.ts → subscriber.ts → feed.ts.',
    'src/http/route.ts is in a circle of imports: route.ts.',
  ])
})

test('an unknown room, a use of the global `process` and a name that is too general are faults', t => {
  const bad = [
    {path: 'jobs/prune.ts', text: ''},
    {path: 'store/migrate.ts', text: 'if (process.env.DEBUG) process.exit()'},
    {path: 'live/memory.ts', text: "import {memoryUsage} from 'node:process'"},
    {path: 'http/utils/query.ts', text: ''},
    {path: 'board/types.ts', text: ''},
  ]
  t.deepEqual(findFaults(bad), [
    'src/jobs/prune.ts: jobs is not a room. Add it to docs/architecture.md and to this test.',
    'src/store/migrate.ts uses the global process. Only main.ts may use it. Pass values as arguments.',
    'src/live/memory.ts uses the global process. Only main.ts may use it. Pass values as arguments.',
    "src/http/utils/query.ts: the name 'utils' is too general. Name it for its subject.",
    "src/board/types.ts: the name 'types' is too general. Name it for its subject.",
  ])
})

test('allowed imports, imports of packages and the word process in a comment are not faults', t => {
  const good = [
    {path: 'main.ts', text: "import {createApp} from './app.ts'\nprocess.exitCode = 0"},
    {path: 'app.ts', text: "import {api} from './http/api.ts'\nimport {readConfig} from './config.ts'"},
    {path: 'http/api.ts', text: "import Router from '@koa/router'\nimport {tasks} from './tasks.ts'"},
    {
      path: 'live/feed.ts',
      text: "import {page} from '../store/event-log.ts'\n// Another process. It may be gone.",
    },
    {path: 'page/board.tsx', text: "import {applyEvent} from '../client/board.ts'"},
  ]
  t.deepEqual(findFaults(good), [])
})

/** Returns one message per fault. A message contains the file, the fault and the rule. */
function findFaults(sources: Source[]): string[] {
  const checks = [checkRoom, checkRooms, checkOpenFiles, checkPackages, checkProcess, checkNames]
  return [...sources.flatMap(source => checks.flatMap(check => check(source))), ...findCircles(sources)]
}

function checkRoom({path}: Source): string[] {
  const room = roomOf(path)
  if (room === path || mayImport[room]) return []
  return [`src/${path}: ${room} is not a room. Add it to docs/architecture.md and to this test.`]
}

function checkRooms({path, text}: Source): string[] {
  const importer = roomOf(path)
  return importsOf(text)
    .filter(isRelative)
    .filter(specifier => !allows(importer, roomOf(resolve(path, specifier))))
    .map(specifier => `src/${path} imports '${specifier}': ${importer} may import ${ruleOf(importer)}.`)
}

function checkOpenFiles({path, text}: Source): string[] {
  return importsOf(text)
    .filter(isRelative)
    .map(specifier => resolve(path, specifier))
    .filter(imported => {
      const room = roomOf(imported)
      return room !== roomOf(path) && openFiles[room]?.includes(imported.slice(room.length + 1)) === false
    })
    .map(imported => {
      const room = roomOf(imported)
      return `src/${path} imports ${imported}: other rooms may import only ${openFiles[room]!.join(', ')} of ${room}.`
    })
}

function checkPackages({path, text}: Source): string[] {
  const allowed = mayImportPackages[roomOf(path)]
  if (!allowed) return []
  return importsOf(text)
    .filter(specifier => !isRelative(specifier) && !allowed.includes(specifier))
    .map(
      specifier =>
        `src/${path} imports '${specifier}': ${roomOf(path)} may import only the package ${allowed.join(', ')}.`,
    )
}

function checkProcess({path, text}: Source): string[] {
  const isTouched =
    /\bprocess\??\.\w/.test(text) || importsOf(text).some(name => /^(node:)?process$/.test(name))
  if (!isTouched || mayTouchProcess.includes(path)) return []
  return [
    `src/${path} uses the global process. Only ${mayTouchProcess[0]} may use it. Pass values as arguments.`,
  ]
}

function checkNames({path}: Source): string[] {
  return path
    .split('/')
    .map(segment => segment.replace(/\..*/, ''))
    .filter(name => emptyNames.includes(name))
    .map(name => `src/${path}: the name '${name}' is too general. Name it for its subject.`)
}

/** Returns one sentence for each circle of imports. The sentence lists the files of the circle in import order. */
function findCircles(sources: Source[]): string[] {
  const importedBy = new Map(
    sources.map(({path, text}) => [
      path,
      importsOf(text)
        .filter(isRelative)
        .map(name => resolve(path, name)),
    ]),
  )
  const reported = new Set<string>()
  return sources.flatMap(({path}) => {
    const circle = reported.has(path) ? undefined : findPath(path, path, importedBy)
    if (!circle) return []
    for (const file of circle) reported.add(file)
    const names = circle.map(file => posix.basename(file))
    return [`src/${path} is in a circle of imports: ${names.join(' → ')}.`]
  })
}

/**
 * Returns the files on the shortest import path from `from` to `to`, without `from`. Returns undefined when there is no
 * path.
 */
function findPath(from: string, to: string, imports: Map<string, string[]>): string[] | undefined {
  const seen = new Set<string>()
  let paths = [[from]]
  while (paths.length > 0) {
    paths = paths
      .flatMap(path => (imports.get(path.at(-1)!) ?? []).map(next => [...path, next]))
      .filter(path => {
        const isNew = !seen.has(path.at(-1)!)
        seen.add(path.at(-1)!)
        return isNew
      })
    const found = paths.find(path => path.at(-1) === to)
    if (found) return found.slice(1)
  }
  return undefined
}

/** Returns the room of a path, for example `live` or `page/board`. A top-level file is its own room. */
function roomOf(path: string): string {
  const [room, inner, ...rest] = path.split('/') as [string, ...string[]]
  return room === 'page' && rest.length > 0 ? `page/${inner}` : room
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('.')
}

/** Returns the path below src/ that a file imports with a relative specifier. */
function resolve(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier)
}

function allows(importer: string, imported: string): boolean {
  return (
    importer === imported ||
    (mayImport[importer]?.includes(imported) ?? !closedToTheTop.includes(imported.split('/')[0]!))
  )
}

function ruleOf(importer: string): string {
  const allowed = mayImport[importer]
  if (!allowed) return `everything except ${closedToTheTop.join(', ')}`
  return allowed.length > 0 ? `only ${allowed.join(', ')}` : 'no other room'
}

/** Returns the module specifiers of all imports (static, dynamic or of types) and `export … from` statements. */
function importsOf(text: string): string[] {
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(([, specifier]) => specifier!)
}

function readSources(folder: string): Source[] {
  return readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .filter(path => /\.tsx?$/.test(path))
    .map(path => ({path: path.split(sep).join('/'), text: readFileSync(join(folder, path), 'utf8')}))
}
