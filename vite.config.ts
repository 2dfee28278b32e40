/** How the page (src/page) becomes dist/page, which the server gives to browsers. */
import {fileURLToPath} from 'node:url'
import {gzipSync} from 'node:zlib'
import {defineConfig, type Plugin} from 'vite'

const budget = 120 // KB, gzipped, of all files together

export default defineConfig(({command}) => {
  // Vite would heed the caller's, and React for development is twice as big.
  if (command === 'build') process.env.NODE_ENV = 'production'
  return {
    root: fileURLToPath(new URL('src/page', import.meta.url)),
    publicDir: false,
    build: {
      outDir: fileURLToPath(new URL('dist/page', import.meta.url)),
      emptyOutDir: true,
      assetsInlineLimit: 0, // the page's Content-Security-Policy allows no font or style from a data: URL
      modulePreload: {polyfill: false}, // every browser that knows our syntax preloads by itself
      reportCompressedSize: false,
    },
    plugins: [weigh()],
    // `npm run page` serves the page and loads it anew at every edit; the server beside it answers the rest.
    server: {proxy: {'/api': 'http://127.0.0.1:8080'}},
  }
})

/** Says in one line what the page weighs over the wire; warns when that is too much. */
function weigh(): Plugin {
  return {
    name: 'weigh',
    apply: 'build',
    writeBundle(_, bundle) {
      const files = Object.values(bundle).map(file => (file.type === 'chunk' ? file.code : file.source))
      const bytes = files.reduce((sum, file) => sum + gzipSync(file, {level: 9}).length, 0)
      const size = (bytes / 1024).toFixed(1)
      console.log(`page: ${size} KB gzipped, ${files.length} files`)
      if (bytes > budget * 1024) this.warn(`the page weighs ${size} KB gzipped; it may be ${budget} KB.`)
    },
  }
}
