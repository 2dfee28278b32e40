/** Readers that read slowly or not at all. */
import {setTimeout as delay} from 'node:timers/promises'
import {type Case, practice} from '../case.ts'
import type {Context} from '../context.ts'
import {expect} from '../expect.ts'
import {ResumingReader} from '../resuming-reader.ts'
import type {Stream} from '../wire/stream.ts'

const independent = practice('one reader on a bad network must not disturb others')
const stuckReaders = 16
const maxAttempts = 50 // a server may end the stream of a slow reader again and again

export const slowReaders: Case[] = [
  {
    id: 'slow-readers.others-receive',
    level: 'must',
    requirement: 'While sixteen readers read nothing, another reader receives every event of a burst.',
    source: independent,
    timeLimitMs: 120_000,
    async run(context) {
      const {received, expected} = await context.once(stick)
      context.expectSame(received, expected)
    },
  },
  {
    id: 'slow-readers.publisher-continues',
    level: 'must',
    requirement: 'While sixteen readers read nothing, the server still accepts events.',
    source: independent,
    timeLimitMs: 120_000,
    async run(context) {
      const {isPublished} = await context.once(stick)
      expect(isPublished, 'The publication of the burst did not complete.')
    },
  },
  {
    id: 'slow-readers.memory',
    level: 'should',
    requirement: 'While the stuck readers read nothing, the memory of the server stops growing.',
    source: practice('a server that stores everything for every stuck reader runs out of memory'),
    needs: ['memoryBytes'],
    timeLimitMs: 120_000,
    async run(context) {
      const {grownBytes, unreadBytes} = await context.once(stick)
      const megabytes = (bytes: number) => Math.round(bytes / 1e6)
      expect(
        grownBytes < unreadBytes / 2,
        `The memory grew by ${megabytes(grownBytes)} MB while ${megabytes(unreadBytes)} MB for stuck readers were published.`,
      )
    },
  },
  {
    id: 'slow-readers.continues',
    level: 'must',
    requirement:
      'A reader that continues after a pause receives every event, or the stream ends and a resume delivers the rest.',
    source: practice('a page in the background pauses for minutes'),
    timeLimitMs: 120_000,
    async run(context) {
      const {late, expected} = await context.once(stick)
      context.expectSame(late, expected)
    },
  },
  {
    id: 'slow-readers.whole-blocks',
    level: 'must',
    requirement: 'After a pause, the stream contains no broken block.',
    source: practice('a server that drops waiting bytes must not drop parts of events'),
    timeLimitMs: 120_000,
    async run(context) {
      const {faults} = await context.once(stick)
      expect(faults.length === 0, faults.join(' '))
    },
  },
  {
    id: 'slow-readers.disconnect',
    level: 'must',
    requirement: 'After stuck readers have disconnected, the server still serves streams.',
    source: independent,
    timeLimitMs: 120_000,
    async run(context) {
      const stuck = await Promise.all(Array.from({length: 4}, () => stuckReader(context)))
      await context.publish(...context.texts(20, longText(context)))
      for (const stream of stuck) stream.connection.cut()
      await context.expectAlive()
    },
  },
  {
    id: 'slow-readers.trickle',
    level: 'must',
    requirement:
      'A reader that reads a little at a time receives every event in order, with resumes if the stream ends.',
    source: independent,
    timeLimitMs: 120_000,
    async run(context) {
      const reader = new ResumingReader(context)
      await reader.connect()
      const {socket} = reader.stream.connection
      let isReading = true
      const trickle = (async () => {
        while (isReading) {
          socket.pause()
          await delay(15)
          socket.resume()
          await delay(1)
        }
      })()
      const texts = context.texts(60, longText(context))
      try {
        await context.publish(...texts)
        await waitWithResumes(context, reader, texts.at(-1)!)
      } finally {
        isReading = false
      }
      await trickle
      context.expectSame(context.publishedTexts(reader), texts)
    },
  },
]

/**
 * Most of the burst fills the buffers of the operating system, which belong to no process. The memory is measured
 * during the rest of the burst.
 */
const unmeasuredPart = 0.75

async function stick(context: Context) {
  const reader = await context.live()
  const late = new ResumingReader(context)
  await late.connect()
  late.stream.connection.socket.pause()
  const stuck = await Promise.all(Array.from({length: stuckReaders - 1}, () => stuckReader(context)))
  const text = longText(context)
  const texts = context.texts(Math.ceil(context.burstBytes / Buffer.byteLength(text)), text)
  const unmeasured = Math.ceil(texts.length * unmeasuredPart)
  let isPublished = false
  let memoryBefore: number | undefined
  const burst = (async () => {
    await context.publish(...texts.slice(0, unmeasured))
    memoryBefore = await context.target.memoryBytes?.()
    await context.publish(...texts.slice(unmeasured))
    isPublished = true
  })()
  burst.catch(() => {})
  await waitWhileEventsArrive(context, reader, texts.at(-1)!)
  await Promise.race([burst, delay(context.patienceMs, undefined, {ref: false})])
  const memoryAfter = await context.target.memoryBytes?.()
  const frameBytes = Buffer.byteLength(context.published(reader).at(-1)?.block.text ?? '')

  late.stream.connection.socket.resume()
  await waitWithResumes(context, late, texts.at(-1)!)
  for (const stream of stuck) stream.connection.close()
  return {
    received: context.publishedTexts(reader),
    expected: texts,
    isPublished,
    grownBytes: memoryBefore === undefined ? 0 : memoryAfter! - memoryBefore,
    unreadBytes: frameBytes * (texts.length - unmeasured) * stuckReaders,
    late: context.publishedTexts(late),
    faults: [...late.stream.parser.faults, ...late.stream.response.faults],
  }
}

async function stuckReader(context: Context): Promise<Stream> {
  const stream = await context.live()
  stream.connection.socket.pause()
  return stream
}

/** Waits for the text, as long as events arrive. */
async function waitWhileEventsArrive(context: Context, stream: Stream, text: string): Promise<void> {
  const {events, connection} = stream
  const has = () => events.some(event => context.textOf(event) === text)
  let count = -1
  while (!has() && !stream.isOver && events.length > count) {
    count = events.length
    await connection.signal.wait(() => events.length > count || stream.isOver, context.patienceMs)
  }
}

/** Like `waitWhileEventsArrive`, but when the stream ends, and the server can resume, the reader reconnects. */
async function waitWithResumes(context: Context, reader: ResumingReader, text: string): Promise<void> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    await waitWhileEventsArrive(context, reader.stream, text)
    if (!reader.stream.isOver || !context.target.resume) return
    if (reader.events.some(event => context.textOf(event) === text)) return
    reader.cut()
    await reader.connect()
  }
}

/** Three bytes a character in UTF-8, and six when the server sends JSON of ASCII characters. */
function longText(context: Context): string {
  return '長'.repeat(Math.min((context.target.maxTextLength ?? 20_000) - 40, 20_000))
}
