import {readdirSync, readFileSync} from 'node:fs'
import test from 'ava'
import {sseParser} from '../../src/client/sse-parser.ts'

interface Parsed {
  messages: {data: string; id: string}[]
  retries: number[]
}

function parse(pieces: readonly string[]): Parsed {
  const parsed: Parsed = {messages: [], retries: []}
  const feed = sseParser(
    (data, id) => parsed.messages.push({data, id}),
    milliseconds => parsed.retries.push(milliseconds),
  )
  for (const piece of pieces) feed(piece)
  return parsed
}

const folder = new URL('../vectors/', import.meta.url)
const vectors = readdirSync(folder).filter(name => name.endsWith('.sse'))

test('the parser reads every frame of the server as one message, no matter where the frame is split', t => {
  t.true(vectors.length > 20)
  for (const name of vectors) {
    const frame = readFileSync(new URL(name, folder), 'utf8')
    const whole = parse([frame])
    t.is(whole.messages.length, 1, name)
    const [{data, id}] = whole.messages as [{data: string; id: string}]
    t.is(JSON.parse(data).type, name.replace('.sse', ''))
    t.is(data, /^data:(.*)$/m.exec(frame)![1]!)
    t.is(id, /^id:(.*)$/m.exec(frame)?.[1] ?? '')
    for (let at = 1; at < frame.length; at++) {
      t.deepEqual(parse([frame.slice(0, at), frame.slice(at)]), whole, `${name} cut at ${at}`)
    }
    t.deepEqual(parse([...frame]), whole, `${name} in single characters`)
  }
})

test('the parser reads one message per frame from a stream of all frames, no matter which line ending the stream uses and where the stream is split', t => {
  const frames = vectors.map(name => readFileSync(new URL(name, folder), 'utf8')).join('')
  const expected = parse([frames])
  t.is(expected.messages.length, vectors.length)
  for (const end of ['\r\n', '\r']) {
    const other = frames.replaceAll('\n', end)
    for (const size of [1, 2, 3, 7, 64]) {
      const pieces = other.match(new RegExp(`[^]{1,${size}}`, 'g'))!
      t.deepEqual(parse(pieces), expected, `${JSON.stringify(end)} in pieces of ${size}`)
    }
  }
})

test('an empty piece between CR and LF does not end a message', t => {
  const pieces = ['id:1\r', '', '\ndata:one\r', '', '\ndata:two\r\n', '', '\r\n']
  t.deepEqual(parse(pieces).messages, [{data: 'one\ntwo', id: '1'}])
})

test('when CR and LF of one end of line are in two pieces, the next LF is a blank line, which ends the message', t => {
  t.deepEqual(parse(['data:x\r', '\n', '\n']).messages, [{data: 'x', id: ''}])
  t.is(parse(['data:x\r', '\n', '\r', '\n', 'data:y\n\n']).messages.length, 2)
})

test('text after the last blank line is not a message', t => {
  t.deepEqual(parse(['id:1\ndata:one\n\nid:2\ndata:two\n']).messages, [{data: 'one', id: '1'}])
})

// These streams are edge cases, and examples from the specification.
const corners: [name: string, stream: string, messages: [data: string, id: string][]][] = [
  ['lines of data are joined', 'data: YHOO\ndata: +2\ndata: 10\n\n', [['YHOO\n+2\n10', '']]],
  [
    'an id applies to later messages until another id is set; an empty id removes the id',
    ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n',
    [
      ['first event', '1'],
      ['second event', ''],
      [' third event', ''],
    ],
  ],
  [
    'a block with an empty data line is an empty message',
    'data\n\ndata\ndata\n\ndata:',
    [
      ['', ''],
      ['\n', ''],
    ],
  ],
  [
    'one space after the colon is removed',
    'data:test\n\ndata: test\n\n',
    [
      ['test', ''],
      ['test', ''],
    ],
  ],
  [
    'a block without data is not a message, and its id applies to the next message',
    'id:7\n\ndata:x\n\n',
    [['x', '7']],
  ],
  [
    'an id with NUL is ignored',
    'id:1\ndata:a\n\nid:2\0\ndata:b\n\n',
    [
      ['a', '1'],
      ['b', '1'],
    ],
  ],
  ['unknown fields and comments are ignored', 'foo:bar\n:data:no\nDATA:no\ndata:x\n\n', [['x', '']]],
]
for (const [name, stream, messages] of corners) {
  test(name, t => {
    const expected = messages.map(([data, id]) => ({data, id}))
    t.deepEqual(parse([stream]).messages, expected)
    t.deepEqual(parse([...stream]).messages, expected)
  })
}

test('a `retry` field is used only when its value consists of digits', t => {
  t.deepEqual(parse(['retry:1500\nretry: 20\nretry:-1\nretry:1e3\nretry\n\n']).retries, [1500, 20])
})
