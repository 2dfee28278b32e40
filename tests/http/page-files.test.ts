// Tests how the page is served: its paths, its caching and its Content-Security-Policy.
import {once} from 'node:events'
import {request} from 'node:http'
import {gzipSync} from 'node:zlib'
import test from 'ava'
import {readPageFiles} from '../../src/http/page-files.ts'
import {newId} from '../../src/store/ids.ts'
import {buildPage} from '../helpers/page.ts'
import {readAnswer, startServer} from '../helpers/server.ts'

const page = await buildPage()
const server = await startServer({page})
const serverWithoutPage = await startServer({store: server.store})
test.after.always(async () => {
  await serverWithoutPage.close()
  await server.close()
})
const index = page.index.content.toString()
const script = [...page.assets.keys()].find(name => name.endsWith('.js'))!

test('the page is served at / and at the path of every project, sprint and task, even when it does not exist', async t => {
  for (const path of [
    '/',
    '/?a=b',
    '/my-work',
    `/projects/${newId()}`,
    `/sprints/${newId()}`,
    '/tasks/MOON-7',
    '/tasks/moon-7',
  ]) {
    const response = await fetch(server.url + path)
    t.is(response.status, 200)
    t.is(response.headers.get('content-type'), 'text/html; charset=utf-8')
    t.is(await response.text(), index)
  }
})

test('a path that belongs to no page, asset or API route returns a not-found problem', async t => {
  for (const path of [
    '/index.html',
    '/board',
    '/projects',
    '/projects/1',
    '/tasks',
    '/tasks/7',
    `/sprints/${newId()}/board`,
    '/assets',
    '/assets/',
    '/assets/index.html',
    '/assets/nothing.js',
    '/assets/%00',
  ]) {
    const {status, headers, body} = await readAnswer(await fetch(server.url + path))
    t.is(status, 404, path)
    t.is(body.code, 'not-found')
    t.is(headers.get('content-type'), 'application/problem+json')
    t.is(headers.get('cache-control'), 'no-store')
  }
})

test('a browser that navigates to an unknown path gets the page with status 404, and other requests get a problem', async t => {
  const html = {accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'}
  for (const path of ['/board', '/projects', '/projects/1', `/sprints/${newId()}/board`, '/index.html']) {
    const response = await fetch(server.url + path, {headers: html})
    t.is(response.status, 404, path)
    t.is(response.headers.get('content-type'), 'text/html; charset=utf-8')
    t.is(response.headers.get('cache-control'), 'no-store')
    t.is(response.headers.get('etag'), null)
    t.regex(response.headers.get('content-security-policy')!, /default-src 'none'/)
    t.is(await response.text(), index)
  }
  for (const path of ['/api/v1/nothing', '/api/v1/projects/1', '/assets/nothing.js']) {
    const {headers} = await fetch(server.url + path, {headers: html})
    t.is(headers.get('content-type'), 'application/problem+json', path)
  }
  const {status, headers} = await fetch(`${server.url}/board`, {method: 'POST', headers: html})
  t.deepEqual([status, headers.get('content-type')], [404, 'application/problem+json'])
  t.is((await fetch(`${serverWithoutPage.url}/board`, {headers: html})).status, 404)
})

test('no path gives access to files outside the assets folder', async t => {
  for (const path of [
    '/assets/../index.html',
    '/assets/..%2findex.html',
    '/assets/%2e%2e/index.html',
    '/assets/..%5cindex.html',
    '/assets/../../package.json',
    '//etc/passwd',
    `/assets/./${script}`,
    `/assets//${script}`,
  ]) {
    // This test does not use fetch, because fetch would resolve the dots in the path.
    const {port} = new URL(server.url)
    const [response] = await once(request({port, host: '127.0.0.1', path}).end(), 'response')
    t.is(response.statusCode, 404, path)
    response.resume()
  }
})

test('browsers revalidate the page on every load, and download the page only when the page has changed', async t => {
  const {headers} = await fetch(server.url)
  t.is(headers.get('cache-control'), 'no-cache')
  const etag = headers.get('etag')!
  t.regex(etag, /^"[\w-]{43}-gzip"$/)
  for (const tag of [etag, `W/${etag}`, `"other", ${etag}`]) {
    const again = await fetch(server.url, {headers: {'if-none-match': tag, 'cache-control': 'max-age=0'}})
    t.is(again.status, 304)
    t.is(again.headers.get('etag'), etag)
    t.is(await again.text(), '')
  }
  const changed = await fetch(server.url, {headers: {'if-none-match': '"other"'}})
  t.is(changed.status, 200)
})

test('an asset is cached for a year, because its name contains the hash of its contents', async t => {
  for (const [name, {content}] of page.assets) {
    const response = await fetch(`${server.url}/assets/${name}`)
    t.is(response.status, 200)
    t.is(response.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    t.is(response.headers.get('content-type'), typeOf(name))
    t.deepEqual(Buffer.from(await response.arrayBuffer()), content)
  }
})

test('HEAD of the page or of an asset returns the headers without the body', async t => {
  const head = {method: 'HEAD', headers: {'accept-encoding': 'identity'}}
  const {headers} = await fetch(server.url, head)
  t.is(headers.get('content-length'), String(page.index.content.length))
  const asset = await fetch(`${server.url}/assets/${script}`, head)
  t.is(asset.status, 200)
  t.is(asset.headers.get('content-length'), String(page.assets.get(script)!.content.length))
  t.is(await asset.text(), '')
})

test('the page and its assets accept only GET and HEAD', async t => {
  for (const path of ['/', `/assets/${script}`]) {
    const {status, headers, body} = await readAnswer(await fetch(server.url + path, {method: 'POST'}))
    t.is(status, 405)
    t.is(headers.get('allow'), 'HEAD, GET')
    t.is(body.code, 'method-not-allowed')
  }
})

test('the Content-Security-Policy of the page and its assets allows only this server, and data: URLs for images', async t => {
  for (const path of ['/', `/sprints/${newId()}`, `/assets/${script}`]) {
    const {headers} = await fetch(server.url + path)
    t.is(
      headers.get('content-security-policy'),
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    t.is(headers.get('x-content-type-options'), 'nosniff')
    t.is(headers.get('referrer-policy'), 'no-referrer')
  }
})

test('the page has no inline scripts or styles, and loads only its own files', t => {
  t.notRegex(index, /<style|\sstyle=|\son\w+=/)
  for (const [, attributes, content] of index.matchAll(/<script([^>]*)>([^<]*)</g)) {
    t.regex(attributes!, /\ssrc="\/assets\/[\w.-]+"/)
    t.is(content, '')
  }
  const addresses = [...index.matchAll(/\s(?:src|href)="([^"]*)"/g)].map(([, address]) => address!)
  t.true(addresses.length > 0)
  for (const address of addresses) t.true(page.assets.has(address.replace('/assets/', '')), address)
})

test('gzipped, the files that the index names are smaller than 120 KB, and all files of the page than 210 KB', t => {
  const first = [...page.assets]
    .filter(([name]) => index.includes(`/assets/${name}"`))
    .map(([, file]) => file)
  const sizeOf = (files: readonly (typeof page.index)[]) =>
    files.reduce((sum, {content}) => sum + gzipSync(content, {level: 9}).length, 0)
  t.true(first.length > 0)
  t.true(sizeOf([page.index, ...first]) < 120 * 1024)
  t.true(sizeOf([page.index, ...page.assets.values()]) < 210 * 1024)
})

test('when the page has not been built, the server responds with the command that builds the page, and the API works', async t => {
  const {status, body} = await readAnswer(await fetch(serverWithoutPage.url))
  t.is(status, 404)
  t.is(body.code, 'not-found')
  t.regex(body.detail, /npm run build/)
  t.is((await fetch(`${serverWithoutPage.url}/assets/${script}`)).status, 404)
  t.is((await serverWithoutPage.as({sub: 'ada', org: t.title}).get('/me')).status, 200)
})

test('reading the page files from a folder that does not exist returns undefined', async t => {
  t.is(await readPageFiles('/nowhere'), undefined)
})

function typeOf(name: string): string {
  const types: Record<string, string> = {
    js: 'text/javascript; charset=utf-8',
    css: 'text/css; charset=utf-8',
    svg: 'image/svg+xml',
  }
  return types[name.split('.').at(-1)!]!
}
