/** Builds the page in src/page. The output is in dist/page; the server serves it from there. */
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {brotliCompress, gzip, gzipSync} from 'node:zlib'
import {defineConfig, type Plugin} from 'vite'

const budgetKilobytes = 120 // the size of the files that the first load of a board needs, gzipped

export default defineConfig(({command}) => {
  // Vite does not change NODE_ENV if it is set. The development build of React is twice as large.
  if (command === 'build') process.env.NODE_ENV = 'production'
  return {
    root: fileURLToPath(new URL('src/page', import.meta.url)),
    publicDir: false,
    build: {
      outDir: fileURLToPath(new URL('dist/page', import.meta.url)),
      emptyOutDir: true,
      assetsInlineLimit: 0, // the Content-Security-Policy of the page forbids fonts and styles from data: URLs
      // The styles of the first load. The styles of each late part are in its code.
      cssCodeSplit: false,
      modulePreload: {polyfill: false}, // every browser that supports the syntax of the page supports modulepreload
      reportCompressedSize: false,
      rolldownOptions: {
        checks: {pluginTimings: false}, // compression takes most of the time of the build
        output: {codeSplitting: {groups: [{name: chunkOf}], includeDependenciesRecursively: false}},
      },
    },
    plugins: [shakeMarked(), reportSize(), compressFiles()],
    // `npm run page` serves the page and reloads it at every edit. `npm run dev` must run at the same time: it serves
    // the API.
    server: {proxy: {'/api': 'http://127.0.0.1:8080'}},
  }
})

interface Modules {
  getModuleInfo(id: string): {importedIds: readonly string[]} | null
}

/**
 * Returns the name of the file that contains the module. Few large files are smaller than many small ones: by default, the
 * modules that several lazy parts share would be files of their own.
 */
function chunkOf(id: string, modules: Modules): string | null {
  for (const [name, roots] of Object.entries(chunks)) {
    if (roots.some(root => closureOf(page(root), modules).has(id))) return name
  }
  return null
}

const page = (path: string) => fileURLToPath(new URL(`src/page/${path}`, import.meta.url))

/** The files, with the modules whose static imports are in them. A module of several files is in the first of them. */
const chunks = {
  page: ['main.tsx'],
  menus: ['board/card-menu.tsx', 'board/sprint-menu.tsx', 'plan/story-status-select.tsx'],
  dialogs: [
    'board/board-dialog.tsx',
    'board/selection-bar.tsx',
    'task/task-panel.tsx',
    'home/plan-dialog.tsx',
    'frame/shortcuts-help.tsx',
    'frame/account-panel.tsx',
    'frame/search-palette.tsx',
    'notifications/inbox-panel.tsx',
    'undo/undo.ts',
  ],
  history: ['history/history-view.tsx', 'history/sprint-history.tsx'],
}

function closureOf(root: string, modules: Modules, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(root)) return found
  found.add(root)
  for (const id of modules.getModuleInfo(root)?.importedIds ?? []) closureOf(id, modules, found)
  return found
}

/**
 * Keeps only the lexer and the tokenizer of `marked`. Its module creates an instance with a parser and a renderer, so a
 * bundler keeps these too.
 */
function shakeMarked(): Plugin {
  return {
    name: 'shake-marked',
    apply: 'build',
    transform: {
      filter: {id: /\/marked\.esm\.js$/},
      handler(code) {
        const [, kept, exported] = /^(.+)var \w+=new \w+;function .+export\{([^}]+)\};/s.exec(code) ?? []
        const names = exported?.split(',').filter(name => /as (Lexer|Tokenizer)$/.test(name))
        if (names?.length !== 2) return this.error('marked has another form. Change or remove shakeMarked.')
        return {code: `${kept}export{${names}}`, map: null}
      },
    },
  }
}

/** Prints the gzipped sizes of the first load and of all files, and warns when the first load exceeds the budget. */
function reportSize(): Plugin {
  return {
    name: 'report-size',
    apply: 'build',
    writeBundle(_, bundle) {
      const files = Object.values(bundle)
      const sizeOf = (names: readonly string[]) =>
        files
          .filter(({fileName}) => names.includes(fileName))
          .map(file => gzipSync(file.type === 'chunk' ? file.code : file.source, {level: 9}).length / 1024)
          .reduce((sum, size) => sum + size, 0)
      const html = String(files.find(file => file.type === 'asset' && file.fileName === 'index.html')!.source)
      const first = sizeOf(['index.html', ...[...html.matchAll(/assets\/[\w.-]+/g)].map(([name]) => name)])
      const all = sizeOf(files.map(({fileName}) => fileName))
      console.log(
        `page: ${first.toFixed(1)} KB gzipped at first, ${all.toFixed(1)} KB in ${files.length} files`,
      )
      if (first > budgetKilobytes) {
        this.warn(`The first load is ${first.toFixed(1)} KB gzipped; the budget is ${budgetKilobytes} KB.`)
      }
    },
  }
}

/** Writes each file in two compressed formats, too: `a.js.br` (brotli) and `a.js.gz` (gzip). */
function compressFiles(): Plugin {
  const formats = {
    '.br': promisify(brotliCompress), // by default, with the highest quality
    '.gz': (content: Uint8Array) => promisify(gzip)(content, {level: 9}),
  }
  return {
    name: 'compress-files',
    apply: 'build',
    async writeBundle({dir}, bundle) {
      const work = Object.values(bundle).flatMap(file => {
        const content = Buffer.from(file.type === 'chunk' ? file.code : file.source)
        return Object.entries(formats).map(async ([extension, compress]) => {
          const compressed = await compress(content)
          if (compressed.length < content.length)
            await writeFile(join(dir!, file.fileName) + extension, compressed)
        })
      })
      await Promise.all(work)
    },
  }
}
