// Tests the package `@boardcast/client` as an application receives it: packed, and installed in an empty project.
import {execFile} from 'node:child_process'
import {copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {checkPackage, createPackageFromTarballData} from '@arethetypeswrong/core'
import test, {type ExecutionContext} from 'ava'
import {publint} from 'publint'
import {type PackedClient, packClient} from '../helpers/packed-client.ts'
import {answerPoll, cursor, silence, startScriptedServer} from '../helpers/scripted-server.ts'
import {bundle} from '../helpers/sizes.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const read = async (path: string) => JSON.parse(await readFile(path, 'utf8'))
const manifest = await read(join(root, 'packages/client/package.json'))
const entries = Object.keys(manifest.exports)
  .filter(path => path !== './package.json')
  .map(path => path.replace('.', '@boardcast/client'))

let packed: PackedClient
let installed: string
test.before(async () => {
  packed = await packClient()
  installed = join(packed.project, 'node_modules/@boardcast/client')
})

test('installing the package in an empty project installs one package, without its optional peers', async t => {
  const {packages} = await read(join(packed.project, 'node_modules/.package-lock.json'))
  t.deepEqual(Object.keys(packages), ['node_modules/@boardcast/client'])
  const sizes = await Promise.all((await filesOf(installed)).map(async path => (await stat(path)).size))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  const {size} = await stat(packed.tarball)
  t.log(
    `1 package, ${bytes} bytes installed, of which the source maps are a part; the tarball has ${size} bytes`,
  )
})

test('the package has the version of the server, and its manifest names only files that the package contains', async t => {
  t.is(manifest.version, (await read(join(root, 'package.json'))).version)
  const targets = Object.values<Record<string, string>>(manifest.exports).flatMap(target =>
    Object.values(target),
  )
  for (const target of targets.filter(path => path.startsWith('./'))) await stat(join(installed, target))
  t.true(targets.length > 10)
})

test('the files of the package do not mention zod, and the only import of another package is React', async t => {
  const files = (await filesOf(installed)).filter(path => /\.(js|d\.ts)$/.test(path))
  const texts = await Promise.all(files.map(path => readFile(path, 'utf8')))
  t.true(files.length > 10)
  for (const text of texts) t.notRegex(text, /\bzod\b/i)
  const imported = texts.flatMap(text => [...text.matchAll(/\b(?:from|import) ?["']([^."'][^"']*)["']/g)])
  t.deepEqual([...new Set(imported.map(([, name]) => name))], ['react'])
})

test('the source maps contain the source files', async t => {
  const maps = (await filesOf(installed)).filter(path => path.endsWith('.js.map'))
  const all = (await Promise.all(maps.map(read))) as {sources: string[]; sourcesContent?: string[]}[]
  for (const {sources, sourcesContent = []} of all) t.is(sourcesContent.length, sources.length)
  t.true(all.some(({sources}) => sources.some(path => path.endsWith('src/client/receive.ts'))))
})

test('the hooks are client components for Next, and no other entry point is', async t => {
  for (const name of ['client', 'api', 'board', 'react', 'query', 'presence']) {
    const text = await readFile(join(installed, `dist/${name}.js`), 'utf8')
    t.is(text.startsWith('"use client";'), name === 'react', name)
  }
})

for (const [how, load] of [
  ['import', (name: string) => `import('${name}')`],
  ['require', (name: string) => `Promise.resolve(require('${name}'))`],
] as const) {
  test(`Node loads the entry points with ${how}`, async t => {
    const names = entries.filter(name => !name.endsWith('/react')) // React is an optional peer
    const script = `Promise.all([${names.map(load).join()}])
      .then(all => console.log(JSON.stringify(all.map(exports => Object.keys(exports).sort()))))`
    const {stdout} = await run(process.execPath, ['-e', script], {cwd: packed.project})
    const [client, api, board, query] = JSON.parse(stdout)
    t.deepEqual(client, ['Problem', 'keepBacklog', 'keepBoard', 'openTaskStream'])
    t.deepEqual(api, ['Problem', 'createApi', 'isProblem', 'isSignedOut', 'isUpTo', 'keepTrying'])
    t.true(board.includes('applyEvent'))
    t.deepEqual(query, ['updateQueries'])
  })
}

test('all entry points use the same class Problem', async t => {
  const script = `import {Problem} from '@boardcast/client'
    import {Problem as Same} from '@boardcast/client/api'
    console.log(Problem === Same)`
  const args = ['--input-type=module', '-e', script]
  t.is((await run(process.execPath, args, {cwd: packed.project})).stdout, 'true\n')
})

test('when a program has received its responses, no timer of the client keeps the process running', async t => {
  const server = await startScriptedServer([])
  t.teardown(() => server.close())
  const script = `import {createApi} from '@boardcast/client/api'
    const {name} = await createApi({url: '${server.url}'}).call('GET /me')
    console.log(name, process.getActiveResourcesInfo().includes('Timeout'))`
  const args = ['--input-type=module', '-e', script]
  t.is((await run(process.execPath, args, {cwd: packed.project})).stdout, 'Ada false\n')
})

test('the bundled client is smaller than 8.3 KB gzipped, and the bundler prints no warning', async t => {
  const {gzipped, gzippedLater, warnings} = await bundle({
    stdin: {contents: "export * from '@boardcast/client'", resolveDir: packed.project},
  })
  t.deepEqual(warnings, [])
  t.true(gzipped < 8.3 * 1024, `${gzipped} bytes`)
  t.true(gzippedLater > 0, 'the code that most pages never need is in other files')
})

test('in Node, the package loads the code for long polls when it needs this code', async t => {
  const server = await startScriptedServer([answerPoll(1), answerPoll(2, 1), silence])
  t.teardown(() => server.close())
  const script = `import {openTaskStream} from '@boardcast/client'
    const stream = openTaskStream({
      url: '${server.url}',
      transport: 'poll',
      onEvent(event, {cursor}) {
        console.log(cursor, stream.transport)
        stream.close()
      },
    })`
  const args = ['--input-type=module', '-e', script]
  t.is((await run(process.execPath, args, {cwd: packed.project})).stdout, `${cursor(2)} poll\n`)
})

test('publint finds no fault in the package', async t => {
  const {messages} = await publint({pack: {tarball: await arrayBuffer(packed.tarball)}, strict: true})
  t.deepEqual(messages, [])
})

test('arethetypeswrong finds no fault in the package', async t => {
  const tarball = new Uint8Array(await arrayBuffer(packed.tarball))
  const result = await checkPackage(createPackageFromTarballData(tarball))
  t.truthy(result.types)
  const problems = 'problems' in result ? result.problems : []
  // The old resolution of `node10` does not read `exports`. CommonJS modules receive the same ECMAScript module, because
  // Node 20.19 and later can `require` an ECMAScript module.
  const faults = problems.filter(
    problem =>
      problem.kind !== 'CJSResolvesToESM' &&
      !('resolutionKind' in problem && problem.resolutionKind === 'node10'),
  )
  t.deepEqual(faults, [])
})

const compilers = {
  'TypeScript 5.0': 'packages/client/node_modules/typescript/bin/tsc',
  'TypeScript 7': 'node_modules/typescript/bin/tsc',
}
// One compilation checks both programs, because the compiler needs most of its time for the types of the package.
const mistakes = `import {type BoardEvent, openTaskStream} from '@boardcast/client'
import {createApi} from '@boardcast/client/api'
openTaskStream({onEvent: (event: BoardEvent) => event.nothing})
createApi().call('GET /tasks/{id}', {params: {task: ''}})
createApi().call('GET /task')`

for (const [compiler, path] of Object.entries(compilers)) {
  test(`without the types of browsers, ${compiler} compiles a program that uses every entry point, and finds the mistakes in another program`, async t => {
    const folder = await emptyProject(t)
    await writeFile(join(folder, 'mistakes.ts'), mistakes)
    const faults = (await compile(folder, path, ['es2022'])).match(/^.*error TS.*$/gm) ?? []
    t.deepEqual(
      faults.map(fault => /\w+\.ts\(\d+/.exec(fault)?.[0]),
      ['mistakes.ts(3', 'mistakes.ts(4', 'mistakes.ts(5'],
      faults.join('\n'),
    )
  })

  test(`with the types of browsers, ${compiler} compiles a program that uses every entry point`, async t => {
    t.is(await compile(await emptyProject(t), path, ['es2022', 'dom']), '')
  })
}

/**
 * Creates a folder with a program that uses every entry point. The package is installed in the folder, and no types of
 * another package are visible.
 */
async function emptyProject(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'boardcast-types-'))
  t.teardown(() => rm(folder, {recursive: true}))
  await mkdir(join(folder, 'node_modules'))
  await symlink(join(packed.project, 'node_modules/@boardcast'), join(folder, 'node_modules/@boardcast'))
  await copyFile(join(root, 'tests/client/package-sample.ts.txt'), join(folder, 'sample.ts'))
  return folder
}

/** Returns the faults that the compiler finds in the folder. */
async function compile(folder: string, compiler: string, lib: string[]): Promise<string> {
  const compilerOptions = {
    target: 'es2022',
    module: 'node16',
    moduleResolution: 'node16',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    skipDefaultLibCheck: true,
    noEmit: true,
    types: [],
    lib,
  }
  await writeFile(join(folder, 'package.json'), '{"type": "module"}')
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({compilerOptions}))
  const args = [join(root, compiler), '-p', folder]
  return run(process.execPath, args).then(
    ({stdout}) => stdout,
    error => error.stdout as string,
  )
}

async function filesOf(folder: string): Promise<string[]> {
  const files = await readdir(folder, {recursive: true, withFileTypes: true})
  return files.filter(file => file.isFile()).map(({parentPath, name}) => join(parentPath, name))
}

async function arrayBuffer(path: string): Promise<ArrayBuffer> {
  const {buffer, byteOffset, byteLength} = await readFile(path)
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
}
