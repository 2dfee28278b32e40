/**
 * Members who leave a board because their server process was killed, or because they close their stream. Judges how
 * long the other processes still list such a member. All connections of this file lead directly to a server, so that no
 * link disturbs them: a server cannot notice that a client behind a silent connection is gone.
 */
import {setTimeout as delay} from 'node:timers/promises'
import {applyPresence, nobodyPresent, type Presence} from '../../../src/board/apply-presence.ts'
import {Stream} from '../../helpers/stream.ts'
import {heartbeatSeconds, type ServerNode} from './cluster.ts'
import type {FaultHistory} from './history.ts'
import type {Random} from './random.ts'
import type {Member} from './world.ts'

const maxGhostMs = 15_000
const leaseMs = 12_000
const pollMs = 100
const stayMs = [2_000, 15_000] as const
const patienceMs = 40_000
const killedWithinMs = 5_000 // a primary process that is killed takes its workers with it, a little later

// While messages of the bus are held back, they arrive late, and their leases begin late.
const holdsMessages = /SIGSTOP|stall: a server to the bus/
// A process that cannot say that a member has left, or that is killed in the meantime, leaves a lease behind.
const losesMessages = /SIGSTOP|kill|restart|bus|notifications|listener|terminate|disk/

export interface GhostOptions {
  name: string
  servers: readonly ServerNode[]
  history: FaultHistory
  sprintId: string
  /** The member who comes and goes. */
  member: Member
  /** A member who has the board open all the time. */
  observer: Member
  random: Random
}

export interface GhostRecord {
  /** Each member who was listed for too long, as a sentence. */
  ghosts: readonly string[]
  /**
   * How many absences were judged. Only members whom another server had listed before count. `longestMs` is the longest
   * time that a member was listed after the member had left.
   */
  afterKill: {absences: number; longestMs: number}
  afterClose: {absences: number; longestMs: number}
}

export class GhostWatch {
  readonly #options: GhostOptions
  readonly #observers: Observer[]
  readonly #record = {
    ghosts: [] as string[],
    afterKill: {absences: 0, longestMs: 0},
    afterClose: {absences: 0, longestMs: 0},
  }
  #isStopped = false

  constructor(options: GhostOptions) {
    this.#options = options
    const {servers, sprintId, observer} = options
    this.#observers = servers.map(server => new Observer(server, sprintId, observer))
  }

  start(): void {
    for (const observer of this.#observers) void observer.run()
    void this.#run()
  }

  /** The member leaves for good. An absence that is not judged yet does not count. */
  stopVisits(): void {
    this.#isStopped = true
  }

  record(): GhostRecord {
    return this.#record
  }

  close(): void {
    this.#isStopped = true
    for (const observer of this.#observers) observer.close()
  }

  async #run(): Promise<void> {
    const {servers, sprintId, member, random} = this.#options
    while (!this.#isStopped) {
      const server = random.pick(servers)
      const stream = await openDirect(server, sprintId, member)
      const openedAt = performance.now()
      // The member leaves when another server has listed the member for some time.
      let knownAt = Number.POSITIVE_INFINITY
      const until = () => Math.min(openedAt + patienceMs, knownAt + stays)
      const stays = random.between(...stayMs)
      while (stream && !stream.hasEnded && performance.now() < until() && !this.#isStopped) {
        await delay(pollMs)
        const isKnown = this.#observers.some(
          ({isOf, present}) => !isOf(server) && present?.has(member.userId),
        )
        if (isKnown) knownAt = Math.min(knownAt, performance.now())
      }
      const wasKilled = stream?.hasEnded && performance.now() - server.killedAt < killedWithinMs
      const isCounted = Number.isFinite(knownAt) && (wasKilled || !stream!.hasEnded)
      stream?.close()
      if (isCounted && !this.#isStopped) await this.#judge(wasKilled ? 'afterKill' : 'afterClose')
      else await delay(5 * pollMs)
    }
  }

  async #judge(how: 'afterKill' | 'afterClose'): Promise<void> {
    const {history, name, member} = this.#options
    const leftAt = performance.now()
    const limitMs = () => {
      const now = performance.now()
      const heldMs = history.lastedMs(holdsMessages, leftAt, now)
      const mayHaveLease = how === 'afterClose' && history.hadFault(losesMessages, leftAt, now)
      return maxGhostMs + heldMs + (mayHaveLease ? leaseMs : 0)
    }
    const isListed = () => this.#observers.some(({present}) => present?.has(member.userId))
    let listedMs = 0
    for (let ms = 0; ms < limitMs(); ms = performance.now() - leftAt) {
      if (this.#isStopped) return
      if (isListed()) listedMs = ms
      await delay(pollMs)
    }
    const limit = limitMs()
    if (isListed()) this.#report(`${how}: ${name} is listed on a stream ${limit} ms after`)
    if (await this.#isListedInAnswers()) this.#report(`${how}: ${name} is listed by GET ${limit} ms after`)
    const judged = this.#record[how]
    judged.absences++
    // Without holding faults, this is the time that the design allows.
    judged.longestMs = Math.max(judged.longestMs, listedMs)
  }

  #report(ghost: string): void {
    this.#record.ghosts.push(ghost)
  }

  /** A server that is down, or that cannot read the database, is not judged. */
  async #isListedInAnswers(): Promise<boolean> {
    const {servers, sprintId, observer, member} = this.#options
    const answers = await Promise.all(
      servers.map(async ({directUrl}) => {
        try {
          const response = await fetch(`${directUrl}/api/v1/sprints/${sprintId}/presence`, {
            headers: {authorization: `Bearer ${observer.token}`},
            signal: AbortSignal.timeout(2_000),
          })
          return response.ok ? ((await response.json()) as Presence) : nobodyPresent
        } catch {
          return nobodyPresent
        }
      }),
    )
    return answers.some(({members}) => members.some(({user_id}) => user_id === member.userId))
  }
}

/** Keeps a stream to one server, and knows who is present according to this stream. */
class Observer {
  readonly #server: ServerNode
  readonly #sprintId: string
  readonly #member: Member
  #isClosed = false
  #presence: Presence | undefined
  #heardAt = 0

  constructor(server: ServerNode, sprintId: string, member: Member) {
    this.#server = server
    this.#sprintId = sprintId
    this.#member = member
  }

  readonly isOf = (server: ServerNode) => server === this.#server

  /** The ids of the present members. Undefined while the server sends nothing. */
  get present(): Set<string> | undefined {
    const isFresh = performance.now() - this.#heardAt < 2_500 * heartbeatSeconds
    return isFresh && this.#presence ? new Set(this.#presence.members.map(({user_id}) => user_id)) : undefined
  }

  async run(): Promise<void> {
    while (!this.#isClosed) {
      const stream = await openDirect(this.#server, this.#sprintId, this.#member)
      for (let taken = 0; stream && !stream.hasEnded && !this.#isClosed; await delay(pollMs)) {
        for (; taken < stream.received.length; taken++) this.#take(stream.received[taken]!)
      }
      stream?.close()
      this.#presence = undefined
      if (!this.#isClosed) await delay(3 * pollMs)
    }
  }

  close(): void {
    this.#isClosed = true
  }

  #take({data}: Stream['received'][number]): void {
    this.#heardAt = performance.now()
    if (data?.type === 'presence.state') this.#presence = applyPresence(nobodyPresent, data)
    else if (data?.type === 'presence.changed' && this.#presence)
      this.#presence = applyPresence(this.#presence, data)
  }
}

/** Resolves with undefined when the server does not accept the connection. The stream selects no frequent event. */
function openDirect({directUrl}: ServerNode, sprintId: string, {token}: Member): Promise<Stream | undefined> {
  const query = `sprint_id=${sprintId}&presence=true&types=sprint.deleted&token=${token}`
  return Stream.open(`${directUrl}/api/v1/events/tasks?${query}`).catch(() => undefined)
}
