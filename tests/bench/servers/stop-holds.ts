/**
 * A server loads this module with `--import`. The module measures how long the event loop is blocked while the server
 * stops. When the process exits, the module prints the result to stderr.
 */
import {writeSync} from 'node:fs'
import {longestHold, watchHolds} from './holds.ts'

const stderr = 2

process.on('SIGTERM', watchHolds)
process.on('exit', () => writeSync(stderr, `${JSON.stringify(longestHold())}\n`))
