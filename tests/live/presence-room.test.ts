// The processes of these tests exchange their items by hand, and share one clock that the tests set.
import test from 'ava'
import fc from 'fast-check'
import {applyPresence, type Presence} from '../../src/board/apply-presence.ts'
import {maxOpenTasks, maxPresentMembers} from '../../src/board/presence.ts'
import type {PresenceItem} from '../../src/board/presence-message.ts'
import {defaultLimits as limits} from '../../src/live/limits.ts'
import {PresenceRoom} from '../../src/live/presence-room.ts'

const {presenceGraceMs, presenceLeaseMs, presenceRenewalMs, openTaskLeaseMs} = limits
const ada = {id: 'ada', name: 'Ada'}
const bob = {id: 'bob', name: 'Bob'}

class Clock {
  ms = 0
  readonly now = () => this.ms
}

function start() {
  const clock = new Clock()
  const room = new PresenceRoom({limits, now: clock.now})
  const pass = (ms: number) => {
    clock.ms += ms
    if (room.dueAt <= clock.ms) room.expire()
  }
  return {room, pass, ids: () => idsOf(room.state)}
}

/** Sends all items of the room. */
function takeItems(room: PresenceRoom): PresenceItem[] {
  const taken: PresenceItem[] = []
  for (;;) {
    const items = room.nextItems(2)
    if (items.length === 0) return taken
    room.markSent(items)
    taken.push(...items)
  }
}

function idsOf({members}: Presence): string[] {
  return members.map(({user_id}) => user_id)
}

test('a member with three streams is listed once, and leaves after the grace that follows the last stream', t => {
  const {room, pass, ids} = start()
  for (let n = 0; n < 3; n++) room.join(ada)
  t.deepEqual(room.state.members, [{user_id: 'ada', name: 'Ada', task_ids: []}])
  room.leave('ada', false)
  room.leave('ada', false)
  pass(2 * presenceGraceMs)
  t.deepEqual(ids(), ['ada'])
  room.leave('ada', false)
  pass(presenceGraceMs - 1)
  t.deepEqual(ids(), ['ada'])
  pass(1)
  t.deepEqual(ids(), [])
  t.true(room.isVacant)
})

test('a reconnect within the grace changes nothing', t => {
  const {room, pass} = start()
  room.join(ada)
  room.takeChange()
  takeItems(room)
  room.leave('ada', false)
  pass(presenceGraceMs / 2)
  room.join(ada)
  pass(2 * presenceGraceMs)
  t.false(room.isChanged)
  t.deepEqual(idsOf(room.state), ['ada'])
})

test('a member whose access was withdrawn leaves without grace', t => {
  const {room, ids} = start()
  room.join(ada)
  room.join(ada)
  room.leave('ada', true)
  t.deepEqual(ids(), ['ada'], 'another credential still has a stream')
  room.leave('ada', true)
  t.deepEqual(ids(), [])
  room.join(bob)
  room.leave('bob', false)
  room.withdraw('bob')
  t.deepEqual(ids(), [], 'the grace has ended')
  room.join(ada)
  room.withdraw('ada')
  room.leave('ada', false)
  t.deepEqual(ids(), [])
})

test('two tabs of a member do not replace each other, and a tab that sends no more requests is forgotten', t => {
  const {room, pass} = start()
  const tasks = () => room.state.members.flatMap(({task_ids}) => task_ids)
  room.join(ada)
  room.showTask(ada, 'one', 'task-1')
  room.showTask(ada, 'two', 'task-2')
  t.deepEqual(tasks(), ['task-1', 'task-2'])
  room.showTask(ada, 'two', null)
  t.deepEqual(tasks(), ['task-1'])
  room.showTask(ada, 'two', 'task-3')
  pass(openTaskLeaseMs - 1)
  room.showTask(ada, 'two', 'task-3')
  pass(1)
  t.deepEqual(tasks(), ['task-3'])
})

test('an open task is shown only while the member has a stream, in any process', t => {
  const {room} = start()
  room.showTask(ada, 'one', 'task-1')
  t.deepEqual(room.state.members, [])
  t.deepEqual(takeItems(room), [
    ['tab', 'ada', 'one'],
    ['has', 'ada', null, ['task-1']],
  ])
  room.receive('other', ['has', 'ada', 'Ada', []])
  t.deepEqual(room.state.members, [{user_id: 'ada', name: 'Ada', task_ids: ['task-1']}])
  room.receive('other', ['tab', 'ada', 'one'])
  t.deepEqual(room.state.members, [{user_id: 'ada', name: 'Ada', task_ids: []}])
  t.deepEqual(takeItems(room), [['left', 'ada']])
})

test('a member has at most eight open tasks, the newest', t => {
  const {room} = start()
  room.join(ada)
  for (let n = 0; n < 2 * maxOpenTasks; n++) room.showTask(ada, `tab-${n}`, `task-${10 + n}`)
  const [entry] = room.state.members
  t.is(entry!.task_ids.length, maxOpenTasks)
  t.is(entry!.task_ids.at(-1), `task-${10 + 2 * maxOpenTasks - 1}`)
})

test('a lease that is not renewed ends, and a member of two processes stays while one of them has the member', t => {
  const {room, pass, ids} = start()
  room.receive('one', ['has', 'ada', 'Ada', []])
  room.receive('two', ['has', 'ada', 'Ada', []])
  pass(presenceLeaseMs - 1)
  room.receive('two', ['has', 'ada', 'Ada', []])
  pass(1)
  t.deepEqual(ids(), ['ada'])
  room.receive('one', ['left', 'ada'])
  t.deepEqual(ids(), ['ada'])
  pass(presenceLeaseMs - 1)
  t.deepEqual(ids(), [])
})

test('a digest extends the leases of its sender, and no other leases', t => {
  const {room, pass, ids} = start()
  const other = start()
  other.room.join(ada)
  other.room.join(bob)
  for (const item of takeItems(other.room)) room.receive('other', item)
  room.receive('third', ['has', 'cid', 'Cid', []])
  pass(presenceLeaseMs - 1)
  other.room.renew()
  const items = takeItems(other.room)
  t.deepEqual(
    items.map(([kind]) => kind),
    ['digest'],
  )
  for (const item of items) room.receive('other', item)
  pass(1)
  t.deepEqual(ids(), ['ada', 'bob'])
  pass(presenceLeaseMs)
  t.deepEqual(ids(), [])
})

test('after a lost item, the digest extends no lease, and the room queries all items', t => {
  const {room, pass, ids} = start()
  const other = start()
  other.room.join(ada)
  other.room.join(bob)
  const [first] = takeItems(other.room)
  room.receive('other', first!)
  other.room.renew()
  for (const item of takeItems(other.room)) room.receive('other', item)
  t.deepEqual(takeItems(room), [['query']])
  other.room.receive('this', ['query'])
  for (const item of takeItems(other.room)) room.receive('other', item)
  t.deepEqual(ids(), ['ada', 'bob'])

  other.room.leave('bob', true)
  takeItems(other.room) // the item `left` is lost
  pass(presenceLeaseMs - 1)
  other.room.renew()
  for (const item of takeItems(other.room)) room.receive('other', item)
  t.deepEqual(takeItems(room), [['query']])
  other.room.receive('this', ['query'])
  for (const item of takeItems(other.room)) room.receive('other', item)
  pass(1)
  t.deepEqual(ids(), ['ada'])
})

test('items that were not sent wait, and a later change of a member replaces the waiting item', t => {
  const {room} = start()
  room.join(ada)
  room.join(bob)
  t.deepEqual(room.nextItems(1), [['has', 'ada', 'Ada', []]])
  room.rename({id: 'ada', name: 'Ada L.'})
  room.renew()
  t.deepEqual(takeItems(room).slice(0, 2), [
    ['has', 'ada', 'Ada L.', []],
    ['has', 'bob', 'Bob', []],
  ])
  t.deepEqual(room.nextItems(1), [])
})

test('another name replaces the name that any process knows', t => {
  const {room} = start()
  room.join(ada)
  room.receive('other', ['has', 'bob', 'Bob', []])
  room.rename({id: 'ada', name: 'Ada L.'})
  room.rename({id: 'bob', name: 'Bob B.'})
  room.rename({id: 'cid', name: 'Cid'})
  t.deepEqual(
    room.state.members.map(({name}) => name),
    ['Ada L.', 'Bob B.'],
  )
})

test('the members beyond the maximum are counted, and one of them follows each member who leaves', t => {
  const {room} = start()
  const idOf = (n: number) => `member-${1000 + n}`
  for (let n = 0; n < maxPresentMembers + 3; n++) room.join({id: idOf(n), name: `Member ${n}`})
  t.is(room.state.members.length, maxPresentMembers)
  t.is(room.state.more, 3)
  const before = room.state
  room.takeChange()
  room.leave(idOf(0), true)
  const change = room.takeChange()
  t.like(change, {left: [idOf(0)], more: 2})
  t.is(change.joined.length, 1)
  t.deepEqual(applyPresence(before, change), room.state)
  room.leave(idOf(maxPresentMembers + 2), true)
  t.like(room.takeChange(), {joined: [], left: [], more: 1})
})

type Step =
  | {do: 'join' | 'leave' | 'withdraw'; member: number; process: number}
  | {do: 'show'; member: number; process: number; tab: number; task: number | null}
  | {do: 'read'}
  | {do: 'die'; process: number}
  | {do: 'pass'; ms: number}

const member = fc.nat(3)
const process = fc.nat(2)
const step: fc.Arbitrary<Step> = fc.oneof(
  {weight: 6, arbitrary: fc.record({do: fc.constantFrom('join', 'leave', 'withdraw'), member, process})},
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('show'),
      member,
      process,
      tab: fc.nat(1),
      task: fc.option(fc.nat(3)),
    }),
  },
  {weight: 2, arbitrary: fc.record({do: fc.constant('read')})},
  {weight: 1, arbitrary: fc.record({do: fc.constant('die'), process})},
  {weight: 4, arbitrary: fc.record({do: fc.constant('pass'), ms: fc.nat(15_000)})},
) as fc.Arbitrary<Step>

/** The processes of one server. Messages between the processes can be lost. */
class Processes {
  readonly clock = new Clock()
  readonly streams: string[][] = [[], [], []]
  readonly rooms: PresenceRoom[] = [0, 1, 2].map(() => this.#newRoom())
  /** For each process, the presence that a reader has built from a state and the changes after this state. */
  readonly read: Presence[] = [0, 1, 2].map(() => ({members: [], more: 0}))
  readonly #isLost: () => boolean
  /** The incarnation of each process. */
  readonly #starts = [0, 0, 0]
  #nextRenewal = presenceRenewalMs

  constructor(isLost: () => boolean) {
    this.#isLost = isLost
  }

  #newRoom(): PresenceRoom {
    return new PresenceRoom({limits, now: this.clock.now})
  }

  /** Another process takes the place of the process. */
  kill(process: number): void {
    this.streams[process] = []
    this.rooms[process] = this.#newRoom()
    this.read[process] = {members: [], more: 0}
    this.#starts[process]!++
    this.#deliver(process, [['query']])
  }

  exchange(): void {
    for (const [process, room] of this.rooms.entries()) this.#deliver(process, takeItems(room))
  }

  /** Lets the time pass. Every second, the readers receive the changes. */
  pass(ms: number): void {
    const end = this.clock.ms + ms
    while (this.clock.ms < end) {
      this.clock.ms = Math.min(end, this.clock.ms + 1_000)
      if (this.clock.ms >= this.#nextRenewal) {
        this.#nextRenewal = this.clock.ms + presenceRenewalMs
        for (const room of this.rooms) room.renew()
      }
      for (const room of this.rooms) if (room.dueAt <= this.clock.ms) room.expire()
      this.exchange()
      for (const [process, room] of this.rooms.entries()) {
        if (room.isChanged) this.read[process] = applyPresence(this.read[process]!, room.takeChange())
      }
    }
  }

  #deliver(from: number, items: readonly PresenceItem[]): void {
    for (const [to, room] of this.rooms.entries())
      for (const item of items)
        if (to !== from && !this.#isLost()) room.receive(`${from}-${this.#starts[from]}`, item)
  }
}

test('after joins, leaves, lost messages and deaths of processes, every process shows the truth within 15 s', t => {
  const property = fc.property(
    fc.array(step, {maxLength: 60}),
    fc.infiniteStream(fc.nat(9)),
    (steps, luck) => {
      let isLossy = true
      const server = new Processes(() => isLossy && luck.next().value! < 3)
      for (const step of steps) {
        if (step.do === 'pass') server.pass(step.ms)
        else if (step.do === 'die') server.kill(step.process)
        else if (step.do === 'read') server.read.splice(0, 3, ...server.rooms.map(({state}) => state))
        else {
          const id = `member-${step.member}`
          const room = server.rooms[step.process]!
          const streams = server.streams[step.process]!
          if (step.do === 'join') {
            streams.push(id)
            room.join({id, name: id})
          } else if (step.do === 'show') {
            room.showTask({id, name: id}, `tab-${step.tab}`, step.task === null ? null : `task-${step.task}`)
          } else if (streams.includes(id)) {
            streams.splice(streams.indexOf(id), 1)
            room.leave(id, step.do === 'withdraw')
          }
        }
        server.exchange()
      }
      isLossy = false
      server.pass(15_000)
      const truth = [...new Set(server.streams.flat())].sort()
      const [first] = server.rooms
      for (const [process, room] of server.rooms.entries()) {
        t.deepEqual(idsOf(room.state), truth)
        t.deepEqual(server.read[process], room.state)
        t.deepEqual(room.state, first!.state, 'all processes show the same open tasks')
      }
    },
  )
  t.notThrows(() => fc.assert(property, {numRuns: 300}))
})
