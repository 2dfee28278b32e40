// Tests how the documentation is served: its paths, its caching and its Content-Security-Policy.
import test from 'ava'
import {readDocsFiles} from '../../src/http/docs-files.ts'
import {buildDocs} from '../helpers/docs.ts'
import {readAnswer, startServer} from '../helpers/server.ts'

const docs = await buildDocs()
const server = await startServer({docs})
const serverWithoutDocs = await startServer({store: server.store})
test.after.always(async () => {
  await serverWithoutDocs.close()
  await server.close()
})
const script = [...docs.keys()].find(name => name.startsWith('assets/') && name.endsWith('.js'))!

test('each page of the documentation is served at its folder, without a credential', async t => {
  const pages = [...docs.keys()].filter(path => path.endsWith('index.html'))
  t.true(pages.length > 30)
  for (const path of pages) {
    const response = await fetch(`${server.url}/docs/${path.slice(0, -'index.html'.length)}`)
    t.is(response.status, 200, path)
    t.is(response.headers.get('content-type'), 'text/html; charset=utf-8')
    t.is(response.headers.get('cache-control'), 'no-cache')
    t.is(await response.text(), docs.get(path)!.content.toString())
  }
})

test('the path of a page without the slash at its end redirects to the page, because its links are relative', async t => {
  for (const [from, to] of [
    ['/docs', '/docs/'],
    ['/docs/protocol', '/docs/protocol/'],
    ['/docs/rest/tasks', '/docs/rest/tasks/'],
  ]) {
    const {status, headers} = await fetch(server.url + from, {redirect: 'manual'})
    t.is(status, 308)
    t.is(headers.get('location'), to!)
  }
})

test('a path that is no file of the documentation returns a not-found problem', async t => {
  for (const path of [
    '/docs/nothing',
    '/docs/nothing/',
    '/docs/protocol/index',
    '/docs/assets/',
    '/docs//protocol/',
    '/docs/..%2f',
    '/docsx',
  ]) {
    const {status, body} = await readAnswer(await fetch(server.url + path, {redirect: 'manual'}))
    t.is(status, 404, path)
    t.is(body.code, 'not-found', path)
  }
})

test('browsers store the assets for a year, and download a page only when it has changed', async t => {
  const asset = await fetch(`${server.url}/docs/${script}`)
  t.is(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  t.is(asset.headers.get('content-type'), 'text/javascript; charset=utf-8')
  const etag = (await fetch(`${server.url}/docs/`)).headers.get('etag')!
  const again = await fetch(`${server.url}/docs/`, {
    headers: {'if-none-match': etag, 'cache-control': 'max-age=0'},
  })
  t.is(again.status, 304)
  t.is(await again.text(), '')
})

test('pages are sent compressed with brotli or gzip', async t => {
  for (const coding of ['br', 'gzip']) {
    const {headers} = await fetch(`${server.url}/docs/protocol/`, {headers: {'accept-encoding': coding}})
    t.is(headers.get('content-encoding'), coding)
    t.is(headers.get('vary'), 'Accept-Encoding')
  }
})

test('the Content-Security-Policy allows only this server', async t => {
  for (const path of ['/docs/', '/docs/console/', `/docs/${script}`]) {
    const {headers} = await fetch(server.url + path)
    t.regex(
      headers.get('content-security-policy')!,
      /^default-src 'none'; script-src 'self'; style-src 'self'; /,
    )
    t.is(headers.get('x-content-type-options'), 'nosniff')
    t.is(headers.get('referrer-policy'), 'no-referrer')
  }
})

test('the documentation accepts only GET and HEAD', async t => {
  const {status, headers} = await fetch(`${server.url}/docs/`, {method: 'POST'})
  t.is(status, 405)
  t.is(headers.get('allow'), 'HEAD, GET')
  const head = await fetch(`${server.url}/docs/`, {method: 'HEAD'})
  t.is(head.status, 200)
  t.is(await head.text(), '')
})

test('a server without the files of the documentation responds with a not-found problem', async t => {
  t.is(await readDocsFiles('/nowhere'), undefined)
  const {status, body} = await readAnswer(await fetch(`${serverWithoutDocs.url}/docs/`))
  t.is(status, 404)
  t.is(body.code, 'not-found')
})
