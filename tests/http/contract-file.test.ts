// Tests how the server serves the contract of its API.
import {readFile} from 'node:fs/promises'
import test from 'ava'
import {readAnswer, startServer} from '../helpers/server.ts'

const file = await readFile(new URL('../../openapi.yaml', import.meta.url), 'utf8')
const server = await startServer({corsOrigins: ['https://board.example']})
test.after.always(() => server.close())
// The ETag of a compressed response also contains the coding.
const url = `${server.url}/openapi.yaml`
const plain = {headers: {'accept-encoding': 'identity'}}

test('GET /openapi.yaml returns the contract as YAML, without a credential', async t => {
  const response = await fetch(url)
  t.is(response.status, 200)
  t.is(response.headers.get('content-type'), 'application/yaml')
  t.is(response.headers.get('x-content-type-options'), 'nosniff')
  t.is(await response.text(), file)
})

test('clients revalidate the contract, and download the contract only when it has changed', async t => {
  const {headers} = await fetch(url, plain)
  t.is(headers.get('cache-control'), 'no-cache')
  const etag = headers.get('etag')!
  t.regex(etag, /^"[\w-]{43}"$/)
  for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await fetch(url, {headers: {'if-none-match': tags}})
    t.is(again.status, 304, tags)
    t.is(again.headers.get('etag'), etag)
    t.is(await again.text(), '')
  }
  const changed = await fetch(url, {headers: {'if-none-match': '"other"'}})
  t.is(changed.status, 200)
})

test('the contract is compressed, and each coding has its own ETag', async t => {
  const etags = new Set<string>()
  for (const coding of ['br', 'gzip', 'identity']) {
    const {headers, text} = await fetchText({'accept-encoding': coding})
    t.is(headers.get('content-encoding') ?? 'identity', coding)
    t.is(headers.get('content-type'), 'application/yaml')
    t.regex(headers.get('vary')!, /Accept-Encoding/)
    t.is(text, file)
    if (coding !== 'identity') t.true(Number(headers.get('content-length')) < file.length / 4)
    const etag = headers.get('etag')!
    etags.add(etag)
    t.is((await fetchText({'accept-encoding': coding, 'if-none-match': etag})).status, 304)
  }
  t.is(etags.size, 3)
})

async function fetchText(headers: Record<string, string>) {
  const response = await fetch(url, {headers})
  return {status: response.status, headers: response.headers, text: await response.text()}
}

test('HEAD /openapi.yaml returns the headers without the body', async t => {
  const get = await fetch(url, plain)
  const head = await fetch(url, {...plain, method: 'HEAD'})
  t.is(head.status, 200)
  t.is(await head.text(), '')
  t.is(head.headers.get('content-length'), String(Buffer.byteLength(file)))
  for (const name of ['content-type', 'etag', 'cache-control'])
    t.is(head.headers.get(name), get.headers.get(name), name)
})

test('/openapi.yaml accepts only GET and HEAD', async t => {
  const {status, headers, body} = await readAnswer(await fetch(url, {method: 'POST'}))
  t.is(status, 405)
  t.is(headers.get('allow'), 'HEAD, GET')
  t.is(body.code, 'method-not-allowed')
})

test('a page of a listed origin may read the contract', async t => {
  const {headers} = await fetch(url, {headers: {origin: 'https://board.example'}})
  t.is(headers.get('access-control-allow-origin'), 'https://board.example')
})
