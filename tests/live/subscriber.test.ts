import {setTimeout as delay} from 'node:timers/promises'
import test from 'ava'
import fc from 'fast-check'
import {formatCursor} from '../../src/board/cursor.ts'
import type {BoardEvent} from '../../src/board/events.ts'
import type {Selection} from '../../src/live/selection.ts'
import type {Store} from '../../src/store/connection.ts'
import {type Appended, appendEvents, type LogRecord, pruneEvents} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {Audit, type AuditedLog} from '../helpers/audit.ts'
import {type LiveServer, startLiveServer} from '../helpers/live-server.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {createOrganization} from '../helpers/organization.ts'
import type {Stream} from '../helpers/stream.ts'

let store: Store

test.before(async () => {
  store = await openNewStore()
})
test.after.always(() => store.close())

const [project, sprintA, sprintB] = [newId(), newId(), newId()]

/**
 * One step of a scenario. `a` and `b` mean sprint A and sprint B. `subscriber` is the number of a subscriber.
 * `share` is the part of the log that the step prunes: 0 is nothing, and 1 is the whole log.
 */
type Step =
  | {
      do: 'commit'
      events: ('a' | 'b' | 'none' | 'move' | 'member' | 'long')[]
      bus: 'works' | 'late' | 'loses' | 'repeats'
    }
  | {do: 'open'; wants: keyof typeof selections; start: 'now' | 'earliest' | number; process: 0 | 1}
  | {do: 'leave' | 'return' | 'stall' | 'read' | 'be away too long'; subscriber: number}
  | {do: 'prune'; share: number}
  | {do: 'deliver late'}
  | {do: 'wait'}

const selections = {
  all: {topics: ['tasks']},
  a: {topics: ['tasks'], sprint_id: [sprintA]},
  b: {topics: ['tasks'], sprint_id: [sprintB]},
  taken: {topics: ['tasks'], types: ['ownership_taken']},
  nothing: {topics: ['tasks'], project_id: [newId()]},
} satisfies Record<string, Selection>

/** A second implementation of the selections, so that the audit does not rely on the code under test. */
const wants: Record<keyof typeof selections, (record: LogRecord) => boolean> = {
  all: () => true,
  a: ({data}) => data.includes(sprintA) || data.includes('member.updated'),
  b: ({data}) => data.includes(sprintB) || data.includes('member.updated'),
  taken: ({data}) => data.includes('ownership_taken'),
  nothing: ({data}) => data.includes('member.updated'),
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('commit' as const),
        events: fc.array(fc.constantFrom('a', 'b', 'none', 'move', 'member', 'long'), {
          minLength: 1,
          maxLength: 40,
        }),
        bus: fc.constantFrom('works', 'works', 'late', 'loses', 'repeats'),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('open' as const),
        wants: fc.constantFrom(...(Object.keys(selections) as (keyof typeof selections)[])),
        start: fc.oneof(
          fc.constantFrom('now' as const, 'earliest' as const),
          fc.double({min: 0, max: 1, noNaN: true}),
        ),
        process: fc.constantFrom(0, 1),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom('leave', 'return', 'stall', 'read', 'be away too long'),
        subscriber: fc.nat(20),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('prune' as const),
        share: fc.double({min: 0, max: 1, noNaN: true}),
      }),
    },
    {weight: 1, arbitrary: fc.constant({do: 'deliver late' as const})},
    {weight: 1, arbitrary: fc.constant({do: 'wait' as const})},
  ) as fc.Arbitrary<Step>,
  {minLength: 5, maxLength: 40, size: 'max'},
)

test('every subscriber receives each event of its selection once and in order, or a reset with the right reason', async t => {
  t.timeout(180_000)
  const seen = {events: 0, resets: 0, streams: 0, behind: 0}
  await fc.assert(
    fc.asyncProperty(steps, async steps => {
      const world = await World.create()
      try {
        for (const step of steps) await world.take(step)
        await world.settle()
        for (const {audit} of world.subscribers) {
          seen.events += audit.received
          seen.resets += audit.resets.length
          seen.streams++
        }
        seen.behind += world.timesBehind
      } finally {
        await world.end()
      }
    }),
    {numRuns: 80},
  )
  t.log(
    `${seen.streams} subscribers, ${seen.events} events, ${seen.resets} resets, ${seen.behind} times behind`,
  )
  t.true(seen.events > 500, 'subscribers received events')
  t.true(seen.resets > 0, 'subscribers received resets')
  t.true(seen.behind > 0, 'subscribers were too slow for live delivery')
})

interface Watcher {
  audit: Audit
  stream: Stream | undefined
  /** The number of blocks of `stream` that the audit has checked. */
  audited: number
  lastEventId: string | undefined
  asked: {wants: keyof typeof selections; process: 0 | 1}
}

/** An organization with its log and its subscribers, and two servers that send the events of the organization. */
class World {
  readonly log: AuditedLog = {records: [], oldest: 1}
  readonly subscribers: Watcher[] = []
  readonly #organizationId: string
  readonly #servers: LiveServer[]
  #epoch = ''
  #late: Appended[] = []

  private constructor(organizationId: string, servers: LiveServer[]) {
    this.#organizationId = organizationId
    this.#servers = servers
  }

  static async create(): Promise<World> {
    const {ada} = await createOrganization(store.db, {ada: 'member'})
    // The limits are small, so that the log is read often. The intervals are short, so that the test is fast.
    const small = {maxRingFrames: 10, maxTotalRingBytes: 5_000, pageLength: 8, maxWaitingBytes: 4_000}
    const limits = {pollIntervalMs: 25, ...small}
    const fast = {limits, heartbeatSeconds: 0.1}
    return new World(ada.organization_id, [
      await startLiveServer(store.db, fast),
      await startLiveServer(store.db, fast),
    ])
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'commit') await this.#commit(step.events.map(eventOf), step.bus)
    else if (step.do === 'open') await this.#open(step)
    else if (step.do === 'prune') await this.#prune(Math.floor(step.share * this.log.records.length))
    else if (step.do === 'deliver late') this.#deliverLate()
    else if (step.do === 'wait') await delay(10)
    else if (this.subscribers.length > 0) {
      const watcher = this.subscribers[step.subscriber % this.subscribers.length]!
      if (step.do === 'leave') this.#leave(watcher)
      else if (step.do === 'return') await this.#return(watcher)
      else if (step.do === 'stall') watcher.stream?.pause()
      else if (step.do === 'be away too long') await this.#missTooMuch(watcher)
      else watcher.stream?.resume()
    }
  }

  /** Lets every subscriber read to the end of the log, and audits what the subscriber received. */
  async settle(): Promise<void> {
    this.#deliverLate()
    const head = this.log.records.length
    for (const watcher of this.subscribers) {
      await this.#return(watcher)
      watcher.stream!.resume()
    }
    for (const watcher of this.subscribers) {
      // When a subscriber has received the cursor of the head, no event can be missing.
      await watcher.stream!.waitUntil(() => seqOf(watcher.stream!.lastEventId) >= head || head === 0)
      this.#audit(watcher)
      watcher.audit.finish()
    }
  }

  get timesBehind(): number {
    return this.#servers.reduce((sum, {live}) => sum + live.stats().timesBehind, 0)
  }

  async end(): Promise<void> {
    for (const {stream} of this.subscribers) stream?.close()
    for (const server of this.#servers) await server.close()
  }

  async #commit(events: BoardEvent[], bus: 'works' | 'late' | 'loses' | 'repeats'): Promise<void> {
    const appended = await store.db.transaction().execute(trx =>
      appendEvents(
        trx,
        this.#organizationId,
        new Date().toISOString(),
        events.map(event => ({event})),
      ),
    )
    this.#epoch = appended.cursor.epoch
    this.log.records.push(...appended.records)
    if (bus === 'late') this.#late.push(appended)
    else if (bus !== 'loses') this.#publish(appended)
    if (bus === 'repeats') this.#publish(appended)
  }

  #deliverLate(): void {
    for (const appended of this.#late.splice(0).reverse()) this.#publish(appended)
  }

  /** Publishes to the first server only. The second server has to poll the log. */
  #publish(appended: Appended): void {
    this.#servers[0]!.live.publish(this.#organizationId, appended)
  }

  async #open({wants: wanted, start, process}: Step & {do: 'open'}): Promise<void> {
    const cursor =
      typeof start === 'number' ? this.#cursorAt(start) : start === 'earliest' ? start : undefined
    const audit = new Audit(this.log, wants[wanted])
    const watcher: Watcher = {
      audit,
      stream: undefined,
      audited: 0,
      lastEventId: cursor,
      asked: {wants: wanted, process},
    }
    if (cursor?.includes('-')) audit.position = seqOf(cursor)
    this.subscribers.push(watcher)
    await this.#return(watcher)
  }

  #cursorAt(share: number): string | undefined {
    if (!this.#epoch) return undefined
    return formatCursor({epoch: this.#epoch, seq: Math.floor(share * this.log.records.length)})
  }

  async #prune(upTo: number): Promise<void> {
    await pruneEvents(store.db, this.#organizationId, upTo)
    this.log.oldest = Math.max(this.log.oldest, upTo + 1)
  }

  /** While the subscriber is away, commits more events than fit into the ring, and prunes the whole log. */
  async #missTooMuch(watcher: Watcher): Promise<void> {
    this.#leave(watcher)
    await this.#commit(Array(12).fill('a').map(eventOf), 'works')
    await this.#prune(this.log.records.length)
    await this.#return(watcher)
  }

  #leave(watcher: Watcher): void {
    if (!watcher.stream) return
    this.#audit(watcher)
    watcher.lastEventId = watcher.stream.lastEventId ?? watcher.lastEventId
    watcher.stream.close()
    watcher.stream = undefined
  }

  async #return(watcher: Watcher): Promise<void> {
    if (watcher.stream) return
    const {wants: wanted, process} = watcher.asked
    watcher.audited = 0
    watcher.stream = await this.#servers[process]!.open({
      organizationId: this.#organizationId,
      selection: selections[wanted],
      ...(watcher.lastEventId && {lastEventId: watcher.lastEventId}),
    })
    // When the subscriber has no cursor, `stream.open` contains the cursor at which the stream starts.
    if (!watcher.lastEventId) await watcher.stream.waitFor('stream.open')
  }

  #audit(watcher: Watcher): void {
    const {received} = watcher.stream!
    for (; watcher.audited < received.length; watcher.audited++) watcher.audit.see(received[watcher.audited]!)
  }
}

function seqOf(cursor: string | undefined): number {
  return Number(cursor?.split('-')[1] ?? -1)
}

function eventOf(kind: 'a' | 'b' | 'none' | 'move' | 'member' | 'long'): BoardEvent {
  const actor = newId()
  const facts = {timestamp: new Date().toISOString(), actor_user_id: actor, project_id: project, version: 2}
  const task = {...facts, story_id: newId(), task_id: newId()}
  if (kind === 'long') return {type: 'ownership_taken', ...task, owner_user_id: 'x'.repeat(100_000)}
  if (kind === 'member') {
    return {
      type: 'member.updated',
      timestamp: facts.timestamp,
      actor_user_id: actor,
      member: {id: actor, name: 'Zoë'},
    }
  }
  if (kind === 'a') return {type: 'ownership_taken', ...task, sprint_id: sprintA, owner_user_id: actor}
  if (kind === 'b') return {type: 'task.deleted', ...task, sprint_id: sprintB}
  // The log stores `from_sprint_id` as `left_sprint_id`, no matter which type the event has. Therefore this
  // `task.deleted` is selected like a move from sprint A to sprint B.
  if (kind === 'move')
    return {type: 'task.deleted', ...task, sprint_id: sprintB, from_sprint_id: sprintA} as BoardEvent
  return {type: 'task.started', ...task}
}
