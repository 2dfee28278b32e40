/** Creates the folder of an embedded database. Runs in a process of its own; see `pglite-connection.ts`. */
import {open, readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {argv} from 'node:process'
import {openPglite} from './pglite-host.ts'

const folder = argv[2]!
const pglite = await openPglite(folder)
await pglite.close()
// PGlite copies the result of initdb without fsync. Postgres syncs only what it writes later.
for (const entry of await readdir(folder, {recursive: true})) await sync(join(folder, entry))
await sync(folder)

async function sync(path: string): Promise<void> {
  const file = await open(path)
  await file.sync()
  await file.close()
}
