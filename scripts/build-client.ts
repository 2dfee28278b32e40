/**
 * Builds the package `@boardcast/client` from `src/client`: one module and one declaration file for each entry point, and
 * the files that the entry points share. The modules import nothing but React. The declaration files import nothing.
 */
import {execFile} from 'node:child_process'
import {copyFile, mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {basename, dirname, join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {build} from 'esbuild'
import {clientEntries} from './client-entries.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Writes `dist` and `LICENSE` into the folder of the package. */
export async function buildClient(folder: string): Promise<void> {
  const dist = join(folder, 'dist')
  await rm(dist, {recursive: true, force: true})
  await mkdir(dist, {recursive: true})
  const license = copyFile(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  await Promise.all([buildModules(dist), buildDeclarations(dist), license])
}

async function buildModules(dist: string): Promise<void> {
  const {outputFiles} = await build({
    entryPoints: Object.entries(clientEntries).map(([name, file]) => ({
      in: join(root, 'src/client', file),
      out: name,
    })),
    outdir: dist,
    bundle: true,
    splitting: true, // the entry points share the class Problem, so that `instanceof` works
    chunkNames: 'shared-[hash]',
    format: 'esm',
    target: 'es2022',
    minifySyntax: true, // replaces the names of constants with their values
    external: ['react'],
    sourcemap: true,
    sourcesContent: true,
    write: false,
  })
  await Promise.all(
    // Remove imports without names: no module has side effects, and some bundlers warn about such imports. Keep the
    // empty line, so that the line numbers in the source map are still correct.
    outputFiles.map(({path, text}) => {
      // With this directive, components of Next can use the hooks. The directive stands before the first line of the
      // module, and not in the source, because the bundler of the page ignores directives with a warning.
      const directive = basename(path) === 'react.js' ? '"use client"; ' : ''
      return writeFile(path, directive + text.replaceAll(/^import ".*";$/gm, ''))
    }),
  )
}

/** Copies the declaration files that the entry points need, all into one folder. */
async function buildDeclarations(dist: string): Promise<void> {
  const emitted = await mkdtemp(join(tmpdir(), 'boardcast-declarations-'))
  try {
    await promisify(execFile)(
      process.execPath,
      [
        join(root, 'node_modules/typescript/bin/tsc'),
        '-p',
        'src/client',
        '--emitDeclarationOnly',
        '--outDir',
        emitted,
      ],
      {cwd: root},
    )
    const copied = new Set<string>()
    for (const file of Object.values(clientEntries)) {
      await copyDeclaration(join(emitted, 'client', file.replace(/\.ts$/, '.d.ts')), dist, copied)
    }
  } finally {
    await rm(emitted, {recursive: true})
  }
}

async function copyDeclaration(path: string, dist: string, copied: Set<string>): Promise<void> {
  if (copied.has(path)) return
  copied.add(path)
  const text = await readFile(path, 'utf8')
  const imported: string[] = []
  const rewritten = text.replaceAll(/(from ')(\.[^']*)\.ts(')/g, (_, before, specifier, after) => {
    const file = resolve(dirname(path), `${specifier}.d.ts`)
    imported.push(file)
    return `${before}./${nameOf(file)}.js${after}`
  })
  await writeFile(join(dist, `${nameOf(path)}.d.ts`), rewritten)
  for (const file of imported) await copyDeclaration(file, dist, copied)
}

/** Returns the name of the declaration file in the package, without its extension. */
function nameOf(path: string): string {
  const file = basename(path, '.d.ts')
  const [entry] = Object.entries(clientEntries).find(([, source]) => source === `${file}.ts`) ?? []
  const isShared = dirname(path).endsWith('board')
  return !isShared && entry ? entry : `shared-${file}`
}
