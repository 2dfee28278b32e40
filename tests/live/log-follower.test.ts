import test from 'ava'
import type {Cursor} from '../../src/board/cursor.ts'
import {FrameEncoder} from '../../src/live/frames.ts'
import {defaultLimits} from '../../src/live/limits.ts'
import {LogFollower} from '../../src/live/log-follower.ts'
import type {FramePage, LogReader} from '../../src/live/log-reader.ts'
import type {LogRecord} from '../../src/store/event-log.ts'

const epoch = 'abcdefghijklm'
const encoder = new FrameEncoder()

function record(seq: number): LogRecord {
  const nowhere = {
    project_id: null,
    sprint_id: null,
    left_sprint_id: null,
    left_story_id: null,
    story_id: null,
    task_id: null,
  }
  return {seq, type: 'member.updated', ...nowhere, recipients: null, data: `{"n":${seq}}`}
}

test('when events are published while a page of the log is read, the follower does not report that the head went back', async t => {
  let respond: ((page: FramePage) => void) | undefined
  const readAfter = () =>
    new Promise<FramePage>(resolve => {
      respond = resolve
    })
  const received: number[] = []
  let wentBack = 0
  const follower = new LogFollower({
    reader: {readAfter} as unknown as LogReader,
    encoder,
    limits: {...defaultLimits, reorderHoldMs: 0},
    onFrame: ({seq}) => received.push(seq),
    onRestart: () => t.fail(),
    isKnown: () => true,
    onWentBack: () => wentBack++,
    onError: error => t.fail(String(error)),
  })
  t.teardown(() => follower.close())
  const offer = (...seqs: number[]) =>
    follower.offer({cursor: {epoch, seq: seqs.at(-1)!}, records: seqs.map(record)})

  follower.start({epoch, seq: 1})
  offer(2)
  // The follower starts to read the log. The last event of the page has seq 3.
  const following = follower.follow({epoch, seq: 3})
  offer(3, 4, 5)
  respond!({
    epoch,
    head: 3,
    oldest: 1,
    upTo: 3,
    frames: [2, 3].map(seq => encoder.frameOf(epoch, record(seq))),
  })
  await following

  t.deepEqual(received, [2, 3, 4, 5])
  t.is(wentBack, 0)
})

test('when a head was read before the current epoch began, the follower does not return to the old epoch', async t => {
  const newEpoch = 'nopqrstuvwxyz'
  const restarts: Cursor[] = []
  const follower = new LogFollower({
    reader: {
      readAfter: async () => ({epoch: newEpoch, head: 7, oldest: 1, upTo: 7, frames: []}),
    } as unknown as LogReader,
    encoder,
    limits: defaultLimits,
    onFrame: () => t.fail(),
    onRestart: position => restarts.push(position),
    isKnown: () => true,
    onWentBack: () => t.fail(),
    onError: error => t.fail(String(error)),
  })
  t.teardown(() => follower.close())
  follower.start({epoch, seq: 9})

  await follower.follow({epoch: newEpoch, seq: 7})
  await follower.follow({epoch, seq: 9})

  t.deepEqual(restarts, [{epoch: newEpoch, seq: 7}])
  t.deepEqual(follower.position, {epoch: newEpoch, seq: 7})
})

test('when a page of events was requested before the current epoch began, the follower does not return to the old epoch', async t => {
  const newEpoch = 'nopqrstuvwxyz'
  const responses: ((page: FramePage) => void)[] = []
  const pageOf = (epoch: string) => ({epoch, head: 12, oldest: 1, upTo: 12, frames: []})
  const restarts: string[] = []
  const follower = new LogFollower({
    reader: {
      readAfter: () => new Promise<FramePage>(resolve => responses.push(resolve)),
    } as unknown as LogReader,
    encoder,
    limits: defaultLimits,
    onFrame: () => t.fail(),
    onRestart: position => restarts.push(position.epoch),
    isKnown: () => true,
    onWentBack: () => t.fail(),
    onError: error => t.fail(String(error)),
  })
  t.teardown(() => follower.close())
  follower.start({epoch, seq: 9})

  const catchingUp = follower.follow({epoch, seq: 12})
  const renewed = follower.follow({epoch: newEpoch, seq: 12})
  responses[1]!(pageOf(newEpoch))
  await renewed
  responses[0]!(pageOf(epoch))
  await catchingUp

  t.deepEqual(restarts, [newEpoch])
})
