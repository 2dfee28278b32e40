/** Live events arrive in one order, which every reader sees. */
import {type Case, practice} from '../case.ts'
import type {Context} from '../context.ts'
import type {Stream} from '../wire/stream.ts'

const oneOrder = practice('applications apply events to a state, so a wrong order makes a wrong state')
const publishers = 8
const eventsPerPublisher = 25

export const order: Case[] = [
  {
    id: 'order.one-publisher',
    level: 'must',
    requirement: 'A hundred events of one publisher arrive in the order of publication.',
    source: oneOrder,
    async run(context) {
      const stream = await context.live()
      const texts = context.texts(100)
      await context.publish(...texts)
      await context.expectExactly(stream, texts)
    },
  },
  {
    id: 'order.each-publisher',
    level: 'must',
    requirement:
      'When several publishers publish at the same time, the events of each publisher stay in order.',
    source: oneOrder,
    async run(context) {
      const {streams, byPublisher} = await context.once(publishConcurrently)
      for (const texts of byPublisher) {
        const own = new Set(texts)
        context.expectSame(
          textsOf(context, streams[0]!).filter(text => own.has(text)),
          texts,
        )
      }
    },
  },
  {
    id: 'order.nothing-lost',
    level: 'must',
    requirement: 'When several publishers publish at the same time, each event arrives exactly once.',
    source: oneOrder,
    async run(context) {
      const {streams, byPublisher} = await context.once(publishConcurrently)
      const all = new Set(byPublisher.flat())
      const received = textsOf(context, streams[0]!).filter(text => all.has(text))
      context.expectSame([...received].sort(), [...all].sort())
    },
  },
  {
    id: 'order.same-for-all',
    level: 'must',
    requirement: 'When several publishers publish at the same time, all readers see one order.',
    source: oneOrder,
    async run(context) {
      const {streams, byPublisher} = await context.once(publishConcurrently)
      const all = new Set(byPublisher.flat())
      const orders = streams.map(stream => textsOf(context, stream).filter(text => all.has(text)))
      for (const other of orders.slice(1)) context.expectSame(other, orders[0]!)
    },
  },
  {
    id: 'order.replay-as-live',
    level: 'must',
    requirement: 'A replay has the order in which live readers saw the events of concurrent publishers.',
    source: oneOrder,
    needs: ['resume'],
    async run(context) {
      const {streams, byPublisher} = await context.once(publishConcurrently)
      const all = new Set(byPublisher.flat())
      const live = streams[0]!.events.filter(event => all.has(context.textOf(event)!))
      const replay = await context.live({lastEventId: live[0]!.id})
      const last = context.text('last')
      await context.publish(last)
      await context.receive(replay, last)
      context.expectSame(
        textsOf(context, replay).filter(text => all.has(text)),
        live.slice(1).map(event => context.textOf(event)!),
      )
    },
  },
  {
    id: 'order.after-acknowledgement',
    level: 'must',
    requirement:
      'An event that is published after the acknowledgement of another event arrives after this event.',
    source: oneOrder,
    async run(context) {
      const streams = [await context.live(), await context.live(), await context.live()]
      const texts: string[] = []
      for (let round = 0; round < 20; round++) {
        const text = context.text('acknowledged')
        texts.push(text)
        // While this event is published, other events are published too.
        const others = Promise.all(context.texts(3, 'other').map(text => context.publish(text)))
        await context.publish(text)
        await others
      }
      for (const stream of streams) {
        await context.receive(stream, texts.at(-1)!)
        context.expectSame(
          textsOf(context, stream).filter(text => text.includes('acknowledged')),
          texts,
        )
      }
    },
  },
  {
    id: 'order.large-and-small',
    level: 'must',
    requirement: 'A small event does not overtake a large event.',
    source: oneOrder,
    async run(context) {
      const stream = await context.live()
      const length = Math.min((context.target.maxTextLength ?? 200_000) - 40, 200_000)
      const texts = Array.from({length: 10}, (_, index) => context.text(index % 2 ? 's' : 'l'.repeat(length)))
      await context.publish(...texts)
      await context.expectExactly(stream, texts)
    },
  },
]

interface Concurrent {
  streams: Stream[]
  byPublisher: string[][]
}

/** Three readers receive the events that several publishers publish at the same time. */
async function publishConcurrently(context: Context): Promise<Concurrent> {
  const streams = [await context.live(), await context.live(), await context.live()]
  const byPublisher = Array.from({length: publishers}, (_, index) =>
    context.texts(eventsPerPublisher, `publisher ${index}`),
  )
  await Promise.all(byPublisher.map(texts => context.publish(...texts)))
  const last = context.text('last')
  await context.publish(last)
  for (const stream of streams) await context.receive(stream, last)
  return {streams, byPublisher}
}

/** The texts of all cases, because the events belong to the case that ran the scenario. */
function textsOf(context: Context, {events}: Stream): string[] {
  return events.map(event => context.textOf(event)).filter(text => text !== undefined)
}
