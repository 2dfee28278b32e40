/** The worker thread of the embedded store, so that long statements do not block the event loop of the server. */
import {parentPort, workerData} from 'node:worker_threads'
import {hostPglite} from './pglite-host.ts'

await hostPglite(parentPort!, (workerData as {dataDir: string}).dataDir)
