/** Creates the folder of an embedded database. Runs in a separate process; see `pglite-connection.ts`. */
import {open, readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {argv} from 'node:process'
import {setFlagsFromString} from 'node:v8'
import {PGlite} from '@electric-sql/pglite'

// This process runs only for a short time. The optimizing WebAssembly compiler makes faster code, but in such a short
// time, the compiler uses more CPU time than the faster code saves.
setFlagsFromString('--liftoff-only')

const folder = argv[2]!
const pglite = await PGlite.create(folder)
await pglite.close()
// PGlite has created the files in `folder`, but has not synced these files. The server will sync only the data that the
// server itself writes, so this process syncs all files now. Node's thread pool has four threads, so four files are
// synced at the same time. Syncing one file after another would take much longer.
const entries = ['', ...(await readdir(folder, {recursive: true}))].values()
const syncRest = async () => {
  for (const entry of entries) await sync(join(folder, entry))
}
await Promise.all([syncRest(), syncRest(), syncRest(), syncRest()])

async function sync(path: string): Promise<void> {
  const file = await open(path)
  await file.sync()
  await file.close()
}
