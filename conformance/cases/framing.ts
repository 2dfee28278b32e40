/** What the bytes of a stream look like, and whether every text arrives unchanged. */
import {type Case, html, practice} from '../case.ts'
import type {Context} from '../context.ts'
import {expect} from '../expect.ts'
import type {ReceivedEvent} from '../wire/event-parser.ts'
import type {Stream} from '../wire/stream.ts'

const interpretation = html('9.2.6')
const parsing = html('9.2.5')

export const framing: Case[] = [
  arrives(
    'plain-text',
    'A text of ASCII characters arrives unchanged.',
    'Take the valve out, please. 100 %!',
  ),
  arrives('two-byte-characters', 'Characters of two bytes arrive unchanged.', 'Größe, café, Ελλάδα, Москва'),
  arrives('three-byte-characters', 'Characters of three bytes arrive unchanged.', '日本語 한국어 ไทย €'),
  arrives('four-byte-characters', 'Characters of four bytes arrive unchanged.', '😀 𝄞 👩‍🚀 🏳️‍🌈'),
  arrives('combining-characters', 'Combining characters are not normalized.', 'e\u0301 \u00e9 n\u0303 ộ'),
  arrives(
    'right-to-left',
    'Text from right to left arrives with its marks.',
    'שלום \u200f עולם \u200e مرحبا',
  ),
  arrives('leading-space', 'A space at the start of a text is kept.', ' one space'),
  arrives('leading-spaces', 'Several spaces at the start of a text are kept.', '   three spaces'),
  arrives('trailing-spaces', 'Spaces at the end of a text are kept.', 'two spaces  '),
  arrives('tabs', 'Tabs are kept.', '\ta\tb\t'),
  arrives('leading-colon', 'A text that begins with a colon does not become a comment.', ': no comment'),
  arrives('only-colon', 'A text that is one colon arrives unchanged.', ':'),
  arrives('field-like', 'A text that looks like a field arrives as text.', 'data: not a field'),
  arrives('json-like', 'A text that looks like JSON arrives unchanged.', '{"a": "\\n", "b": [1, "\\u0000"]}'),
  arrives('quotes', 'Quotes and backslashes arrive unchanged.', `"double" 'single' \\ \\n \\u0041`),
  arrives('markup', 'Markup arrives unchanged.', '<script>alert(1)</script> &amp; <!-- -->'),
  arrives('percent', 'Percent signs and plus signs are not decoded.', '%20 + %0A %zz'),
  arrives(
    'byte-order-mark',
    'A byte order mark inside the stream belongs to the text.',
    '\uFEFFafter the mark',
  ),
  arrives('unicode-line-ends', 'U+0085, U+2028 and U+2029 do not end a line.', 'a\u0085b\u2028c\u2029d'),
  arrives('vertical-tab', 'Vertical tab and form feed do not end a line.', 'a\u000bb\u000cc'),
  arrives('control-characters', 'Control characters arrive unchanged.', 'a\u0001b\u001bc\u007fd'),
  arrives('nul', 'NUL inside the data arrives unchanged.', 'a\u0000b'),
  arrives('replacement-character', 'U+FFFD and noncharacters arrive unchanged.', 'a\uFFFDb\uFFFE\u{1FFFF}c'),
  arrives('line-feed', 'A text with LF arrives as one event with all lines.', 'one\ntwo\nthree'),
  arrives('carriage-return', 'A text with CR arrives as one event with all lines.', 'one\rtwo\rthree'),
  arrives('crlf', 'A text with CRLF arrives as one event with all lines.', 'one\r\ntwo\r\nthree'),
  arrives('blank-lines', 'A text with blank lines arrives as one event.', 'one\n\n\ntwo\n \nthree'),
  arrives('leading-line-feed', 'A line feed at the start of a text is kept.', '\nafter'),
  arrives('trailing-line-feed', 'A line feed at the end of a text is kept.', 'before\n', 'should'),
  arrives('only-line-feed', 'A text that is one line feed arrives unchanged.', '\n', 'should'),
  arrives('empty', 'An empty text arrives as an event with empty data.', ''),
  injection('inject-id', 'A text cannot set the id of its event.', 'a\nid: forged\nb'),
  injection('inject-id-cr', 'A text with CR cannot set the id of its event.', 'a\rid: forged\rb'),
  injection('inject-event', 'A text cannot set the type of its event.', 'a\nevent: forged\nb'),
  injection('inject-retry', 'A text cannot set the reconnection time.', 'a\nretry: 86399999\nb'),
  injection('inject-retry-cr', 'A text with CR cannot set the reconnection time.', 'a\rretry: 86399999\rb'),
  injection('inject-block', 'A text cannot begin another event.', 'a\n\ndata: forged\n\nb'),
  injection('inject-block-cr', 'A text with CR cannot begin another event.', 'a\r\rdata: forged\r\rb'),
  injection(
    'inject-block-crlf',
    'A text with CRLF cannot begin another event.',
    'a\r\n\r\ndata: forged\r\n\r\nb',
  ),
  {
    id: 'framing.long-line',
    level: 'must',
    requirement: 'The longest text that the server accepts, up to 1 MiB, arrives as one event.',
    source: parsing,
    async run(context) {
      const length = Math.min(context.target.maxTextLength ?? 1_048_576, 1_048_576)
      await roundTrip(context, 'x'.repeat(length))
    },
  },
  {
    id: 'framing.split-characters',
    level: 'must',
    requirement:
      'Characters of several bytes arrive unchanged, although packets and chunks end inside characters.',
    source: parsing,
    async run(context) {
      const length = Math.min(context.target.maxTextLength ?? 300_000, 300_000)
      await roundTrip(context, '€😀é'.repeat(Math.floor(length / 4)))
    },
  },
  {
    id: 'framing.utf-8',
    level: 'must',
    requirement: 'All bytes of a stream are valid UTF-8.',
    source: parsing,
    async run(context) {
      const stream = await sample(context)
      const fault = stream.parser.faults.find(fault => fault.includes('UTF-8'))
      expect(!fault, () => `${fault} The last bytes: ${lastBytes(stream)}.`)
    },
  },
  {
    id: 'framing.transfer',
    level: 'must',
    requirement: 'The transfer coding of the body is well-formed.',
    source: 'RFC 9112 section 7.1',
    async run(context) {
      const stream = await sample(context)
      expect(stream.response.faults.length === 0, () => stream.response.faults.join(' '))
    },
  },
  {
    id: 'framing.known-fields',
    level: 'should',
    requirement: 'A stream has only the fields data, event, id and retry, because clients ignore all others.',
    source: interpretation,
    async run(context) {
      const stream = await sample(context)
      const fault = stream.parser.faults.find(fault => fault.includes('is unknown'))
      expect(!fault, fault ?? '')
    },
  },
  {
    id: 'framing.ids',
    level: 'must',
    requirement: 'No id contains NUL, because clients ignore such ids.',
    source: interpretation,
    async run(context) {
      const stream = await sample(context)
      const fault = stream.parser.faults.find(fault => fault.includes('NUL'))
      expect(!fault, fault ?? '')
    },
  },
  {
    id: 'framing.retry-digits',
    level: 'must',
    requirement: 'The value of retry consists of ASCII digits, because clients ignore other values.',
    source: interpretation,
    async run(context) {
      const stream = await sample(context)
      const fault = stream.parser.faults.find(fault => fault.includes('retry'))
      expect(!fault, fault ?? '')
    },
  },
  {
    id: 'framing.retry-range',
    level: 'should',
    requirement: 'The reconnection time is at least 100 ms and at most 5 minutes on a healthy stream.',
    source: practice('shorter times overload a server after a restart, and longer times look like an outage'),
    async run(context) {
      const {retry} = (await sample(context)).parser
      expect(
        retry === undefined || (retry >= 100 && retry <= 300_000),
        `The reconnection time is ${retry} ms.`,
      )
    },
  },
  {
    id: 'framing.blocks-have-data',
    level: 'should',
    requirement: 'A block with an id, event or retry field also has data.',
    source: practice('several client libraries dispatch an empty message for a block without data'),
    async run(context) {
      const stream = await sample(context)
      const block = stream.parser.blocks.find(
        ({fields}) => fields.length > 0 && !fields.some(({name}) => name === 'data'),
      )
      expect(!block, () => `A block has no data: ${JSON.stringify(block?.text)}.`)
    },
  },
  {
    id: 'framing.whole-blocks',
    level: 'should',
    requirement: 'No comment stands between the fields of an event.',
    source: practice(
      'the standard allows such comments, but parsers that split at blank lines take them as data',
    ),
    async run(context) {
      const stream = await sample(context)
      const block = stream.parser.blocks.find(block => block.hasInnerComment)
      expect(!block, () => `A comment stands inside the block ${JSON.stringify(block?.text)}.`)
    },
  },
  {
    id: 'framing.one-of-each-field',
    level: 'should',
    requirement: 'A block has at most one id, event and retry field.',
    source: practice('of a repeated field, only the last value counts'),
    async run(context) {
      const stream = await sample(context)
      const block = stream.parser.blocks.find(({fields}) =>
        ['id', 'event', 'retry'].some(name => fields.filter(field => field.name === name).length > 1),
      )
      expect(!block, () => `A block repeats a field: ${JSON.stringify(block?.text)}.`)
    },
  },
  {
    id: 'framing.line-ends',
    level: 'should',
    requirement: 'All lines end in the same way, with LF or with CRLF.',
    source: practice('many parsers do not know CR as a line end'),
    async run(context) {
      const {lineEnds} = (await sample(context)).parser
      const isUsual = lineEnds.size === 1 && !lineEnds.has('CR')
      expect(isUsual, `The lines end with ${[...lineEnds].join(' and ')}.`)
    },
  },
  {
    id: 'framing.no-byte-order-mark',
    level: 'should',
    requirement: 'The stream does not begin with a byte order mark.',
    source: practice('a browser skips the mark, but many parsers read the mark as part of the first field'),
    async run(context) {
      expect(!(await sample(context)).parser.hasBom, 'The stream begins with a byte order mark.')
    },
  },
  {
    id: 'framing.ids-are-ascii',
    level: 'should',
    requirement: 'Ids consist of visible ASCII characters.',
    source: practice('the id returns in a header field, and other characters do not pass every proxy'),
    async run(context) {
      const stream = await sample(context)
      const event = stream.events.find(({id}) => !/^[\x21-\x7e]*$/.test(id))
      expect(!event, () => `An id is ${JSON.stringify(event?.id)}.`)
    },
  },
  {
    id: 'framing.ids-are-short',
    level: 'should',
    requirement: 'Ids have at most 255 bytes.',
    source: practice('the id returns in a header field, and servers limit the size of header fields'),
    async run(context) {
      const stream = await sample(context)
      const event = stream.events.find(({id}) => Buffer.byteLength(id) > 255)
      expect(!event, () => `An id has ${event?.id.length} characters.`)
    },
  },
  {
    id: 'framing.ids-are-unique',
    level: 'must',
    requirement: 'Two events never have the same id.',
    source: practice('a reader that resumes from such an id misses an event or receives an event twice'),
    async run(context) {
      const stream = await sample(context)
      const withId = stream.events.filter(event => event.hasId && context.textOf(event) !== undefined)
      const ids = new Set(withId.map(({id}) => id))
      expect(ids.size === withId.length, `${withId.length} events have ${ids.size} ids.`)
    },
  },
]

function arrives(name: string, requirement: string, text: string, level: Case['level'] = 'must'): Case {
  return {
    id: `framing.${name}`,
    level,
    requirement,
    source: interpretation,
    async run(context) {
      await roundTrip(context, text)
    },
  }
}

function injection(name: string, requirement: string, text: string): Case {
  return {
    id: `framing.${name}`,
    level: 'must',
    requirement,
    source: interpretation,
    async run(context) {
      const {event, stream} = await roundTrip(context, text)
      expect(event.type !== 'forged', 'The text has set the type of the event.')
      expect(stream.parser.lastEventId !== 'forged', 'The text has set the last event id.')
      expect(stream.parser.retry !== 86_399_999, 'The text has set the reconnection time.')
    },
  }
}

/** Publishes the text between two other events. Requires that exactly one event with this text arrives between them. */
async function roundTrip(context: Context, text: string): Promise<{event: ReceivedEvent; stream: Stream}> {
  context.requireAccepted(text)
  const stream = await context.live()
  const [before, after] = [context.text('before'), context.text('after')]
  await context.publish(before, text, after)
  await context.receive(stream, after)
  const texts = stream.events.map(event => context.textOf(event))
  const between = stream.events
    .slice(texts.indexOf(before) + 1, texts.indexOf(after))
    .filter(event => context.textOf(event) !== undefined)
  expect(between.length === 1, () => `One text arrived as ${between.length} events.`)
  const received = context.textOf(between[0]!)!
  // A server that sends the text as lines of data cannot keep the kind of line end.
  expect(received === text || received === withLineFeeds(text), () => describeChange(received, text))
  return {event: between[0]!, stream}
}

function withLineFeeds(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n')
}

function describeChange(received: string, text: string): string {
  let index = 0
  while (index < text.length && received[index] === text[index]) index++
  const part = (whole: string) => JSON.stringify(whole.slice(Math.max(0, index - 10), index + 30))
  return `The text ${part(text)} of ${text.length} characters arrived as ${part(received)} of ${received.length} characters.`
}

/** A stream with some events and, when the server sends heartbeats, with a heartbeat. */
async function sample(context: Context): Promise<Stream> {
  return context.once(openSample)
}

async function openSample(context: Context): Promise<Stream> {
  const stream = await context.live()
  const texts = [context.text('Größe 日本語 😀'), ...context.texts(5, 'sample')]
  await context.publish(...texts)
  await context.receive(stream, texts.at(-1)!)
  const {heartbeatSeconds} = context.target
  if (heartbeatSeconds !== undefined && heartbeatSeconds <= 2) {
    const seen = stream.connection.chunks.length
    await stream.connection.signal.wait(
      () => stream.connection.chunks.length > seen,
      heartbeatSeconds * 1000 + context.patienceMs,
    )
  }
  return stream
}

function lastBytes(stream: Stream): string {
  return stream.connection.receivedBytes.subarray(-60).toString('latin1')
}
