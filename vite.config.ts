/** Builds the page in src/page. The output is in dist/page; the server serves it from there. */
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {brotliCompress, gzip, gzipSync} from 'node:zlib'
import {defineConfig, type Plugin} from 'vite'

const budgetKilobytes = 130 // the total size of all files, gzipped

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
      modulePreload: {polyfill: false}, // every browser that supports the syntax of the page supports modulepreload
      reportCompressedSize: false,
      rolldownOptions: {checks: {pluginTimings: false}}, // compression takes most of the time of the build
    },
    plugins: [reportSize(), compressFiles()],
    // `npm run page` serves the page and reloads it at every edit. `npm run dev` must run at the same time: it serves
    // the API.
    server: {proxy: {'/api': 'http://127.0.0.1:8080'}},
  }
})

/** Prints the gzipped size of the page, and warns when it exceeds the budget. */
function reportSize(): Plugin {
  return {
    name: 'report-size',
    apply: 'build',
    writeBundle(_, bundle) {
      const files = Object.values(bundle).map(file => (file.type === 'chunk' ? file.code : file.source))
      const bytes = files.reduce((sum, file) => sum + gzipSync(file, {level: 9}).length, 0)
      const size = (bytes / 1024).toFixed(1)
      console.log(`page: ${size} KB gzipped, ${files.length} files`)
      if (bytes > budgetKilobytes * 1024) {
        this.warn(`The page is ${size} KB gzipped; the budget is ${budgetKilobytes} KB.`)
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
