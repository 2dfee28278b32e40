/** An idle stream shows that it is alive. */
import {type Case, html, practice} from '../case.ts'
import type {Context} from '../context.ts'
import {expect} from '../expect.ts'

const authoring = html('9.2.7')
const toleranceMs = 2_000 // timers and busy machines
const beats = 3

export const heartbeats: Case[] = [
  {
    id: 'heartbeats.in-time',
    level: 'should',
    requirement: 'An idle stream sends something in the promised interval.',
    source: authoring,
    needs: ['heartbeatSeconds'],
    async run(context) {
      const {gapsMs, intervalMs} = await context.once(idle)
      const longest = Math.max(...gapsMs)
      expect(longest < intervalMs + toleranceMs, `The stream was silent for ${Math.round(longest)} ms.`)
    },
  },
  {
    id: 'heartbeats.repeated',
    level: 'should',
    requirement: 'The heartbeats of an idle stream do not stop.',
    source: authoring,
    needs: ['heartbeatSeconds'],
    async run(context) {
      const {gapsMs} = await context.once(idle)
      expect(gapsMs.length >= beats, `Only ${gapsMs.length} of ${beats} heartbeats arrived.`)
    },
  },
  {
    id: 'heartbeats.interval',
    level: 'should',
    requirement: 'The interval is at most 60 seconds.',
    source: practice('most proxies close a connection that is idle for 60 seconds'),
    needs: ['heartbeatSeconds'],
    async run(context) {
      const seconds = context.target.heartbeatSeconds!
      expect(seconds <= 60, `The interval is ${seconds} s.`)
    },
  },
  {
    id: 'heartbeats.no-message',
    level: 'must',
    requirement:
      'A heartbeat is a comment or has a type of its own, so that no message listener receives it.',
    source: authoring,
    needs: ['heartbeatSeconds'],
    async run(context) {
      const {stream} = await context.once(idle)
      const message = stream.events.find(
        event => event.type === 'message' && context.textOf(event)?.startsWith('c') !== true,
      )
      expect(
        !message,
        () => `A message arrived on an idle stream: ${JSON.stringify(message?.data.slice(0, 80))}.`,
      )
    },
  },
  {
    id: 'heartbeats.keep-id',
    level: 'must',
    requirement: 'A heartbeat does not set the last event id back or to an empty value.',
    source: html('9.2.6'),
    needs: ['heartbeatSeconds', 'resume'],
    async run(context) {
      const {marker, lastEventId} = await context.once(idle)
      expect(lastEventId !== '', 'A heartbeat has set the last event id to an empty value.')
      // The id after the heartbeats must still be a position from which nothing is repeated.
      const resumed = await context.live({lastEventId})
      const text = context.text('after')
      await context.publish(text)
      await context.receive(resumed, text)
      const repeated = resumed.events.some(event => context.textOf(event) === context.textOf(marker))
      expect(!repeated, 'A resume from the id of a heartbeat repeats an event.')
    },
  },
  {
    id: 'heartbeats.blocks',
    level: 'should',
    requirement: 'Heartbeats consist of whole lines, and the stream is well-formed after them.',
    source: html('9.2.5'),
    needs: ['heartbeatSeconds'],
    async run(context) {
      const {stream} = await context.once(idle)
      const {faults, blocks} = stream.parser
      expect(faults.length === 0, faults.join(' '))
      const odd = blocks.find(({fields}) => fields.length > 0 && !fields.some(({name}) => name === 'data'))
      expect(!odd, () => `A block has no data: ${JSON.stringify(odd?.text)}.`)
    },
  },
  {
    id: 'heartbeats.event-after',
    level: 'must',
    requirement: 'After several heartbeats, an event still arrives.',
    source: authoring,
    needs: ['heartbeatSeconds'],
    async run(context) {
      const {isAlive} = await context.once(idle)
      expect(isAlive, 'An event after the heartbeats did not arrive.')
    },
  },
  {
    id: 'heartbeats.busy',
    level: 'must',
    requirement: 'Heartbeats never stand inside an event, although events are published at the same time.',
    source: html('9.2.6'),
    needs: ['heartbeatSeconds'],
    async run(context) {
      const stream = await context.live()
      const texts: string[] = []
      const latest = performance.now() + Math.min(context.target.heartbeatSeconds! * 1200, 5_000)
      const length = Math.min((context.target.maxTextLength ?? 5_000) - 40, 5_000)
      while (performance.now() < latest) {
        const some = context.texts(5, 'b'.repeat(length))
        texts.push(...some)
        await context.publish(...some)
        await context.receive(stream, some.at(-1)!)
      }
      await context.expectExactly(stream, texts)
      expect(stream.parser.faults.length === 0, stream.parser.faults.join(' '))
      const broken = stream.parser.blocks.some(block => block.hasInnerComment)
      expect(!broken, 'A heartbeat stands inside an event.')
    },
  },
]

/** A stream on which nothing is published for some heartbeats. */
async function idle(context: Context) {
  const intervalMs = context.target.heartbeatSeconds! * 1_000
  const stream = await context.live()
  const texts = context.texts(3, 'before the heartbeats')
  await context.publish(...texts)
  const marker = await context.receive(stream, texts.at(-1)!)
  const {chunks, signal} = stream.connection
  const first = chunks.length
  let last = performance.now()
  const gapsMs: number[] = []
  for (let beat = 0; beat < beats; beat++) {
    const count = chunks.length
    const hasArrived = await signal.wait(
      () => chunks.length > count || stream.isOver,
      intervalMs + context.patienceMs,
    )
    if (!hasArrived || stream.isOver) break
    gapsMs.push(chunks[count]!.at - last)
    last = chunks[count]!.at
  }
  if (chunks.length === first) gapsMs.push(performance.now() - last)
  const {lastEventId} = stream.parser
  const after = context.text('after the heartbeats')
  await context.publish(after)
  const isAlive =
    (await stream.waitForEvent(event => context.textOf(event) === after, context.patienceMs)) !== undefined
  return {stream, marker, lastEventId, gapsMs, intervalMs, isAlive}
}
