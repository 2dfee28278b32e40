/** Creates the folder of an embedded database. Runs in a process of its own; see `pglite-connection.ts`. */
import {open, readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {argv} from 'node:process'
import {PGlite} from '@electric-sql/pglite'

const folder = argv[2]!
const pglite = await PGlite.create(folder)
await pglite.close()
// PGlite does not sync what it writes here, and Postgres later syncs only what it writes itself.
for (const entry of await readdir(folder, {recursive: true})) await sync(join(folder, entry))
await sync(folder)

async function sync(path: string): Promise<void> {
  const file = await open(path)
  await file.sync()
  await file.close()
}
