// The reads in these tests are promises that each test resolves, so that events can be delivered during a read.
import {setTimeout as delay, setImmediate as nextTurn} from 'node:timers/promises'
import test from 'ava'
import {applyEvent} from '../../src/board/apply-event.ts'
import type {Board} from '../../src/board/board.ts'
import type {BoardContent} from '../../src/board/canonical-board.ts'
import type {BoardEvent} from '../../src/board/events.ts'
import {Channel, type ChannelHost} from '../../src/live/channel.ts'
import {Checkpoints} from '../../src/live/checkpoints.ts'
import {type Frame, FrameEncoder} from '../../src/live/frames.ts'
import {defaultLimits} from '../../src/live/limits.ts'
import {Ring} from '../../src/live/ring.ts'
import {RingBudget} from '../../src/live/ring-budget.ts'
import {boardOf, type Selection} from '../../src/live/selection.ts'
import type {Subscriber} from '../../src/live/subscriber.ts'
import {digestOf} from '../../src/store/board-digest.ts'
import type {Snapshot} from '../../src/store/snapshots.ts'
import {aTask} from '../helpers/sample-board.ts'
import {countTurns} from '../helpers/turns.ts'
import {until} from '../helpers/until.ts'

const epoch = 'ya5l6jkrjdnne'
const at = '2026-12-01T09:00:00.000Z'
const idleMs = 20

const sprintIn = (version: number, id = 's') =>
  ({id, project_id: 'p', name: `Version ${version}`, version, updated_at: at}) as Board['sprint']
const boardAt = (version: number): Board => ({
  sprint: sprintIn(version),
  stories: [],
  labels: [],
  members: [],
})

const tasks = Array.from({length: 2_000}, (_, index) => aTask({id: `task ${index}`}))
const largeBoardAt = (version: number): Board => ({
  ...boardAt(version),
  stories: [
    {id: 'story', sprint_id: 's', title: 'Story', version: 1, updated_at: at, tasks},
  ] as unknown as Board['stories'],
})

type Read = Snapshot<BoardContent> | undefined

function start({maxRingFrames = 100, intervalMs = 60_000, checkpointIdleMs = idleMs} = {}) {
  const limits = {
    ...defaultLimits,
    maxRingFrames,
    checkpointIdleMs,
    checkpointIntervalMs: intervalMs,
  }
  const ring = new Ring(limits, new RingBudget(1_000_000))
  ring.restart({epoch, seq: 0})
  const reads: {sprintId: string; resolve: (read: Read) => void; reject: (error: Error) => void}[] = []
  const errors: unknown[] = []
  const sent: {channel: Channel; seq: number; digest: string}[] = []
  const checkpoints = new Checkpoints({
    limits,
    ring,
    read: sprintId => new Promise((resolve, reject) => reads.push({sprintId, resolve, reject})),
    send: (channel, digest) => sent.push({channel, seq: ring.end.seq, digest}),
    now: () => performance.now(),
    onError: error => errors.push(error),
  })
  const push = (frames: Frame[]) => {
    ring.push(frames)
    checkpoints.onDelivered(frames)
  }
  const deliver = (...sprints: Board['sprint'][]) =>
    push(sprints.map((sprint, index) => updateOf(ring.end.seq + 1 + index, sprint)))
  const deliverImport = () =>
    push([
      frameOf(ring.end.seq + 1, {type: 'board.imported', timestamp: at, project_id: 'p', sprint_id: 's'}),
    ])
  const addChannel = (framing: 'event' | 'message' = 'event', isLive = true) => {
    const selection: Selection = {topics: ['tasks'], sprint_id: ['s']}
    const channel = new Channel({} as ChannelHost, framing, selection, framing)
    checkpoints.add(channel)
    if (isLive) channel.goLive({goLive() {}} as Subscriber)
    return channel
  }
  const snapshot = (version: number, seq = version): Read => ({
    result: boardAt(version),
    cursor: {epoch, seq},
  })
  return {checkpoints, ring, reads, errors, sent, deliver, deliverImport, addChannel, snapshot}
}

function updateOf(seq: number, sprint: Board['sprint']): Frame {
  return frameOf(seq, {type: 'sprint.updated', timestamp: at, sprint_id: sprint.id, sprint})
}

function frameOf(
  seq: number,
  event: {type: Frame['type']; sprint_id: string; [field: string]: unknown},
): Frame {
  return new FrameEncoder().frameOf(epoch, {
    seq,
    type: event.type,
    project_id: 'p',
    sprint_id: event.sprint_id,
    left_sprint_id: null,
    left_story_id: null,
    story_id: null,
    task_id: null,
    recipients: null,
    data: JSON.stringify(event),
  })
}

test('after a change, all channels of the board receive the digest of one read', async t => {
  const {reads, sent, deliver, addChannel, snapshot} = start()
  const channels = [addChannel('event'), addChannel('message')]
  deliver(sprintIn(1))
  await until(() => reads.length > 0)
  reads[0]!.resolve(snapshot(1))
  await until(() => sent.length === 2)
  const digest = digestOf(boardAt(1))
  t.deepEqual(
    sent,
    channels.map(channel => ({channel, seq: 1, digest})),
  )
  await delay(5 * idleMs)
  t.is(reads.length, 1)
})

test('an import that is delivered during the read makes the board be read again, because its event does not contain the tasks', async t => {
  const {reads, sent, deliver, deliverImport, addChannel, snapshot} = start({intervalMs: idleMs})
  addChannel()
  deliver(sprintIn(1))
  await until(() => reads.length > 0)
  deliverImport()
  reads[0]!.resolve(snapshot(1))
  await until(() => reads.length === 2)
  t.deepEqual(sent, [])
  reads[1]!.resolve(snapshot(2))
  await until(() => sent.length === 1)
  t.like(sent, [{seq: 2, digest: digestOf(boardAt(2))}])
})

test('events that are delivered during the read are part of the digest', async t => {
  const {reads, sent, deliver, addChannel, snapshot} = start()
  addChannel()
  deliver(sprintIn(1))
  await until(() => reads.length > 0)
  deliver(sprintIn(2), sprintIn(9, 'another sprint'))
  reads[0]!.resolve(snapshot(1))
  await until(() => sent.length > 0)
  const event = {type: 'sprint.updated', sprint: sprintIn(2)} as BoardEvent
  t.like(sent[0], {seq: 3, digest: digestOf(applyEvent(boardAt(1), event))})
})

test('when the read includes an event that is not delivered yet, the checkpoint follows this event', async t => {
  const {reads, sent, deliver, addChannel, snapshot} = start()
  addChannel()
  deliver(sprintIn(1))
  await until(() => reads.length > 0)
  reads[0]!.resolve(snapshot(3))
  await delay(idleMs / 2)
  deliver(sprintIn(2))
  t.is(sent.length, 0)
  deliver(sprintIn(3), sprintIn(4))
  t.like(sent[0], {seq: 4, digest: digestOf(boardAt(4))})
  t.is(sent.length, 1)
})

test('when the ring no longer has the events after the read, no checkpoint is sent, and the board is read again', async t => {
  const {reads, sent, deliver, addChannel, snapshot} = start({maxRingFrames: 2, intervalMs: 100})
  addChannel()
  deliver(sprintIn(1))
  await until(() => reads.length > 0)
  deliver(sprintIn(2), sprintIn(3), sprintIn(4), sprintIn(5))
  reads[0]!.resolve(snapshot(1))
  await until(() => reads.length === 2)
  t.is(sent.length, 0)
  reads[1]!.resolve(snapshot(5))
  await until(() => sent.length > 0)
  t.like(sent[0], {seq: 5, digest: digestOf(boardAt(5))})
})

test('a board that changes all the time is read once per interval, and a board that falls idle is read once more', async t => {
  const {reads, deliver, addChannel, snapshot} = start({intervalMs: 500, checkpointIdleMs: 250})
  addChannel()
  let changes = 0
  while (reads.length < 3) {
    deliver(sprintIn(++changes))
    await delay(5)
    for (const {resolve} of reads) resolve(snapshot(changes))
  }
  const changesPerRead = changes / 3
  t.true(changesPerRead > 3, `${changesPerRead} changes per read`)
  deliver(sprintIn(++changes))
  await until(() => reads.length === 4)
})

test('when the read fails, the error is reported, and the board is read again', async t => {
  const {errors, reads, sent, deliver, addChannel, snapshot} = start({intervalMs: 100})
  addChannel()
  deliver(sprintIn(1))
  await until(() => reads.length === 1)
  reads[0]!.reject(new Error('The database has failed.'))
  await until(() => reads.length === 2)
  t.like(errors, [{message: 'The database has failed.'}])
  reads[1]!.resolve(snapshot(1))
  await until(() => sent.length === 1)
})

test('a large board that changes all the time receives the digest at the position of the checkpoint', async t => {
  const {reads, sent, deliver, addChannel} = start({maxRingFrames: 100_000})
  addChannel()
  deliver(sprintIn(1))
  await until(() => reads.length > 0)
  let version = 1
  const change = () => {
    deliver(sprintIn(++version))
    if (sent.length === 0) setImmediate(change)
  }
  change()
  reads[0]!.resolve({result: largeBoardAt(1), cursor: {epoch, seq: 1}})
  await until(() => sent.length > 0)
  const {seq, digest} = sent[0]!
  t.true(seq > 5, `${seq} events`)
  t.is(digest, digestOf(largeBoardAt(seq)))
})

test('many events are applied to a large board over several turns of the event loop', async t => {
  const {reads, sent, deliver, addChannel} = start({maxRingFrames: 100_000})
  addChannel()
  deliver(sprintIn(1))
  await until(() => reads.length > 0)
  deliver(...Array.from({length: 1_000}, (_, index) => sprintIn(index + 2)))
  const turns = await countTurns(async () => {
    reads[0]!.resolve({result: largeBoardAt(1), cursor: {epoch, seq: 1}})
    while (sent.length === 0) await nextTurn()
  })
  t.true(turns > 20, `${turns} turns`)
  t.like(sent[0], {seq: 1_001, digest: digestOf(largeBoardAt(1_001))})
})

test('a board that falls idle again and again is read once per interval', async t => {
  const {reads, deliver, addChannel, snapshot} = start({intervalMs: 400, checkpointIdleMs: 10})
  addChannel()
  let changes = 0
  let firstReadAt: number | undefined
  while (reads.length < 3) {
    deliver(sprintIn(++changes))
    await delay(40)
    if (reads.length > 0) firstReadAt ??= performance.now()
    for (const {resolve} of reads) resolve(snapshot(changes))
  }
  // Two intervals lie between the first and the third read. The test notices the first read late.
  t.true(performance.now() - firstReadAt! > 400, `${changes} changes`)
})

test('a board without live streams is not read', async t => {
  const {checkpoints, reads, sent, deliver, addChannel, snapshot} = start()
  const behind = addChannel('event', false)
  deliver(sprintIn(1))
  await delay(3 * idleMs)
  checkpoints.delete(behind)
  deliver(sprintIn(2))
  await delay(3 * idleMs)
  t.is(reads.length, 0)
  addChannel()
  deliver(sprintIn(3))
  await until(() => reads.length > 0)
  reads[0]!.resolve(snapshot(3))
  await until(() => sent.length > 0)
  t.is(reads.length, 1)
})

test('a sprint that was deleted, another epoch, and a feed that was closed during the read cause no checkpoint', async t => {
  for (const end of ['deleted', 'epoch', 'closed'] as const) {
    const {checkpoints, ring, reads, sent, deliver, addChannel, snapshot} = start()
    addChannel()
    deliver(sprintIn(1))
    await until(() => reads.length > 0)
    if (end === 'epoch') ring.restart({epoch: 'aaaaaaaaaaaaa', seq: 1})
    if (end === 'closed') checkpoints.close()
    reads[0]!.resolve(end === 'deleted' ? undefined : snapshot(1))
    await delay(idleMs)
    t.is(sent.length, 0, end)
  }
})

test('only a selection that has the topic tasks, exactly one sprint and no other filter selects a whole board', t => {
  const board: Selection = {topics: ['tasks'], sprint_id: ['s']}
  t.is(boardOf(board), 's')
  t.is(boardOf({...board, topics: ['tasks', 'projects', 'user'], user_id: 'u'}), 's')
  const others: Selection[] = [
    {topics: ['tasks']},
    {...board, topics: ['projects', 'user']},
    {...board, sprint_id: ['s', 't']},
    {...board, types: ['task.created']},
    {...board, project_id: ['p']},
    {...board, story_id: ['x']},
    {...board, task_id: ['x']},
  ]
  for (const selection of others) t.is(boardOf(selection), undefined)
})
