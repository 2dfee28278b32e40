// Runs ava's command line with an extended TAP reporter. The reporter also prints how long each test
// took, where in our files a test failed, and which tests were running at a timeout or at
// process.exit(). At a timeout and at process.exit(), the reporter receives an error that ava's main process
// has created. The reporter of ava 7.0 fails on this error, because the error does not have the form of the
// errors that a test process sends.
//
// AVA_WORKER is the path of ava's bundle for the processes of the test files, relative to the project folder. Such a
// process starts in two thirds of the CPU time. Default: ava's own modules.
import run from '../node_modules/ava/lib/cli.js'
import {_testOnlyReplaceWorkerPath as setWorkerPath} from '../node_modules/ava/lib/fork.js'
import TapReporter from '../node_modules/ava/lib/reporters/tap.js'

const {writeTest, writeCrash, writeTimeout} = TapReporter.prototype

TapReporter.prototype.writeTest = function (event, flags) {
  const title = event.duration === undefined ? event.title : `${event.title} # time=${event.duration}ms`
  writeTest.call(this, {...event, title, err: withTrace(event.err)}, flags)
}

TapReporter.prototype.writeCrash = function (event, title) {
  writeCrash.call(this, {...event, err: withTrace(event.err)}, title)
}

TapReporter.prototype.writeTimeout = function (event) {
  writeTimeout.call(this, event)
  for (const [testFile, tests] of event.pendingTests) {
    if (tests.size === 0)
      this.writeCrash({}, `${this.relativeFile(testFile)} did not exit within ${event.period} ms`)
  }
}

if (process.env.AVA_WORKER) setWorkerPath(new URL(process.env.AVA_WORKER, new URL('..', import.meta.url)))

await run()

/**
 * Returns the error in the form that the reporter expects. `trace` contains the stack frames in our own
 * files.
 */
function withTrace(error) {
  if (!error) return error
  const serialized = error instanceof Error ? {type: 'native', name: error.name, originalError: error} : error
  const trace = (error.stack ?? '')
    .split('\n')
    .filter(line => /^\s+at /.test(line) && !/node:internal|\/node_modules\/|async Promise\.all/.test(line))
    .map(line => line.trim().replace('file://', ''))
  if (serialized.originalError instanceof Error) Object.assign(serialized.originalError, {trace})
  // The reporter fails on a stack without frames. Errors of `node:fs/promises` have such a stack.
  const stack = serialized.stack ?? error.stack ?? ''
  return {...serialized, stack: /\n\s+at /.test(stack) ? stack : `${stack}\n    at unknown`}
}
