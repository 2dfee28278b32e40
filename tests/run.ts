// What `npm test` runs: ava with the arguments given, its output as it comes, its exit code, and as the last
// line the counts in words that any CI reads: `N passed, N failed`, and `, N skipped` where any were.
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {fileURLToPath} from 'node:url'
import {stripVTControlCharacters} from 'node:util'

const avaScript = fileURLToPath(new URL('../node_modules/.bin/ava', import.meta.url))
// ava itself sees only a pipe.
const color = process.stdout.isTTY && process.stdout.hasColors() ? ['--color'] : []

const ava = spawn(process.execPath, [avaScript, ...color, ...process.argv.slice(2)], {
  stdio: ['inherit', 'pipe', 'inherit'],
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ava.kill(signal))

let report = ''
ava.stdout.setEncoding('utf8')
ava.stdout.on('data', (text: string) => {
  report += text
  process.stdout.write(text)
})
const [exitCode] = (await once(ava, 'close')) as [number | null]

const {passed, failed, skipped} = countTests(stripVTControlCharacters(report))
const isEmpty = exitCode === 0 && passed === 0
if (isEmpty) console.error('ava reports success, but not one passed test: nothing was tested.')

process.exitCode = isEmpty ? 1 : (exitCode ?? 1) // null: a signal ended it
const shownFailed = process.exitCode ? Math.max(failed, 1) : failed
console.log(`${passed} passed, ${shownFailed} failed${skipped ? `, ${skipped} skipped` : ''}`)

/**
 * Counts what ava's default reporter wrote to stdout: a line per test, a rule, any failures in full and another
 * rule, and a summary, which leaves out the passed when some failed. The tests' own output is not among it, for
 * ava writes that to stderr.
 */
function countTests(report: string) {
  const parts = report.split(/^ {2}─$/m)
  const tests = parts[0]!
  const summary = parts.at(-1)!
  return {
    passed: tests.match(/^ {2}[✔√] /gm)?.length ?? 0,
    failed: sum(
      summary,
      /^ {2}(\d+) (?:(?:test|hook)s? failed|unhandled rejection|uncaught exception|tests? remained)/gm,
    ),
    skipped: sum(summary, /^ {2}(\d+) tests? (?:skipped|todo)/gm),
  }
}

function sum(text: string, count: RegExp): number {
  return [...text.matchAll(count)].reduce((total, [, digits]) => total + Number(digits), 0)
}
