/** The strict parser of the conformance suite, with the examples of the HTML standard, section 9.2. */
import test from 'ava'
import {EventParser} from '../../conformance/wire/event-parser.ts'

const examples: {name: string; stream: string; events: [type: string, data: string, id: string][]}[] = [
  {
    name: 'several lines of data are one event',
    stream: 'data: YHOO\ndata: +2\ndata: 10\n\n',
    events: [['message', 'YHOO\n+2\n10', '']],
  },
  {
    name: 'an id without a value resets the last event id, and an incomplete block is discarded',
    stream: ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event',
    events: [
      ['message', 'first event', '1'],
      ['message', 'second event', ''],
    ],
  },
  {
    name: 'data without a value dispatches an event, and a block without data dispatches none',
    stream: 'data\n\ndata\ndata\n\nevent: none\n\ndata:',
    events: [
      ['message', '', ''],
      ['message', '\n', ''],
    ],
  },
  {
    name: 'only one space after the colon is removed',
    stream: 'data:test\n\ndata: test\n\ndata:  test\n\n',
    events: [
      ['message', 'test', ''],
      ['message', 'test', ''],
      ['message', ' test', ''],
    ],
  },
  {
    name: 'CR, LF and CRLF end a line',
    stream: 'data: a\rdata: b\r\rdata: c\r\n\r\ndata: d\n\n',
    events: [
      ['message', 'a\nb', ''],
      ['message', 'c', ''],
      ['message', 'd', ''],
    ],
  },
  {
    name: 'a byte order mark at the start is skipped, and a later mark is not',
    stream: '\uFEFFdata: a\n\ndata: \uFEFFb\n\n\uFEFFdata: c\n\n',
    events: [
      ['message', 'a', ''],
      ['message', '\uFEFFb', ''],
    ],
  },
  {
    name: 'the type of an event is used once, and the id stays',
    stream: 'event: add\nid: 7\ndata: 1\n\ndata: 2\n\n',
    events: [
      ['add', '1', '7'],
      ['message', '2', '7'],
    ],
  },
  {
    name: 'an id with NUL is ignored',
    stream: 'id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n',
    events: [
      ['message', 'a', '1'],
      ['message', 'b', '1'],
    ],
  },
]

for (const {name, stream, events} of examples) {
  test(`the parser of the conformance suite follows the standard, no matter where packets end: ${name}`, t => {
    for (const size of [1, 2, 3, 7, 1_000]) {
      const parser = new EventParser()
      const bytes = Buffer.from(stream)
      for (let start = 0; start < bytes.length; start += size)
        parser.push(bytes.subarray(start, start + size))
      t.deepEqual(
        parser.events.map(({type, data, id}) => [type, data, id]),
        events,
        `${size} bytes a packet`,
      )
    }
  })
}

test('the parser of the conformance suite reports what clients ignore', t => {
  const parser = new EventParser()
  parser.push(Buffer.from('retry: 1.5\nid: \0\nname: x\ndata: a\n\nretry: 250\n\n'))
  parser.push(Buffer.of(0xc3, 0x28))
  t.is(parser.retry, 250)
  t.deepEqual(parser.faults, [
    'A retry field has other characters than digits: "1.5".',
    'An id contains NUL, so clients ignore the id.',
    'The field "name" is unknown, so clients ignore the field.',
    'The stream is not valid UTF-8.',
  ])
})
