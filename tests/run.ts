// The script of `npm test`. The script compiles the tests, runs the tests with ava, and prints each result
// when the result arrives. The last line is `N passed, N failed`, followed by `, N skipped` when tests were
// skipped. The arguments are paths or globs of test files, and options of ava:
// `npm test -- 'tests/store/**' --match '*pruned*'`
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {rm} from 'node:fs/promises'
import {fileURLToPath} from 'node:url'
import {inspect, stripVTControlCharacters, styleText} from 'node:util'
import {Parser, type Result} from 'tap-parser'
import {compile} from './compile.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
// Each run has its own folder, so that concurrent runs do not conflict.
const folder = `.test-build/${process.pid}`
const isColored = process.stdout.isTTY && process.stdout.hasColors()

process.chdir(root)
try {
  await compile(folder)
  process.exitCode = await runTests(process.argv.slice(2))
} finally {
  await rm(folder, {recursive: true, force: true})
}

/**
 * Resolves with the exit code. The exit code is 0 only when ava succeeds, at least one test passed and no test
 * failed.
 */
async function runTests(args: string[]): Promise<number> {
  const results: Result[] = []
  const ava = startAva(args)
  const parser = new Parser()
  parser.on('assert', (result: Result) => {
    result.name = sourcePaths(result.name)
    results.push(result)
    console.log(describe(result))
  })
  parser.on('comment', (comment: string) => {
    if (!isNoise(comment)) console.log(paint('gray', `    ${sourcePaths(comment.slice(1).trim())}`))
  })
  ava.stdout!.pipe(parser)
  const [[exitCode]] = (await Promise.all([once(ava, 'close'), once(parser, 'complete')])) as [
    [number | null],
    unknown,
  ]
  return report(results, exitCode)
}

function startAva(args: string[]): ChildProcess {
  const isPath = (arg: string) => /^(\.\/)?tests\//.test(arg)
  const files = args.some(isPath) ? [] : [`${folder}/tests/**/*.test.js`]
  const given = args.map(arg => (isPath(arg) ? compiledPath(arg) : arg))
  const ava = spawn(process.execPath, ['tests/ava.mjs', '--tap', ...files, ...given], {
    stdio: ['inherit', 'pipe', 'inherit'],
    env: {...process.env, AVA_WORKER: `${folder}/node_modules/ava/worker.js`},
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ava.kill(signal))
  return ava
}

function compiledPath(path: string): string {
  return `${folder}/${path.replace(/^\.\//, '').replace(/\.ts$/, '.js')}`
}

/** Replaces the paths of compiled files with the paths of their sources, relative to the project folder. */
function sourcePaths(text: string): string {
  return text.replaceAll(new RegExp(`${folder}/(\\S+)\\.js`, 'g'), '$1.ts').replaceAll(root, '')
}

/** Returns the text that is printed for a result. For a failed test, the text also contains the reason. */
function describe(result: Result): string {
  const duration = result.time === null ? '' : paint('gray', ` (${result.time} ms)`)
  if (result.skip || result.todo) return `${paint('yellow', '-')} ${result.name}`
  if (result.ok) return `${paint('green', '✔')} ${result.name}${duration}`
  return `${paint('red', '✘')} ${result.name}${duration}\n${describeFailure(result.diag ?? {})}`
}

/** Formats the diagnostics of a failed test. Ava writes the diagnostics in YAML. Every field is optional. */
function describeFailure({
  name,
  assertion,
  message,
  details = {},
  trace = [],
  at,
  ...more
}: Record<string, any>): string {
  const parts = [
    [assertion ?? name, message].filter(Boolean).join(': '),
    ...Object.entries(details).map(([label, text]) => `${label}\n${indent(String(text))}`),
    Object.keys(more).length > 0 ? inspect(more, {depth: 8, colors: isColored}) : '',
    (trace.length > 0 ? trace : [at]).join('\n'),
  ]
  return indent(indent(sourcePaths(parts.filter(Boolean).join('\n'))))
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}

/** Prints the failed tests and the counts; returns the exit code. */
function report(results: Result[], avaExitCode: number | null): number {
  const skipped = results.filter(({skip, todo}) => skip || todo)
  const ran = results.filter(({skip, todo}) => !skip && !todo)
  const failed = ran.filter(({ok}) => !ok)
  const passed = ran.length - failed.length

  let problem = ''
  if (avaExitCode !== 0 && failed.length === 0)
    problem = `ava ended with ${avaExitCode ?? 'a signal'} and reported no failed test. Does any test match the arguments?`
  if (avaExitCode === 0 && passed === 0) problem = 'No test passed.'
  // The failures are repeated here, because thousands of lines may follow the line of a failed test.
  if (failed.length > 0)
    console.log(`\nFailed:\n${failed.map(result => indent(describe(result))).join('\n')}`)
  if (problem) console.log(`\n${problem}`)

  const shownFailed = problem ? Math.max(failed.length, 1) : failed.length
  console.log(
    `\n${passed} passed, ${shownFailed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`,
  )
  return shownFailed > 0 ? avaExitCode || 1 : 0
}

/** Whether the comment is only a number of tests or the name of a successful hook. Such a comment is not printed. */
function isNoise(comment: string): boolean {
  return /^# ((tests|pass|skip|fail) \d+$|test count|.*\bhook$|$)/.test(comment.trim())
}

function paint(color: 'green' | 'red' | 'yellow' | 'gray', text: string): string {
  return isColored ? styleText(color, text) : stripVTControlCharacters(text)
}
