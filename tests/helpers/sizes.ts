// Bundles, minifies and gzips each entry point of the client, and measures how many bytes the entry point adds to a
// page. `npm run build` prints these sizes.
import {basename} from 'node:path'
import {fileURLToPath} from 'node:url'
import {gzipSync} from 'node:zlib'
import {type BuildOptions, build} from 'esbuild'
import {type ClientEntry, clientEntries} from '../../scripts/client-entries.ts'

const folder = fileURLToPath(new URL('../../src/client/', import.meta.url))

export interface Bundle {
  /** The code that the page always loads. */
  code: string
  gzipped: number
  /** The gzipped bytes of the code that the page loads only when it needs this code (`import()`). */
  gzippedLater: number
  warnings: string[]
}

/** Returns the size of an entry point, without the libraries of the application (React, TanStack Query). */
export function sizeOf(entry: ClientEntry): Promise<Bundle> {
  return bundle({entryPoints: [`${folder}${clientEntries[entry]}`]})
}

/** Bundles one entry point, like the bundler of an application. */
export async function bundle(options: BuildOptions): Promise<Bundle> {
  const {outputFiles, metafile, warnings} = await build({
    ...options,
    bundle: true,
    splitting: true, // the bundlers of applications write the code of `import()` into files of its own
    minify: true,
    format: 'esm',
    external: ['react'],
    outdir: 'dist',
    metafile: true,
    write: false,
  })
  const textOf = (path: string) => outputFiles.find(file => file.path.endsWith(basename(path)))!.text
  const paths = Object.keys(metafile.outputs)
  const now: string[] = []
  const loadNow = (path: string) => {
    if (now.includes(path)) return
    now.push(path)
    for (const {path: next, kind, external} of metafile.outputs[path]!.imports) {
      if (kind === 'import-statement' && !external) loadNow(next)
    }
  }
  loadNow(paths.find(path => metafile.outputs[path]!.entryPoint && !isLater(path))!)
  const code = now.map(textOf).filter(Boolean)
  const later = paths.filter(path => !now.includes(path)).map(textOf)
  return {
    code: code.join('\n'),
    gzipped: sum(code.map(gzippedBytes)),
    gzippedLater: sum(later.map(gzippedBytes)),
    warnings: warnings.map(({text}) => text),
  }

  /** Whether the file is loaded with `import()`. */
  function isLater(path: string): boolean {
    return paths.some(other =>
      metafile.outputs[other]!.imports.some(next => next.path === path && next.kind === 'dynamic-import'),
    )
  }
}

function gzippedBytes(text: string): number {
  return gzipSync(text, {level: 9}).length
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const entry of Object.keys(clientEntries) as ClientEntry[]) {
    const {gzipped, gzippedLater} = await sizeOf(entry)
    const later = gzippedLater > 0 ? `, and ${gzippedLater} bytes that are loaded later` : ''
    console.log(`@boardcast/client, entry point ${entry}: ${gzipped} bytes gzipped${later}`)
  }
}
