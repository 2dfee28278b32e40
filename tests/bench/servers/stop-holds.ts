/**
 * Loaded with `--import` into a server. Measures how long the event loop is blocked while the server stops, and prints
 * the result to stderr when the process exits.
 */
import {writeSync} from 'node:fs'
import {longestHold, watchHolds} from './holds.ts'

const stderr = 2

process.on('SIGTERM', watchHolds)
process.on('exit', () => writeSync(stderr, `${JSON.stringify(longestHold())}\n`))
