/** Creates the folder of an embedded database. Runs in a separate process; see `pglite-connection.ts`. */
import {open, readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {argv} from 'node:process'
import {PGlite} from '@electric-sql/pglite'

const folder = argv[2]!
const pglite = await PGlite.create(folder)
await pglite.close()
// PGlite does not sync the files that it creates here. Postgres later syncs only the data that Postgres itself writes.
for (const entry of await readdir(folder, {recursive: true})) await sync(join(folder, entry))
await sync(folder)

async function sync(path: string): Promise<void> {
  const file = await open(path)
  await file.sync()
  await file.close()
}
