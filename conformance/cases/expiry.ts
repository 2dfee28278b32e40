/** What happens to a stream when its credential ends. */
import {setTimeout as delay} from 'node:timers/promises'
import {type Case, html, practice} from '../case.ts'
import type {Context} from '../context.ts'
import {expect} from '../expect.ts'
import type {Stream} from '../wire/stream.ts'

const security = practice(
  'a stream that outlives its credential delivers data to somebody who lost the right to read',
)
const toleranceMs = 1_500 // clocks and timers of servers are not exact

export const expiry: Case[] = [
  {
    id: 'expiry.before',
    level: 'must',
    requirement: 'Until its credential ends, a stream delivers events.',
    source: security,
    needs: ['expire'],
    async run(context) {
      expect((await context.once(expire)).receivedBefore, 'An event before the end did not arrive.')
    },
  },
  {
    id: 'expiry.ends',
    level: 'must',
    requirement: 'The stream ends when its credential ends.',
    source: security,
    needs: ['expire'],
    async run(context) {
      const {endedAfterMs} = await context.once(expire)
      expect(endedAfterMs !== undefined, 'The stream stays open after the end of its credential.')
      expect(endedAfterMs < toleranceMs, `The stream ended ${Math.round(endedAfterMs)} ms too late.`)
    },
  },
  {
    id: 'expiry.nothing-after',
    level: 'must',
    requirement: 'After its credential has ended, a stream delivers no event.',
    source: security,
    needs: ['expire'],
    async run(context) {
      expect(!(await context.once(expire)).receivedAfter, 'An event after the end was delivered.')
    },
  },
  {
    id: 'expiry.told',
    level: 'should',
    requirement: 'The reader learns that the credential is the reason for the end.',
    source: practice('a reader that does not know the reason reconnects with the same credential'),
    needs: ['expire'],
    async run(context) {
      const {stream, isExpiry} = await context.once(expire)
      expect(isExpiry, 'The adapter knows no event for the end of a credential.')
      expect(stream.events.some(isExpiry), 'No event tells that the credential has ended.')
    },
  },
  {
    id: 'expiry.clean-end',
    level: 'should',
    requirement: 'The stream ends after a complete block, with the regular end of the body.',
    source: html('9.2.6'),
    needs: ['expire'],
    async run(context) {
      const {stream} = await context.once(expire)
      expect(!stream.parser.hasIncompleteBlock, 'The last block is incomplete.')
      expect(stream.response.isComplete, `The body is incomplete: ${stream.response.faults.join(' ')}`)
    },
  },
  {
    id: 'expiry.reconnect-refused',
    level: 'must',
    requirement: 'A request with the ended credential gets 401 or 403, so that EventSource stops.',
    source: html('9.2.3'),
    needs: ['expire'],
    async run(context) {
      const {statusAfter} = await context.once(expire)
      expect(statusAfter === 401 || statusAfter === 403, `The status is ${statusAfter}.`)
    },
  },
  {
    id: 'expiry.others-continue',
    level: 'must',
    requirement: 'Streams with other credentials continue.',
    source: security,
    needs: ['expire'],
    async run(context) {
      expect((await context.once(expire)).otherContinues, 'A stream with another credential has ended.')
    },
  },
]

async function expire(context: Context) {
  const other = await context.live()
  const {stream: request, endsAt, isExpiry} = await context.target.expire!()
  const stream = await context.live({request})
  const before = context.text('before')
  await context.publish(before)
  const receivedBefore = await has(context, stream, before, Math.max(0, endsAt - Date.now()))
  await stream.waitForEnd(endsAt - Date.now() + context.patienceMs)
  const endedAfterMs = stream.isOver ? Date.now() - endsAt : undefined
  await delay(Math.max(0, endsAt - Date.now()) + 100)
  const after = context.text('after')
  await context.publish(after)
  const otherContinues = await has(context, other, after, context.patienceMs)
  const receivedAfter = await has(context, stream, after, context.patienceMs)
  const {status} = await context.head(context.open({request}))
  return {stream, isExpiry, receivedBefore, endedAfterMs, receivedAfter, statusAfter: status, otherContinues}
}

async function has(context: Context, stream: Stream, text: string, timeoutMs: number): Promise<boolean> {
  return (await stream.waitForEvent(event => context.textOf(event) === text, timeoutMs)) !== undefined
}
