/** Sends requests that are not valid HTTP. The server must send at most one response, with a status of 4xx. */
import {once} from 'node:events'
import {connect} from 'node:net'
import type {Transcript} from './transcript.ts'

export interface MalformedResult {
  requests: number
  findings: string[]
}

export async function runMalformed(
  port: number,
  token: string,
  transcript: Transcript,
  timeoutMs = 20_000,
): Promise<MalformedResult> {
  const entries = Object.entries(malformedRequests(token))
  const findings = await Promise.all(
    entries.map(async ([name, bytes]) => {
      const {received, isClosed} = await exchange(port, bytes, timeoutMs)
      transcript.search(`the response to a request with ${name}`, received)
      // The pattern matches at every position, because a second response can begin directly after the body of the first
      // response.
      const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
      const isRefused = statuses.length <= 1 && statuses.every(status => status >= 400 && status < 500)
      if (!isClosed) return [`A request with ${name}: the server does not close the connection`]
      return isRefused ? [] : [`A request with ${name}: the statuses are ${statuses.join(', ')}`]
    }),
  )
  return {requests: entries.length, findings: findings.flat()}
}

function malformedRequests(token: string): Record<string, string | Buffer> {
  const authorization = `Authorization: Bearer ${token}\r\n`
  const start = `POST /api/v1/projects HTTP/1.1\r\nHost: x\r\n${authorization}Content-Type: application/json\r\n`
  const hidden = `GET /api/v1/me HTTP/1.1\r\nHost: x\r\n${authorization}\r\n`
  return {
    'two lengths': `${start}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}${hidden}`,
    'a list of lengths': `${start}Content-Length: 2, 3\r\n\r\n{}${hidden}`,
    'a negative length': `${start}Content-Length: -1\r\n\r\n${hidden}`,
    'a length with a sign': `${start}Content-Length: +2\r\n\r\n{}${hidden}`,
    'a hexadecimal length': `${start}Content-Length: 0x2\r\n\r\n{}${hidden}`,
    'a length beyond 64 bits': `${start}Content-Length: 99999999999999999999\r\n\r\n{}`,
    'a length and chunks': `${start}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    'an unknown transfer coding': `${start}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
    'chunks that are not last': `${start}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
    'a negative chunk': `${start}Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n${hidden}`,
    'a chunk size beyond 64 bits': `${start}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}`,
    'a space before the colon': `${start}Content-Length : 2\r\n\r\n{}${hidden}`,
    'a folded field': `${start}X-A: a\r\n b\r\nContent-Length: 2\r\n\r\n{}${hidden}`,
    'bare line feeds': `${start.replaceAll('\r\n', '\n')}Content-Length: 2\n\n{}${hidden}`,
    'a bare carriage return': `${start}X-A: a\rContent-Length: 0\r\nContent-Length: 2\r\n\r\n{}${hidden}`,
    'a NUL in a field': `${start}X-A: a\0b\r\nContent-Length: 2\r\n\r\n{}${hidden}`,
    'no host': `GET /api/v1/me HTTP/1.1\r\n${authorization}\r\n`,
    'a tab in the request line': `GET\t/api/v1/me HTTP/1.1\r\nHost: x\r\n\r\n${hidden}`,
    'no version': `GET /api/v1/me\r\n\r\n`,
    'an unknown version': `GET /api/v1/me HTTP/9.9\r\nHost: x\r\n\r\n${hidden}`,
    'an unknown method': `HACK /api/v1/me HTTP/1.1\r\nHost: x\r\n\r\n${hidden}`,
    'the method CONNECT': `CONNECT localhost:5432 HTTP/1.1\r\nHost: x\r\n\r\n`,
    'the method TRACE': `TRACE /api/v1/me HTTP/1.1\r\nHost: x\r\n${authorization}Connection: close\r\n\r\n`,
    'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'a TLS handshake': Buffer.from('16030100a5010000a10303', 'hex'),
    'binary bytes': Buffer.from(Array.from({length: 256}, (_, byte) => byte)),
    'an unknown expectation': `${start}Expect: 999-what\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
  }
}

/** Returns everything that the server sends until the server closes the connection. */
async function exchange(
  port: number,
  bytes: string | Buffer,
  timeoutMs: number,
): Promise<{received: string; isClosed: boolean}> {
  const socket = connect({port, host: '127.0.0.1'})
  socket.on('error', () => {})
  await once(socket, 'connect')
  let isClosed = true
  const timer = setTimeout(() => {
    isClosed = false
    socket.destroy()
  }, timeoutMs)
  let received = ''
  socket.on('data', chunk => {
    received += chunk.toString('latin1')
  })
  socket.write(bytes)
  await once(socket, 'close')
  clearTimeout(timer)
  return {received, isClosed}
}
