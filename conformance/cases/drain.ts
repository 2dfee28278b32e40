/** What happens to streams when the server is asked to stop, as at every deployment. */
import {type Case, html, practice} from '../case.ts'
import type {Context} from '../context.ts'
import {expect} from '../expect.ts'
import {ResumingReader} from '../resuming-reader.ts'

const deployment = practice('a server is stopped at every deployment')
const shared = {needs: ['process'], timeLimitMs: 60_000} as const

export const drain: Case[] = [
  {
    id: 'drain.exits',
    level: 'must',
    requirement: 'The process exits in the promised time, although streams are open.',
    source: deployment,
    ...shared,
    async run(context) {
      expect((await context.once(terminate)).hasExited, 'The process did not exit in time.')
    },
  },
  {
    id: 'drain.exit-code',
    level: 'should',
    requirement: 'The exit code is 0.',
    source: practice('supervisors take another exit code, or the death by a signal, as a crash'),
    ...shared,
    async run(context) {
      const {exitCode} = await context.once(terminate)
      expect(exitCode === 0, `The exit code is ${exitCode}.`)
    },
  },
  {
    id: 'drain.streams-end',
    level: 'must',
    requirement: 'The server ends the streams.',
    source: deployment,
    ...shared,
    async run(context) {
      expect((await context.once(terminate)).hasEnded, 'The stream is still open.')
    },
  },
  {
    id: 'drain.regular-end',
    level: 'should',
    requirement:
      'The body of a stream ends regularly: with the last chunk, or with FIN for a body that ends with the connection.',
    source: practice('clients take a truncated body as a network error, and some do not reconnect'),
    ...shared,
    async run(context) {
      const {stream} = (await context.once(terminate)).reader
      expect(stream.connection.end !== 'reset', 'The server reset the connection.')
      expect(stream.response.isComplete, () => stream.response.faults.join(' '))
    },
  },
  {
    id: 'drain.complete-block',
    level: 'must',
    requirement: 'A stream does not end inside a block, because clients discard an incomplete block.',
    source: html('9.2.6'),
    ...shared,
    async run(context) {
      const {stream} = (await context.once(terminate)).reader
      expect(!stream.parser.hasIncompleteBlock, 'The last block is incomplete.')
    },
  },
  {
    id: 'drain.told',
    level: 'may',
    requirement: 'An event tells the reader that the server is stopping.',
    source: practice('a page can then stay calm while the client reconnects'),
    ...shared,
    async run(context) {
      const {isDrain} = context.target.process!
      const {events} = (await context.once(terminate)).reader.stream
      expect(isDrain && events.some(isDrain), 'No event tells that the server is stopping.')
    },
  },
  {
    id: 'drain.all-events',
    level: 'must',
    requirement:
      'The events that were acknowledged before the stop arrive before the end, or after a resume.',
    source: practice('a deployment must not lose events'),
    ...shared,
    needs: ['process', 'resume', 'resume.isDurable'],
    async run(context) {
      const {received, expected} = await context.once(terminate)
      context.expectSame(received, expected)
    },
  },
  {
    id: 'drain.reconnect-allowed',
    level: 'must',
    requirement:
      'While the server stops, a new request gets no status that makes EventSource give up for good.',
    source: html('9.2.3'),
    ...shared,
    async run(context) {
      const {statuses} = await context.once(terminate)
      const final = statuses.filter(status => status !== 200)
      expect(final.length === 0, `The status is ${final[0]}, so EventSource does not reconnect.`)
    },
  },
  {
    id: 'drain.short-retry',
    level: 'should',
    requirement: 'The reconnection time at the end of a stream is at most 10 seconds.',
    source: practice('a longer time makes a deployment visible'),
    ...shared,
    async run(context) {
      const {retry = 3_000} = (await context.once(terminate)).reader.stream.parser
      expect(retry <= 10_000, `The reconnection time is ${retry} ms.`)
    },
  },
  {
    id: 'drain.serves-again',
    level: 'must',
    requirement: 'After the next start, the server serves streams under the same URL.',
    source: deployment,
    ...shared,
    async run(context) {
      await context.once(terminate)
      await context.expectAlive()
    },
  },
]

async function terminate(context: Context) {
  const {process} = context.target
  const {drainSeconds = 10} = process!
  const readers = await Promise.all(
    Array.from({length: 5}, async () => {
      const reader = new ResumingReader(context)
      await reader.connect()
      return reader
    }),
  )
  const [reader] = readers as [ResumingReader]
  const [before, after] = [context.texts(20), context.texts(3)]
  await context.publish(...before)
  let hasExited = false
  const exit = process!.terminate().then(exitCode => {
    hasExited = true
    return exitCode
  })
  const statuses: number[] = []
  const latest = performance.now() + drainSeconds * 1000 + context.patienceMs
  while (!hasExited && performance.now() < latest) {
    // A refused connection is fine: EventSource reconnects.
    const stream = context.open()
    const head = await stream.waitForHead(200)
    if (head) statuses.push(head.status)
    stream.connection.close()
    await Promise.race([exit, stream.connection.signal.wait(() => false, 100)])
  }
  const hasEnded = await reader.stream.waitForEnd(context.patienceMs / 2)
  if (!hasExited) await process!.kill()
  const exitCode = hasExited ? await exit : undefined
  await process!.start()

  const resumed = new ResumingReader(context, reader.lastEventId)
  if (context.target.resume) await resumed.connect()
  await context.publish(...after)
  if (context.target.resume) await resumed.waitFor(after.at(-1)!)
  return {
    reader,
    hasEnded,
    hasExited,
    exitCode,
    statuses,
    received: [...context.publishedTexts(reader), ...context.publishedTexts(resumed)],
    expected: [...before, ...after],
  }
}
