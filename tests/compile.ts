// Compiles src/ and tests/ file by file, so that the process of a test file starts without a TypeScript
// loader.
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {build, type Plugin} from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Writes the JavaScript of src/ and tests/ into `folder`, which must be inside the project folder. */
export async function compile(folder: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [...(await sourcesIn('src')), ...(await sourcesIn('tests'))],
    outdir: folder,
    outbase: root,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    logLevel: 'warning',
    // esbuild calls the plugin for imports only when it bundles. The plugin then excludes every import from
    // the bundle.
    bundle: true,
    packages: 'external',
    define: {'import.meta.url': 'sourceUrl', 'import.meta.filename': 'sourcePath'},
    plugins: [separateModules],
  })
}

/**
 * Compiles each module to its own file. `import.meta` refers to the source file, because data files are next
 * to it.
 */
const separateModules: Plugin = {
  name: 'separate-modules',
  setup(build) {
    build.onResolve({filter: /^\.\.?\//}, ({path, kind}) =>
      kind === 'entry-point' ? undefined : {path: path.replace(/\.tsx?$/, '.js'), external: true},
    )
    build.onLoad({filter: /\.tsx?$/}, async ({path}) => {
      const text = await readFile(path, 'utf8')
      return {
        contents: text.includes('import.meta') ? withLocation(path, text) : text,
        loader: path.endsWith('.tsx') ? 'tsx' : 'ts',
      }
    })
  },
}

function withLocation(path: string, text: string): string {
  const url = pathToFileURL(path).href
  // The constants are on the first line, so that line numbers do not change. They replace the `#!` line, if
  // there is one.
  return `const sourcePath = ${JSON.stringify(path)}, sourceUrl = ${JSON.stringify(url)};${text.replace(/^#!.*/, '')}`
}

async function sourcesIn(folder: string): Promise<string[]> {
  const paths = await readdir(join(root, folder), {recursive: true})
  return paths.filter(path => /(?<!\.d)\.tsx?$/.test(path)).map(path => join(folder, path))
}
