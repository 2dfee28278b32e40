// Tests unusual but valid request bodies. Invalid bodies are tested in invalid-requests.test.ts.
import {brotliCompressSync, deflateSync, gzipSync} from 'node:zlib'
import test from 'ava'
import {readAnswer, startServer} from '../helpers/server.ts'

const server = await startServer()
test.after.always(() => server.close())

const text = JSON.stringify({name: 'Zoë 🚀'})

const bodies: Record<string, [body: Buffer, headers: Record<string, string>]> = {
  'compressed by gzip': [gzipSync(text), {'content-encoding': 'gzip'}],
  'compressed by deflate': [deflateSync(text), {'content-encoding': 'Deflate'}],
  'compressed by Brotli': [brotliCompressSync(text), {'content-encoding': 'br'}],
  'with a byte order mark': [Buffer.from(`\ufeff${text}`), {}],
  'with a parameter in its content type': [
    Buffer.from(text),
    {'content-type': 'application/json; charset=utf-8'},
  ],
}

for (const [title, [body, headers]] of Object.entries(bodies)) {
  test(`a body ${title} is accepted`, async t => {
    const authorization = `Bearer ${await server.tokenFor({sub: 'ada', org: t.title, role: 'member'})}`
    const response = await fetch(`${server.url}/api/v1/projects`, {
      method: 'POST',
      headers: {authorization, 'content-type': 'application/json', ...headers},
      body: new Uint8Array(body),
    })
    t.is(response.status, 201)
    t.is((await readAnswer(response)).body.name, 'Zoë 🚀')
  })
}
