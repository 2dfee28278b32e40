// Opens test pages in a real Chromium:
//
//   test('…', async t => {
//     const {context} = await openBrowser(t)
//     const page = await context.newPage()

import {once} from 'node:events'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {fileURLToPath} from 'node:url'
import ava, {type ExecutionContext, type TestFn} from 'ava'
import {build, type Plugin} from 'esbuild'
import type {Browser, BrowserContext} from 'playwright-core'
import {type ClientEntry, clientEntries} from '../../scripts/client-entries.ts'
import {chromiumPath, hasChromium, launchChromium} from './chromium.ts'
import {skipping} from './skipping.ts'

const {CI} = process.env

/**
 * ava's `test` for tests that need a browser. Without a browser, the tests are skipped. On CI (`CI=true`), the tests
 * always run.
 */
export const test: TestFn =
  hasChromium || CI === 'true'
    ? ava
    : skipping('a browser', `there is no ${chromiumPath} (Debian's package chromium)`)

type Kind = 'shell' | 'whole'

const running = new Map<Kind, Promise<Browser>>()

/**
 * Opens a new browser profile and closes it at the end of the test. All tests of a file share the same browser. `whole` is
 * for tests that need the back/forward cache. Pages show no motion by default, because a second of animation needs as much
 * CPU time as a new page.
 */
export async function openBrowser(t: ExecutionContext, kind: Kind = 'shell'): Promise<BrowserContext> {
  const context = await newProfile(kind)
  t.teardown(() => context.close())
  return context
}

/** Opens a new browser profile. It stays open until `closeBrowser` is called. */
export async function newProfile(kind: Kind = 'shell'): Promise<BrowserContext> {
  const browser = running.get(kind) ?? launchChromium({shell: kind === 'shell'})
  running.set(kind, browser)
  const context = await (await browser).newContext({reducedMotion: 'reduce'})
  context.setDefaultTimeout(30_000)
  return context
}

/** Closes the browsers. Must be called when the last test of a file has ended. */
export async function closeBrowser(): Promise<void> {
  for (const browser of running.values()) await (await browser.catch(() => undefined))?.close()
  running.clear()
}

/** A web server for test pages. */
export interface Pages {
  /** The origin of the server. */
  url: string
  /** The parsed JSON bodies that pages have posted to `/report`, in order. */
  reports: any[]
  close(): Promise<void>
}

/**
 * Serves the same page at every path. The page runs `script`, which is TypeScript. The script can import the entry
 * points of the package. The script can also import each of the `modules` by its name, and files by their paths
 * relative to tests/browser.
 */
export async function servePages(script: string, modules: Record<string, string> = {}): Promise<Pages> {
  const resolveDir = fileURLToPath(new URL('../browser/', import.meta.url))
  const testModules: Plugin = {
    name: 'test-modules',
    setup(build) {
      build.onResolve({filter: /^@boardcast\/client/}, ({path}) => {
        const entry = (path.split('/')[2] ?? 'client') as ClientEntry
        return {path: fileURLToPath(new URL(`../../src/client/${clientEntries[entry]}`, import.meta.url))}
      })
      build.onResolve({filter: /^\w+$/}, ({path}) =>
        modules[path] ? {path, namespace: 'test-modules'} : undefined,
      )
      build.onLoad({filter: /.*/, namespace: 'test-modules'}, ({path}) => ({
        contents: modules[path]!,
        resolveDir,
        loader: 'tsx',
      }))
    },
  }
  const {outputFiles} = await build({
    stdin: {contents: script, resolveDir, loader: 'tsx'},
    plugins: [testModules],
    bundle: true,
    format: 'esm',
    write: false,
    jsx: 'automatic',
    define: {'process.env.NODE_ENV': '"development"'},
  })
  const code = outputFiles[0]!.text
  const reports: any[] = []
  const server = createServer(async (req, res) => {
    if (req.url === '/report') {
      let text = ''
      for await (const chunk of req.setEncoding('utf8')) text += chunk
      reports.push(JSON.parse(text))
      res.writeHead(204).end()
    } else if (req.url === '/script.js') {
      res.writeHead(200, {'content-type': 'text/javascript'}).end(code)
    } else {
      res.writeHead(200, {'content-type': 'text/html'})
      res.end('<!doctype html><title>A test</title><body><script type="module" src="/script.js"></script>')
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const {port} = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    reports,
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
