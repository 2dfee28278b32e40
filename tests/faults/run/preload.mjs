// Each server of a fault run loads this module before the program of the server. The module shifts the wall clock of
// the process by the number of milliseconds in the file CLOCK_OFFSET_FILE. When the fault run is killed, the
// module also ends the server.
import {readFileSync} from 'node:fs'

const intervalMs = 100
const {CLOCK_OFFSET_FILE, NODE_UNIQUE_ID} = process.env
const {ppid: parent} = process
// When a fault kills a server process, the worker processes of this server may continue to run.
const isClusterWorker = NODE_UNIQUE_ID !== undefined
const SystemDate = Date
let offset = 0

const now = () => SystemDate.now() + offset

globalThis.Date = new Proxy(SystemDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length > 0 ? args : [now()], newTarget),
  apply: () => new SystemDate(now()).toString(),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
})

setInterval(() => {
  if (process.ppid !== parent && !isClusterWorker) process.exit(1)
  try {
    offset = Math.round(Number(readFileSync(CLOCK_OFFSET_FILE, 'utf8')))
  } catch {
    offset = 0 // the file does not exist until a fault shifts the clock for the first time
  }
}, intervalMs).unref()
