/** Runs the embedded store in a worker thread, so that long statements do not block the event loop of the server. */
import {setFlagsFromString} from 'node:v8'
import {parentPort, workerData} from 'node:worker_threads'
import {hostPglite} from './pglite-host.ts'

// Without the optimizing compiler of WebAssembly the process takes 50 MB less, and a change 1.9 instead of 2.2 ms of
// CPU.
setFlagsFromString('--liftoff-only')

await hostPglite(parentPort!, (workerData as {dataDir: string}).dataDir)
