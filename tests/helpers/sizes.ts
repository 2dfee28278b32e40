// Bundles, minifies and gzips each entry point of the client, and measures how many bytes the entry point adds to a
// page. `npm run build` prints these sizes.
import {fileURLToPath} from 'node:url'
import {gzipSync} from 'node:zlib'
import {build} from 'esbuild'
import {type ClientEntry, clientEntries} from '../../scripts/client-entries.ts'

const folder = fileURLToPath(new URL('../../src/client/', import.meta.url))

/** Returns the gzipped bytes of an entry point, without the libraries of the application (React, TanStack Query). */
export async function sizeOf(entry: ClientEntry): Promise<{gzipped: number; code: string}> {
  const {outputFiles} = await build({
    entryPoints: [`${folder}${clientEntries[entry]}`],
    bundle: true,
    minify: true,
    format: 'esm',
    external: ['react'],
    write: false,
  })
  const code = outputFiles[0]!.text
  return {gzipped: gzipSync(code, {level: 9}).length, code}
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const entry of Object.keys(clientEntries) as ClientEntry[]) {
    const {gzipped} = await sizeOf(entry)
    console.log(`@boardcast/client, entry point ${entry}: ${gzipped} bytes gzipped`)
  }
}
