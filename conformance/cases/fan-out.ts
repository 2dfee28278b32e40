/** All readers of a stream receive the same events, and do not disturb each other. */
import {type Case, practice} from '../case.ts'
import type {Context} from '../context.ts'
import {expect} from '../expect.ts'
import type {Stream} from '../wire/stream.ts'

const readers = 20
const equal = practice('readers compare what they see, for example two people with one board')
const independent = practice('one reader must not decide what others receive')

export const fanOut: Case[] = [
  {
    id: 'fan-out.texts',
    level: 'must',
    requirement: 'Twenty readers receive the same events in the same order.',
    source: equal,
    async run(context) {
      const {streams, texts} = await context.once(readTogether)
      for (const stream of streams) context.expectSame(allTexts(context, stream, texts), texts)
    },
  },
  {
    id: 'fan-out.ids',
    level: 'must',
    requirement: 'An event has the same id for all readers.',
    source: equal,
    async run(context) {
      const {streams, texts} = await context.once(readTogether)
      const idsOf = (stream: Stream) =>
        stream.events.filter(event => texts.includes(context.textOf(event)!)).map(({id}) => id)
      for (const stream of streams) context.expectSame(idsOf(stream), idsOf(streams[0]!))
    },
  },
  {
    id: 'fan-out.bytes',
    level: 'should',
    requirement: 'An event has the same lines for all readers.',
    source: equal,
    async run(context) {
      const {streams, texts} = await context.once(readTogether)
      const blocksOf = (stream: Stream) =>
        stream.events.filter(event => texts.includes(context.textOf(event)!)).map(({block}) => block.text)
      for (const stream of streams) context.expectSame(blocksOf(stream), blocksOf(streams[0]!))
    },
  },
  {
    id: 'fan-out.subscribed-at-head',
    level: 'must',
    requirement:
      'An event that is published after the head has arrived, and after the server says that it is ready, arrives.',
    source: practice('a client that reads the state after the head counts on all later events'),
    async run(context) {
      for (let round = 0; round < 20; round++) {
        const stream = await context.live()
        const text = context.text('at once')
        await context.publish(text)
        await context.receive(stream, text)
        stream.connection.close()
      }
    },
  },
  {
    id: 'fan-out.late-reader',
    level: 'must',
    requirement: 'A reader that opens a stream between two events receives the second event.',
    source: equal,
    async run(context) {
      const early = await context.live()
      const [first, second] = [context.text('first'), context.text('second')]
      await context.publish(first)
      await context.receive(early, first)
      const late = await context.live()
      await context.publish(second)
      await context.receive(late, second)
      await context.receive(early, second)
    },
  },
  {
    id: 'fan-out.reader-leaves',
    level: 'must',
    requirement:
      'When half of the readers close their connections during a burst, the others receive every event.',
    source: independent,
    run: context => leaveDuringBurst(context, stream => stream.connection.close()),
  },
  {
    id: 'fan-out.reader-crashes',
    level: 'must',
    requirement:
      'When half of the readers reset their connections during a burst, the others receive every event.',
    source: independent,
    run: context => leaveDuringBurst(context, stream => stream.connection.cut()),
  },
  {
    id: 'fan-out.readers-come-and-go',
    level: 'must',
    requirement: 'While readers open and close streams, a reader that stays receives every event.',
    source: independent,
    async run(context) {
      const stays = await context.live()
      const texts = context.texts(100)
      const publishing = context.publish(...texts)
      for (let round = 0; round < 40; round++) {
        const stream = context.open()
        await stream.waitForHead(round % 2 ? context.patienceMs : 1)
        stream.connection.cut()
      }
      await publishing
      await context.expectExactly(stays, texts)
    },
  },
  {
    id: 'fan-out.many-readers',
    level: 'must',
    requirement: 'A hundred readers, or as many as the server accepts, all receive an event.',
    source: equal,
    async run(context) {
      const count = Math.min(context.target.maxStreams ?? 100, 100)
      const streams: Stream[] = []
      while (streams.length < count) {
        const some = Math.min(20, count - streams.length)
        streams.push(...(await Promise.all(Array.from({length: some}, () => context.live()))))
      }
      const text = context.text('to all')
      await context.publish(text)
      for (const stream of streams) await context.receive(stream, text)
    },
  },
]

/** Many readers receive a burst. */
async function readTogether(context: Context): Promise<{streams: Stream[]; texts: string[]}> {
  const streams = await Promise.all(Array.from({length: readers}, () => context.live()))
  const texts = context.texts(30, 'Größe\nfür alle')
  await context.publish(...texts)
  for (const stream of streams) await context.receive(stream, texts.at(-1)!)
  return {streams, texts}
}

function allTexts(context: Context, {events}: Stream, texts: readonly string[]): string[] {
  return events.map(event => context.textOf(event)!).filter(text => texts.includes(text))
}

async function leaveDuringBurst(context: Context, leave: (stream: Stream) => void): Promise<void> {
  const streams = await Promise.all(Array.from({length: readers}, () => context.live()))
  const texts = context.texts(60)
  const publishing = context.publish(...texts)
  await context.receive(streams[0]!, texts[10]!)
  const staying = streams.filter((_, index) => index % 2 === 0)
  for (const stream of streams) if (!staying.includes(stream)) leave(stream)
  await publishing
  const last = context.text('last')
  await context.publish(last)
  for (const stream of staying) {
    await context.receive(stream, last)
    context.expectSame(context.publishedTexts(stream), [...texts, last])
  }
  expect(
    staying.every(stream => !stream.isOver),
    'A stream of a staying reader has ended.',
  )
}
