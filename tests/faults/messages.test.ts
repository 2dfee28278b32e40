import test from 'ava'
import fc from 'fast-check'
import {type SplitMessages, splitPostgres, splitRedis} from './run/messages.ts'

/** Passes the bytes to `split` in two parts, like a socket does. Returns the messages as text. */
function splitInParts(split: SplitMessages, bytes: Buffer, at: number) {
  const first = split(bytes.subarray(0, at))
  const second = split(Buffer.concat([first.rest, bytes.subarray(at)]))
  return {
    messages: [...first.messages, ...second.messages].map(
      ({bytes, isNotification}) => [bytes.toString('latin1'), isNotification] as const,
    ),
    rest: second.rest.length,
  }
}

function postgresMessage(type: string, body: string): string {
  const length = Buffer.alloc(4)
  length.writeInt32BE(4 + body.length)
  return type + length.toString('latin1') + body
}

const cases = [
  {
    split: splitPostgres,
    name: 'Postgres',
    messages: [
      [postgresMessage('Z', 'I'), false],
      [postgresMessage('A', '\0\0\0\x01boardcast\0["sender"]\0'), true],
      [postgresMessage('D', ''), false],
    ],
  },
  {
    split: splitRedis,
    name: 'Redis',
    messages: [
      ['+OK\r\n', false],
      ['>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$4\r\na\r\nb\r\n', true],
      ['*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$0\r\n\r\n', true],
      ['>3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n', false],
      ['%1\r\n+proto\r\n*2\r\n:3\r\n$-1\r\n', false],
      ['_\r\n', false],
    ],
  },
] as const

for (const {split, name, messages} of cases) {
  test(`notifications of ${name} are recognized, wherever the bytes are divided`, t => {
    const bytes = Buffer.from(messages.map(([text]) => text).join(''), 'latin1')
    fc.assert(
      fc.property(fc.nat(bytes.length), at => {
        t.deepEqual(splitInParts(split, bytes, at), {messages: [...messages], rest: 0})
      }),
    )
  })
}
