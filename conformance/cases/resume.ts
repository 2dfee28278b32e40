/** A reader that reconnects with `Last-Event-ID` receives every event exactly once and in order. */
import {type Case, html, practice, rfc} from '../case.ts'
import type {Context, OpenOptions} from '../context.ts'
import {expect} from '../expect.ts'
import {ResumingReader} from '../resuming-reader.ts'
import {fieldOf} from '../wire/response-parser.ts'
import {essenceOf} from './heads.ts'
import {idsAroundKill, restartAfterKill, restartDuringBurst} from './restarts.ts'

const header = html('9.2.4')
const exactlyOnce = practice(
  'the header exists so that a reader misses no event; applications count on each event once',
)
const robust = practice('anybody can send any header, so no value may stop the server')

export const resume: Case[] = [
  {
    id: 'resume.events-have-ids',
    level: 'must',
    requirement: 'Every published event has an id that is not empty.',
    source: header,
    needs: ['resume'],
    async run(context) {
      const stream = await context.live()
      const texts = context.texts(3)
      await context.publish(...texts)
      await context.receive(stream, texts.at(-1)!)
      const without = context.published(stream).filter(({hasId, id}) => !hasId || id === '')
      expect(without.length === 0, `${without.length} of 3 events have no id.`)
    },
  },
  fromIndex('from-first', 'A reader resumes after the first of ten events.', 0),
  fromIndex('from-middle', 'A reader resumes after the fifth of ten events.', 4),
  fromIndex('from-last', 'A reader resumes after the last event, and nothing is repeated.', 9),
  fromIndex('header-lower-case', 'The name of the header may be in lower case.', 4, id => ({
    headers: {'last-event-id': id},
  })),
  fromIndex('header-upper-case', 'The name of the header may be in upper case.', 4, id => ({
    headers: {'LAST-EVENT-ID': id},
  })),
  fromIndex('header-spaces', 'Spaces around the id in the header do not belong to the id.', 4, id => ({
    headers: {'Last-Event-ID': `  ${id} \t`},
  })),
  {
    id: 'resume.again',
    level: 'must',
    requirement: 'Two readers that resume from the same id receive the same events.',
    source: exactlyOnce,
    needs: ['resume'],
    async run(context) {
      const texts = context.texts(10)
      const ids = await context.publishWithIds(texts)
      const readers = [await context.live({lastEventId: ids[2]!}), await context.live({lastEventId: ids[2]!})]
      await context.expectExactly(readers[0]!, texts.slice(3))
      const last = context.publishedTexts(readers[0]!).at(-1)!
      await context.receive(readers[1]!, last)
      context.expectSame(context.publishedTexts(readers[1]!), [...texts.slice(3), last])
    },
  },
  {
    id: 'resume.same-ids',
    level: 'must',
    requirement: 'A replayed event has the id of the live event.',
    source: header,
    needs: ['resume'],
    async run(context) {
      const texts = context.texts(6)
      const ids = await context.publishWithIds(texts)
      const stream = await context.live({lastEventId: ids[0]!})
      await context.expectExactly(stream, texts.slice(1))
      const replayed = context.published(stream).map(({id}) => id)
      context.expectSame(replayed.slice(0, -1), ids.slice(1))
    },
  },
  {
    id: 'resume.same-bytes',
    level: 'should',
    requirement: 'A replayed event has the same lines as the live event.',
    source: practice('a reader cannot see how an event has arrived'),
    needs: ['resume'],
    async run(context) {
      const live = await context.live()
      const texts = context.texts(4, 'Größe\nzwei')
      await context.publish(...texts)
      await context.receive(live, texts.at(-1)!)
      const [first, ...blocks] = context.published(live)
      const replayed = await context.live({lastEventId: first!.id})
      await context.expectExactly(replayed, texts.slice(1))
      const blocksOf = (events: typeof blocks) => events.map(({block}) => fieldsText(block.text))
      context.expectSame(blocksOf(context.published(replayed).slice(0, -1)), blocksOf(blocks))
    },
  },
  {
    id: 'resume.without-id',
    level: 'may',
    requirement: 'A reader without an id receives only live events.',
    source: practice('a new reader usually fetches the state first'),
    needs: ['resume'],
    async run(context) {
      await context.publishWithIds(context.texts(3))
      const stream = await context.live()
      await context.expectExactly(stream, [])
    },
  },
  {
    id: 'resume.empty-id',
    level: 'should',
    requirement: 'An empty Last-Event-ID is like no id.',
    source: header,
    needs: ['resume'],
    async run(context) {
      const without = await context.live()
      const empty = await context.live({lastEventId: ''})
      await context.expectExactly(without, [])
      const text = context.publishedTexts(without).at(-1)!
      await context.receive(empty, text)
      context.expectSame(context.publishedTexts(empty), [text])
    },
  },
  {
    id: 'resume.then-live',
    level: 'must',
    requirement: 'After the replay, live events follow without a gap.',
    source: exactlyOnce,
    needs: ['resume'],
    async run(context) {
      const missed = context.texts(50)
      const [first] = await context.publishWithIds(missed)
      const stream = context.open({lastEventId: first!})
      const live = context.texts(20)
      await context.publish(...live)
      await context.expectExactly(stream, [...missed.slice(1), ...live])
    },
  },
  {
    id: 'resume.join-race',
    level: 'must',
    requirement: 'An event that is published while a reader resumes is neither lost nor repeated.',
    source: exactlyOnce,
    needs: ['resume'],
    async run(context) {
      const texts = context.texts(1)
      const reader = new ResumingReader(context, (await context.publishWithIds(texts))[0]!)
      for (let round = 0; round < 25; round++) {
        const text = context.text('race')
        texts.push(text)
        const published = context.publish(text)
        await reader.connect()
        await published
        await reader.waitFor(text)
        reader.cut()
      }
      context.expectSame(context.publishedTexts(reader), texts.slice(1))
    },
  },
  {
    id: 'resume.long-replay',
    level: 'must',
    requirement: 'A replay of 400 events is complete and in order.',
    source: exactlyOnce,
    needs: ['resume'],
    async run(context) {
      const texts = context.texts(401)
      const ids = await context.publishWithIds(texts)
      await context.expectExactly(await context.live({lastEventId: ids[0]!}), texts.slice(1))
    },
  },
  {
    id: 'resume.large-replay',
    level: 'must',
    requirement: 'A replay of large events is complete and in order.',
    source: exactlyOnce,
    needs: ['resume'],
    async run(context) {
      const length = Math.min((context.target.maxTextLength ?? 65_536) - 40, 65_536)
      const texts = context.texts(20, 'y'.repeat(length))
      const ids = await context.publishWithIds(texts)
      await context.expectExactly(await context.live({lastEventId: ids[0]!}), texts.slice(1))
    },
  },
  {
    id: 'resume.many-disconnects',
    level: 'must',
    requirement: 'A reader that disconnects ten times receives each of 100 events once and in order.',
    source: exactlyOnce,
    needs: ['resume'],
    async run(context) {
      const texts = context.texts(1)
      const reader = new ResumingReader(context, (await context.publishWithIds(texts))[0]!)
      for (let round = 0; round < 10; round++) {
        await reader.connect()
        const [seen, missed] = [context.texts(5), context.texts(5)]
        texts.push(...seen, ...missed)
        await context.publish(...seen)
        await reader.waitFor(seen.at(-1)!)
        reader.cut()
        await context.publish(...missed)
      }
      await reader.connect()
      await reader.waitFor(texts.at(-1)!)
      context.expectSame(context.publishedTexts(reader), texts.slice(1))
    },
  },
  {
    id: 'resume.during-burst',
    level: 'must',
    requirement:
      'A reader that disconnects again and again during a burst receives each event once and in order.',
    source: exactlyOnce,
    needs: ['resume'],
    async run(context) {
      const texts = context.texts(301)
      const reader = new ResumingReader(context, (await context.publishWithIds(texts.slice(0, 1)))[0]!)
      const burst = context.publish(...texts.slice(1))
      for (let round = 0; round < 15; round++) {
        await reader.connect()
        await reader.waitForCount(round * 15)
        reader.cut()
      }
      await burst
      await reader.connect()
      await reader.waitFor(texts.at(-1)!)
      context.expectSame(context.publishedTexts(reader), texts.slice(1))
    },
  },
  {
    id: 'resume.during-replay',
    level: 'must',
    requirement:
      'A reader that disconnects during the replay, even inside an event, receives each event once.',
    source: exactlyOnce,
    needs: ['resume'],
    async run(context) {
      const texts = context.texts(
        200,
        'z'.repeat(Math.min(1000, (context.target.maxTextLength ?? 2000) - 40)),
      )
      const reader = new ResumingReader(context, (await context.publishWithIds(texts))[0]!)
      for (let round = 0; round < 8; round++) {
        // The stream is cut as soon as some bytes have arrived, so most cuts are inside an event.
        void reader.connect().catch(() => {})
        const {connection} = reader.stream
        const enough = 2_000 + round * 7_001
        const received = () => connection.chunks.reduce((sum, {bytes}) => sum + bytes.length, 0)
        const isComplete = () => context.published(reader).length >= texts.length - 1
        await connection.signal.wait(() => received() >= enough || isComplete(), context.patienceMs)
        reader.cut()
        if (isComplete()) break
      }
      await reader.connect()
      await reader.waitFor(texts.at(-1)!)
      context.expectSame(context.publishedTexts(reader), texts.slice(1))
    },
  },
  {
    id: 'resume.many-readers',
    level: 'must',
    requirement: 'Forty readers that resume at the same time from different ids each receive their events.',
    source: exactlyOnce,
    needs: ['resume'],
    async run(context) {
      const texts = context.texts(80)
      const ids = await context.publishWithIds(texts)
      const streams = await Promise.all(
        Array.from({length: 40}, (_, index) => context.live({lastEventId: ids[index * 2]!})),
      )
      const last = context.text('last')
      await context.publish(last)
      for (const [index, stream] of streams.entries()) {
        await context.receive(stream, last)
        context.expectSame(context.publishedTexts(stream), [...texts.slice(index * 2 + 1), last])
      }
    },
  },
  {
    id: 'resume.order-of-ids',
    level: 'must',
    requirement: 'The last event id of the reader never goes back to an earlier event.',
    source: header,
    needs: ['resume'],
    async run(context) {
      const texts = context.texts(5)
      const ids = await context.publishWithIds(texts)
      const stream = await context.live({lastEventId: ids[0]!})
      await context.expectExactly(stream, texts.slice(1))
      // An id of an earlier event after the id of a later event would repeat events after a reconnect.
      const positions = stream.events.map(({id}) => ids.indexOf(id)).filter(position => position >= 0)
      const goesBack = positions.some((position, index) => index > 0 && position < positions[index - 1]!)
      expect(
        !goesBack,
        `The ids of the events ${positions.map(position => position + 1).join(', ')} arrived in this order.`,
      )
    },
  },
  {
    id: 'resume.parameter',
    level: 'may',
    requirement: 'A reader that cannot set headers resumes with a query parameter.',
    source: practice('polyfills and EventSource after a reload of the page cannot set the header'),
    needs: ['resume', 'resume.parameter'],
    async run(context) {
      const texts = context.texts(6)
      const ids = await context.publishWithIds(texts)
      const stream = await context.live({url: withParameter(context, ids[2]!)})
      await context.expectExactly(stream, texts.slice(3))
    },
  },
  {
    id: 'resume.header-wins',
    level: 'should',
    requirement: 'The header takes precedence over the query parameter.',
    source: practice('EventSource reconnects with the first URL, and with the newest id in the header'),
    needs: ['resume', 'resume.parameter'],
    async run(context) {
      const texts = context.texts(6)
      const ids = await context.publishWithIds(texts)
      const stream = await context.live({url: withParameter(context, ids[0]!), lastEventId: ids[3]!})
      await context.expectExactly(stream, texts.slice(4))
    },
  },
  hostileId('malformed-words', 'words with spaces', 'not an id at all'),
  hostileId('malformed-number', 'a negative number', '-1'),
  hostileId('malformed-fraction', 'a number in exponential notation', '1e308'),
  hostileId('malformed-infinity', 'a number of 200 digits', '9'.repeat(200)),
  hostileId('malformed-property', 'the name of an object property', '__proto__'),
  hostileId('malformed-sql', 'quotes and SQL', `' OR 1=1; --`),
  hostileId('malformed-path', 'a path', '../../../../etc/passwd'),
  hostileId('malformed-unicode', 'UTF-8', 'größe-日本語'),
  hostileId('malformed-punctuation', 'separators', ':::,,,;;;---'),
  hostileId('long', '6 000 characters', 'a'.repeat(6_000)),
  {
    id: 'resume.two-headers',
    level: 'should',
    requirement: 'A request with two Last-Event-ID fields gets a stream or a 4xx status.',
    source: rfc(9110, '5.3'),
    needs: ['resume'],
    async run(context) {
      const ids = await context.publishWithIds(context.texts(3))
      const stream = context.open({lastEventId: ids[0]!, rawLines: [`Last-Event-ID: ${ids[1]}`]})
      const {status} = await context.head(stream)
      expect(status === 200 || (status >= 400 && status < 500), `The status is ${status}.`)
      await context.expectAlive()
    },
  },
  told('gap-malformed', 'an id that the server cannot have given', async () => 'not an id at all'),
  told(
    'gap-future',
    'an id that the server has not given yet',
    async context => {
      const ids = await context.publishWithIds(context.texts(2))
      return context.resume.futureId!(ids.at(-1)!)
    },
    ['resume.futureId'],
  ),
  told(
    'gap-forgotten',
    'an id whose successors the server has deleted',
    async context => {
      const ids = await context.publishWithIds(context.texts(3))
      await context.resume.forget!()
      return ids[0]!
    },
    ['resume.forget'],
  ),
  {
    id: 'resume.after-gap',
    level: 'must',
    requirement: 'After a gap, the stream continues with live events, and a later resume works.',
    source: exactlyOnce,
    needs: ['resume', 'resume.isGap'],
    async run(context) {
      const reader = new ResumingReader(context, 'not an id at all')
      await reader.connect()
      const texts = context.texts(4)
      await context.publish(texts[0]!, texts[1]!)
      await reader.waitFor(texts[1]!)
      reader.cut()
      await context.publish(texts[2]!, texts[3]!)
      await reader.connect()
      await reader.waitFor(texts[3]!)
      context.expectSame(context.publishedTexts(reader), texts)
    },
  },
  {
    id: 'resume.restart',
    level: 'must',
    requirement:
      'After the process was killed and started again, a reader receives every acknowledged event once.',
    source: exactlyOnce,
    needs: ['resume', 'resume.isDurable', 'process'],
    timeLimitMs: 60_000,
    async run(context) {
      const {received, expected} = await context.once(restartAfterKill)
      context.expectSame(received, expected)
    },
  },
  {
    id: 'resume.restart-tells',
    level: 'must',
    requirement:
      'After the process was killed and started again, a reader receives the missed events or learns of the gap.',
    source: exactlyOnce,
    needs: ['resume', 'process'],
    timeLimitMs: 60_000,
    async run(context) {
      const {received, expected, toldGap} = await context.once(restartAfterKill)
      if (!toldGap) context.expectSame(received, expected)
    },
  },
  {
    id: 'resume.restart-ids',
    level: 'must',
    requirement: 'After a restart, no new event has the id of an earlier event.',
    source: exactlyOnce,
    needs: ['resume', 'process'],
    timeLimitMs: 60_000,
    async run(context) {
      const [before, after] = await idsAroundKill(context)
      const repeated = after.filter(id => before.includes(id))
      expect(repeated.length === 0, `The ids ${repeated.slice(0, 3).join(', ')} were given twice.`)
    },
  },
  {
    id: 'resume.restart-in-burst',
    level: 'must',
    requirement:
      'When the process is killed during a burst, a reader receives every acknowledged event once and in order.',
    source: exactlyOnce,
    needs: ['resume', 'resume.isDurable', 'process'],
    timeLimitMs: 60_000,
    async run(context) {
      const {received, acknowledged, unacknowledged} = await context.once(restartDuringBurst)
      // The event that was being published at the kill may have been stored although it was not acknowledged.
      context.expectSame(
        received.filter(text => !unacknowledged.includes(text)),
        acknowledged,
      )
      const repeated = received.filter((text, index) => received.indexOf(text) < index)
      expect(repeated.length === 0, `${repeated.length} events were repeated.`)
    },
  },
]

/** The reader of one of ten events resumes with the given request. */
function fromIndex(
  name: string,
  requirement: string,
  index: number,
  options: (id: string) => OpenOptions = lastEventId => ({lastEventId}),
): Case {
  return {
    id: `resume.${name}`,
    level: 'must',
    requirement,
    source: name.startsWith('header') ? rfc(9110, '5.1 and 5.5') : exactlyOnce,
    needs: ['resume'],
    async run(context) {
      const texts = context.texts(10)
      const ids = await context.publishWithIds(texts)
      const stream = await context.live(options(ids[index]!))
      await context.expectExactly(stream, texts.slice(index + 1))
    },
  }
}

/** The server answers an id that it never gave with a stream or a 4xx status, and still serves others. */
function hostileId(name: string, what: string, id: string): Case {
  return {
    id: `resume.${name}`,
    level: 'must',
    requirement: `An id that consists of ${what} gets a stream of live events, 204 or a 4xx status.`,
    source: robust,
    async run(context) {
      const stream = context.open({lastEventId: id})
      const head = await context.head(stream)
      const {status} = head
      expect([200, 204].includes(status) || (status >= 400 && status < 500), `The status is ${status}.`)
      if (status === 200) {
        expect(essenceOf(fieldOf(head, 'content-type')) === 'text/event-stream', 'The response is no stream.')
        await context.ready(stream)
        const text = context.text('live')
        await context.publish(text)
        await context.receive(stream, text)
      }
      await context.expectAlive()
    },
  }
}

/** The server cannot deliver the events after this id, and says so before the first live event. */
function told(
  name: string,
  what: string,
  idOf: (context: Context) => Promise<string>,
  needs: Case['needs'] = [],
): Case {
  return {
    id: `resume.${name}`,
    level: 'should',
    requirement: `A reader that sends ${what} learns of the gap before the first live event.`,
    source: practice('a reader that does not know of a gap shows a wrong state'),
    needs: ['resume', 'resume.isGap', ...needs],
    async run(context) {
      const stream = context.open({lastEventId: await idOf(context)})
      await context.head(stream)
      const text = context.text('live')
      await context.ready(stream)
      await context.publish(text)
      const event = await context.receive(stream, text)
      const gap = stream.events.findIndex(event => context.resume.isGap!(event))
      expect(
        gap >= 0 && gap < stream.events.indexOf(event),
        'The stream continues without a sign of the gap.',
      )
    },
  }
}

function withParameter(context: Context, id: string): string {
  const url = new URL(context.target.stream.url)
  url.searchParams.set(context.resume.parameter!, id)
  return url.href
}

/** Returns the fields of a block without comments. */
function fieldsText(text: string): string {
  return text
    .split('\n')
    .filter(line => !line.startsWith(':'))
    .join('\n')
}
