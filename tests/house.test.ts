// The rooms of the house (DESIGN, section 7): which of them may import which, who may touch the process, and
// what no file may be called.
import {readdirSync, readFileSync} from 'node:fs'
import {join, posix, sep} from 'node:path'
import {fileURLToPath} from 'node:url'
import test from 'ava'

/** A source file: its path below src/, parted by '/', and its text. */
type Source = {path: string; text: string}

/** What each room, or file at the top, may import of ours beside itself. */
const mayImport: Record<string, string[]> = {
  board: [],
  store: ['board'],
  identity: ['board', 'store'],
  changes: ['board', 'store'],
  live: ['board', 'store'],
  http: ['board', 'store', 'identity', 'changes', 'live'],
  client: ['board'],
  page: ['board', 'client'],
  commands: ['board', 'store', 'identity', 'live', 'http', 'app.ts', 'config.ts', 'demo.ts'],
  // Whether a key can be used, identity knows.
  'config.ts': ['board', 'identity'],
}
const closedToTheTop = ['main.ts', 'page'] // what no other file at the top may import
// Who holds a folder is a process, and whether that one lives only the process can ask.
const mayTouchProcess = ['main.ts', 'store/folder-lock.ts']
const emptyNames = ['manager', 'service', 'utils', 'helpers', 'common', 'lib', 'types']

test('imports run one way, and only main.ts touches the process', t => {
  const sources = readSources(fileURLToPath(new URL('../src', import.meta.url)))
  t.true(sources.length > 0)
  t.deepEqual(findFaults(sources), [])
})

test('an import against the way is found, however it is written', t => {
  const bad = [
    {path: 'live/feed.ts', text: "import {takeTask} from '../changes/take-task.ts'"},
    {path: 'changes/take-task.ts', text: "import type {\n  Feed,\n} from '../live/feed.ts'"},
    {path: 'board/task.ts', text: "export * from '../store/tables.ts'"},
    {path: 'http/api.ts', text: "import type {Config} from '../config.ts'"},
    {path: 'client/stream.ts', text: "const feed = await import('../live/feed.ts')"},
    {path: 'app.ts', text: "import './page/board.ts'"},
    {path: 'token.ts', text: "import {main} from './main.ts'"},
  ]
  t.deepEqual(findFaults(bad), [
    "src/live/feed.ts imports '../changes/take-task.ts': live may import only board, store.",
    "src/changes/take-task.ts imports '../live/feed.ts': changes may import only board, store.",
    "src/board/task.ts imports '../store/tables.ts': board may import nothing of ours.",
    "src/http/api.ts imports '../config.ts': http may import only board, store, identity, changes, live.",
    "src/client/stream.ts imports '../live/feed.ts': client may import only board.",
    "src/app.ts imports './page/board.ts': app.ts may import all but main.ts, page.",
    "src/token.ts imports './main.ts': token.ts may import all but main.ts, page.",
  ])
})

test('a folder that is no room, a touch of the process and an empty name are found', t => {
  const bad = [
    {path: 'jobs/prune.ts', text: ''},
    {path: 'store/migrate.ts', text: 'if (process.env.DEBUG) process.exit()'},
    {path: 'live/memory.ts', text: "import {memoryUsage} from 'node:process'"},
    {path: 'http/utils/query.ts', text: ''},
    {path: 'board/types.ts', text: ''},
  ]
  t.deepEqual(findFaults(bad), [
    'src/jobs/prune.ts stands in jobs, which is no room: add it to DESIGN, section 7, and to this test.',
    'src/store/migrate.ts touches the process; only main.ts may, and hands on what others need.',
    'src/live/memory.ts touches the process; only main.ts may, and hands on what others need.',
    "src/http/utils/query.ts: 'utils' says nothing; name it for its subject.",
    "src/board/types.ts: 'types' says nothing; name it for its subject.",
  ])
})

test('imports along the way, packages and the word process are no faults', t => {
  const good = [
    {path: 'main.ts', text: "import {createApp} from './app.ts'\nprocess.exitCode = 0"},
    {path: 'app.ts', text: "import {api} from './http/api.ts'\nimport {readConfig} from './config.ts'"},
    {path: 'http/api.ts', text: "import Router from '@koa/router'\nimport {tasks} from './tasks.ts'"},
    {
      path: 'live/feed.ts',
      text: "import {page} from '../store/event-log.ts'\n// Another process. It may be gone.",
    },
    {path: 'page/board.tsx', text: "import {applyEvent} from '../board/apply-event.ts'"},
  ]
  t.deepEqual(findFaults(good), [])
})

/** A sentence for each fault: the file, what is wrong with it, and the rule. */
function findFaults(sources: Source[]): string[] {
  const checks = [checkRoom, checkImports, checkProcess, checkNames]
  return sources.flatMap(source => checks.flatMap(check => check(source)))
}

function checkRoom({path}: Source): string[] {
  const room = roomOf(path)
  if (room === path || mayImport[room]) return []
  return [`src/${path} stands in ${room}, which is no room: add it to DESIGN, section 7, and to this test.`]
}

function checkImports({path, text}: Source): string[] {
  const importer = roomOf(path)
  return importsOf(text)
    .filter(specifier => specifier.startsWith('.'))
    .filter(specifier => !allows(importer, roomOf(posix.join(posix.dirname(path), specifier))))
    .map(specifier => `src/${path} imports '${specifier}': ${importer} may import ${rule(importer)}.`)
}

function checkProcess({path, text}: Source): string[] {
  const isTouched =
    /\bprocess\??\.\w/.test(text) || importsOf(text).some(name => /^(node:)?process$/.test(name))
  if (!isTouched || mayTouchProcess.includes(path)) return []
  return [`src/${path} touches the process; only ${mayTouchProcess[0]} may, and hands on what others need.`]
}

function checkNames({path}: Source): string[] {
  return path
    .split('/')
    .map(segment => segment.replace(/\..*/, ''))
    .filter(name => emptyNames.includes(name))
    .map(name => `src/${path}: '${name}' says nothing; name it for its subject.`)
}

/** The room a path stands in; a file at the top is a room of its own. */
function roomOf(path: string): string {
  return path.split('/')[0]!
}

function allows(importer: string, imported: string): boolean {
  return (
    importer === imported || (mayImport[importer]?.includes(imported) ?? !closedToTheTop.includes(imported))
  )
}

function rule(importer: string): string {
  const allowed = mayImport[importer]
  if (!allowed) return `all but ${closedToTheTop.join(', ')}`
  return allowed.length > 0 ? `only ${allowed.join(', ')}` : 'nothing of ours'
}

/** The specifiers of every import and export-from, static or dynamic, of values or types. */
function importsOf(text: string): string[] {
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(([, specifier]) => specifier!)
}

function readSources(folder: string): Source[] {
  return readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .filter(path => /\.tsx?$/.test(path))
    .map(path => ({path: path.split(sep).join('/'), text: readFileSync(join(folder, path), 'utf8')}))
}
