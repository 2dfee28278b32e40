/** The strict parser of HTTP responses of the conformance suite. */
import test from 'ava'
import {ResponseParser} from '../../conformance/wire/response-parser.ts'

const responses: {name: string; response: string; body: string; isComplete: boolean; faults?: string[]}[] = [
  {
    name: 'a body in chunks with extensions and trailers',
    response:
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nX: y\r\n\r\n',
    body: 'abc0123456789',
    isComplete: true,
  },
  {
    name: 'a body with a length after an interim response',
    response: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc',
    body: 'abc',
    isComplete: true,
  },
  {
    name: 'a body that ends with the connection',
    response: 'HTTP/1.0 200 OK\r\n\r\nabc',
    body: 'abc',
    isComplete: true,
  },
  {
    name: 'a chunked body that is cut',
    response: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc',
    body: 'abc',
    isComplete: false,
    faults: ['The connection ended before the end of the body.'],
  },
  {
    name: 'a chunk without CRLF, and a size that is no number',
    response: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\n\nxyz\r\n',
    body: 'abc',
    isComplete: true,
    faults: ['A chunk does not end with CRLF.', 'The size line of a chunk is invalid: "xyz".'],
  },
  {
    name: 'a folded header field and an invalid name',
    response: 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\nB c: d\r\nContent-Length: 0\r\n\r\n',
    body: '',
    isComplete: true,
    faults: [
      'A header field is continued on the next line (obs-fold).',
      'The header line "B c: d" has an invalid name.',
    ],
  },
]

for (const {name, response, body, isComplete, faults = []} of responses) {
  test(`the response parser of the conformance suite reads this response in pieces of any size: ${name}`, t => {
    for (const size of [1, 2, 5, 1_000]) {
      const parts: Buffer[] = []
      const parser = new ResponseParser('GET', bytes => parts.push(Buffer.from(bytes)))
      const bytes = Buffer.from(response)
      for (let start = 0; start < bytes.length; start += size)
        parser.push(bytes.subarray(start, start + size))
      parser.end()
      t.is(Buffer.concat(parts).toString(), body)
      t.is(parser.isComplete, isComplete)
      t.deepEqual(parser.faults, faults)
    }
  })
}

test('a response to HEAD has no body, and the next bytes belong to the next response', t => {
  const parser = new ResponseParser('HEAD', () => t.fail())
  parser.push(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nHTTP/1.1'))
  t.true(parser.isComplete)
  t.is(parser.rest.toString(), 'HTTP/1.1')
})
