// Compiles src/, scripts/, site/, conformance/ and tests/ file by file, so that the process of a test file starts without a
// TypeScript loader. Bundles the packages that have many modules, because Node loads one large module much faster than
// many small modules. For the same reason, bundles the program, which tests start hundreds of times.
import {readdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {type BuildOptions, build, type Plugin} from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

const options = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
} satisfies BuildOptions

/** Defines the constants of `withLocation`. */
const define = {'import.meta.url': 'sourceUrl', 'import.meta.filename': 'sourcePath'}

/** Packages that consist of tens or hundreds of ECMAScript modules. */
const bundledPackages = ['kysely', 'zod', 'jose', '@asteasolutions/zod-to-openapi']

/** Writes the JavaScript of these folders into `folder`, which must be inside the project folder. */
export async function compile(folder: string): Promise<void> {
  await Promise.all([
    compileSources(folder),
    bundleProgram(join(folder, 'program')),
    ...bundledPackages.map(name => bundlePackage(name, join(root, folder, 'node_modules', name))),
  ])
}

async function compileSources(folder: string): Promise<void> {
  await build({
    // Without `bundle`, esbuild would not call the plugin for imports. Although `bundle` is set, the plugin compiles
    // each module to a separate file.
    ...options,
    entryPoints: (
      await Promise.all(['src', 'scripts', 'site', 'conformance', 'tests'].map(sourcesIn))
    ).flat(),
    outdir: folder,
    outbase: root,
    sourcemap: 'linked',
    packages: 'external',
    define,
    plugins: [separateModules, keepLocations],
  })
}

/**
 * Writes the program as `main.js` with few modules, and the modules of its worker threads. The start of this program
 * needs half of the CPU time of a start with separate modules.
 */
async function bundleProgram(folder: string): Promise<void> {
  await build({
    ...options,
    entryPoints: ['main', 'store/pglite-worker', 'store/pglite-initdb'].map(name => `src/${name}.ts`),
    outdir: folder,
    entryNames: '[name]', // the program searches the modules of its worker threads in its own folder
    splitting: true,
    sourcemap: 'linked',
    mainFields: ['module', 'main'],
    // A bundle of a CommonJS module that is imported dynamically has no named exports, so `redis` is not bundled.
    external: ['@electric-sql/pglite', 'pg-native', 'redis'],
    define,
    plugins: [keepLocations],
    // The packages that are CommonJS modules call `require` to load modules of Node.
    banner: {
      js: `import {createRequire} from 'node:module';const require=createRequire('${pathToFileURL(root)}');`,
    },
  })
}

/**
 * Writes a package with one module. Node finds this package before the original package, because the folder
 * of the new package is nearer to the compiled files.
 */
async function bundlePackage(name: string, folder: string): Promise<void> {
  await build({
    ...options,
    stdin: {contents: `export * from '${name}'`, resolveDir: root},
    outfile: join(folder, 'index.js'),
    mainFields: ['module', 'main'], // with this order, esbuild prefers the ECMAScript modules of a package
    external: bundledPackages.filter(other => other !== name),
  })
  await writeFile(join(folder, 'package.json'), JSON.stringify({name, type: 'module', exports: './index.js'}))
}

/** Compiles each module to its own file. */
const separateModules: Plugin = {
  name: 'separate-modules',
  setup(build) {
    build.onResolve({filter: /^\.\.?\//}, ({path, kind}) =>
      kind === 'entry-point' ? undefined : {path: path.replace(/\.tsx?$/, '.js'), external: true},
    )
  },
}

/**
 * In a compiled file, `import.meta.url` and `import.meta.filename` still refer to the source file, because modules use
 * these values to find data files next to the source file.
 */
const keepLocations: Plugin = {
  name: 'keep-locations',
  setup(build) {
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
  // The two constants are added to the first line, so that line numbers do not change. If the first line starts with
  // `#!`, the constants replace the text of this line.
  return `const sourcePath = ${JSON.stringify(path)}, sourceUrl = ${JSON.stringify(url)};${text.replace(/^#!.*/, '')}`
}

async function sourcesIn(folder: string): Promise<string[]> {
  const paths = await readdir(join(root, folder), {recursive: true})
  const isSource = (path: string) => /(?<!\.d)\.tsx?$/.test(path) && !path.includes('node_modules')
  return paths.filter(isSource).map(path => join(folder, path))
}
