/** A stream passes through proxies that disturb streams in the usual ways. */
import {type Case, practice} from '../case.ts'
import type {Context} from '../context.ts'
import {expect} from '../expect.ts'
import {ResumingReader} from '../resuming-reader.ts'
import {
  buffering,
  compressing,
  type Habit,
  impatient,
  joining,
  limiting,
  splitting,
  startProxy,
} from '../wire/proxy.ts'

const onTheWay = practice('most streams of the public network pass at least one proxy')

export const proxies: Case[] = [
  {
    id: 'proxies.buffering',
    level: 'should',
    requirement: 'A proxy that buffers 4 KiB unless X-Accel-Buffering is no passes a small event at once.',
    source: practice('this is how nginx works without further settings'),
    async run(context) {
      const {stream} = await openThrough(context, buffering)
      const text = context.text('small')
      await context.publish(text)
      await context.receive(stream, text)
    },
  },
  {
    id: 'proxies.compressing',
    level: 'may',
    requirement:
      'A proxy that compresses without flushing, unless Cache-Control has no-transform, passes a small event at once.',
    source: practice('compression middleware and CDNs work like this'),
    async run(context) {
      const {stream} = await openThrough(context, compressing)
      const text = context.text('small')
      await context.publish(text)
      await context.receive(stream, text)
    },
  },
  {
    id: 'proxies.splitting',
    level: 'must',
    requirement: 'A stream that a proxy splits into single bytes delivers the same events.',
    source: onTheWay,
    run: context => expectSameThrough(context, splitting),
  },
  {
    id: 'proxies.joining',
    level: 'must',
    requirement: 'A stream whose parts a proxy joins delivers the same events.',
    source: onTheWay,
    run: context => expectSameThrough(context, joining),
  },
  {
    id: 'proxies.impatient',
    level: 'should',
    requirement:
      'A proxy that closes connections that are silent for three heartbeat intervals keeps an idle stream open.',
    source: practice('the heartbeat is meant for such proxies'),
    needs: ['heartbeatSeconds'],
    async run(context) {
      const idleMs = context.target.heartbeatSeconds! * 3_000
      const {stream} = await openThrough(context, impatient(idleMs))
      await stream.waitForEnd(idleMs * 1.4)
      expect(!stream.isOver, 'The proxy closed the connection, because the server was silent.')
      await context.expectExactly(stream, [])
    },
  },
  {
    id: 'proxies.limiting',
    level: 'must',
    requirement:
      'Through a proxy that ends every response after some bytes, a reader receives each event once.',
    source: onTheWay,
    needs: ['resume'],
    async run(context) {
      const proxy = await start(context, limiting(4_000))
      const url = proxy.through(context.target.stream.url)
      const texts = context.texts(60, 'p'.repeat(200))
      const [first] = await context.publishWithIds(texts.slice(0, 1))
      const reader = new ResumingReader(context, first!)
      await context.publish(...texts.slice(1, 40))
      const live = context.publish(...texts.slice(40))
      const isComplete = () => context.published(reader).some(event => context.textOf(event) === texts.at(-1))
      const latest = performance.now() + context.patienceMs * 3
      while (!isComplete() && performance.now() < latest) {
        const before = reader.events.length
        await reader.connect({url}).catch(() => {})
        const {stream} = reader
        await stream.connection.signal.wait(() => isComplete() || stream.isOver, latest - performance.now())
        reader.cut()
        if (reader.events.length === before && proxy.requests() > 200) break
      }
      await live
      context.expectSame(context.publishedTexts(reader), texts.slice(1))
    },
  },
  {
    id: 'proxies.forwarded-fields',
    level: 'must',
    requirement: 'The fields Via and X-Forwarded-For of a proxy do not change the stream.',
    source: onTheWay,
    async run(context) {
      const headers = {
        Via: '1.1 one, 1.0 two',
        'X-Forwarded-For': '203.0.113.7',
        'X-Forwarded-Proto': 'https',
      }
      await context.expectExactly(await context.live({headers}), [])
    },
  },
]

async function start(context: Context, habit: Habit) {
  const proxy = await startProxy(new URL(context.target.stream.url).origin, habit)
  context.onEnd(() => proxy.close())
  return proxy
}

async function openThrough(context: Context, habit: Habit) {
  const proxy = await start(context, habit)
  const url = proxy.through(context.target.stream.url)
  const stream = context.open({url, headers: {'Accept-Encoding': 'gzip'}})
  // A proxy that holds bytes also holds the event that tells that the stream is ready.
  const {isReady} = context.target
  await stream.waitForHead(context.patienceMs)
  if (isReady) await stream.waitForEvent(isReady, Math.min(context.patienceMs, 1_000))
  return {stream}
}

async function expectSameThrough(context: Context, habit: Habit): Promise<void> {
  const {stream} = await openThrough(context, habit)
  const texts = context.texts(10, 'Größe 日本語 😀\nzwei')
  await context.publish(...texts)
  await context.expectExactly(stream, texts)
  expect(stream.parser.faults.length === 0, stream.parser.faults.join(' '))
}
