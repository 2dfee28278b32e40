/**
 * Builds the documentation from docs/, README.md, openapi.yaml and the types of the client into `dist/docs`, or into the
 * folder in the first argument. The server serves this folder at `/docs`. Any host of static files can serve it too.
 */
import {readFile, rm} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'
import {clientReference} from './client/reference.ts'
import {textOf} from './headings.ts'
import {type Assets, type LaidOutPage, layOut} from './layout.ts'
import {type Chapter, chapters, type Page} from './pages.ts'
import {restReference} from './rest/reference.ts'
import {buildSearchIndex} from './search-index.ts'
import {openSources, type Sources} from './sources.ts'
import {assetPath, writeCompressed} from './static-output.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const here = join(root, 'site')

export async function buildSite(folder: string): Promise<void> {
  const generated = [restReference(join(root, 'openapi.yaml')), clientReference(join(root, 'src/client'))]
  const written = chapters.flatMap(({pages}) => pages)
  const sources = openSources(
    written,
    generated.flat().map(({path}) => path),
  )
  const consoleForm = await readFile(join(here, 'console.html'), 'utf8')
  const pages = [...written.map(page => render(page, sources, consoleForm)), ...generated.flat()]
  const [rest, client] = generated.map(pages => ({pages, isFolded: true}))
  const all: Chapter[] = [
    ...chapters.slice(0, 2),
    {title: 'REST API', ...rest!},
    {title: 'Client API', ...client!},
    ...chapters.slice(2),
  ]
  await rm(folder, {recursive: true, force: true})
  const assets = await writeAssets(folder, buildSearchIndex(pages))
  await Promise.all([
    ...pages.map(page => writeCompressed(folder, `${page.path}index.html`, layOut(page, all, assets))),
    ...[...sources.images].map(async ([name, file]) =>
      writeCompressed(folder, name, await readFile(join(root, file))),
    ),
  ])
}

function render(page: Page, sources: Sources, consoleForm: string): LaidOutPage {
  const {html, headings} = sources.render(page)
  const description = textOf(/<p>(.*?)<\/p>/s.exec(html)?.[1] ?? page.title).replaceAll(/\s+/g, ' ')
  return {...page, html: html.replace('<!-- console -->', consoleForm), headings, description}
}

async function writeAssets(folder: string, index: string): Promise<Assets> {
  const [scripts, style, icon] = await Promise.all([
    bundle(['browser/main.ts', 'browser/console.ts'], 'esm'),
    bundle(['style/site.css'], 'esm'),
    readFile(join(root, 'src/page/icon.svg')),
  ])
  const [theme] = await bundle(['browser/theme.ts'], 'iife')
  const write = async (name: string, content: string | Uint8Array) => {
    const path = assetPath(name, content)
    await writeCompressed(folder, path, content)
    return path
  }
  // The names of these files already contain hashes, because they refer to each other.
  await Promise.all(scripts.map(({name, text}) => writeCompressed(folder, `assets/${name}`, text)))
  const nameOf = (start: string) => `assets/${scripts.find(({name}) => name.startsWith(start))!.name}`
  return {
    style: await write('site.css', style[0]!.text),
    theme: await write('theme.js', theme!.text),
    script: nameOf('main-'),
    console: nameOf('console-'),
    search: await write('search.json', index),
    icon: await write('icon.svg', icon),
  }
}

async function bundle(entries: string[], format: 'esm' | 'iife'): Promise<{name: string; text: string}[]> {
  const {outputFiles} = await build({
    entryPoints: entries.map(entry => join(here, entry)),
    entryNames: '[name]-[hash]',
    chunkNames: 'shared-[hash]',
    outdir: 'assets',
    bundle: true,
    splitting: format === 'esm',
    minify: true,
    format,
    target: ['chrome123', 'firefox120', 'safari17.5'], // the first versions with `light-dark()`
    write: false,
  })
  return outputFiles.map(({path, text}) => ({name: basename(path), text}))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildSite(process.argv[2] ?? join(root, 'dist/docs'))
}
