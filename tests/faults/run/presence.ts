/** Members of a fault run who look at boards: some stay until the end, and the others come and go. */
import {setTimeout as delay} from 'node:timers/promises'
import {keepBoard} from '../../../src/client/client.ts'
import {keepPresence, type Present} from '../../../src/client/presence.ts'
import type {PresenceRecord} from './checker.ts'
import type {ServerNode} from './cluster.ts'
import {type GhostRecord, GhostWatch} from './ghosts.ts'
import type {FaultHistory} from './history.ts'
import {silentLifetimeMs} from './link.ts'
import type {Random} from './random.ts'
import type {Member, Organization} from './world.ts'

// These members use connections through the links. A server cannot notice that a client behind a silent connection is
// gone, so the link closes silent connections after a minute. `ghosts.ts` judges the members behind other connections.
const settleTimeoutMs = silentLifetimeMs + 15_000
const visitMs = [500, 4_000] as const

export interface PresenceOptions {
  name: string
  url: string
  organization: Organization
  sprintId: string
  servers: readonly ServerNode[]
  history: FaultHistory
  random: Random
}

/**
 * One board: two members stay, another member visits the board again and again through the links, and a fourth member
 * visits it over direct connections (see `GhostWatch`).
 */
export class PresenceWatch {
  readonly #url: string
  readonly #name: string
  readonly #sprintId: string
  readonly #staying: readonly Member[]
  readonly #visitor: Member
  readonly #random: Random
  readonly #ghosts: GhostWatch
  readonly #seen: {member: Member; present: Present | undefined; close(): void}[] = []
  #isStopped = false
  #visits: Promise<void> | undefined

  constructor({name, url, organization, sprintId, servers, history, random}: PresenceOptions) {
    this.#name = name
    this.#url = url
    this.#random = random
    this.#sprintId = sprintId
    const [one, other, visitor, ghost] = organization.members as [Member, Member, Member, Member]
    this.#staying = [one, other]
    this.#visitor = visitor
    this.#ghosts = new GhostWatch({
      name,
      servers,
      history,
      sprintId,
      member: ghost,
      observer: one,
      random: random.fork(),
    })
  }

  start(): void {
    for (const member of this.#staying) this.#watch(member)
    this.#visits = this.#visit()
    this.#ghosts.start()
  }

  /** Resolves when the visitor has left. */
  async stopVisits(): Promise<void> {
    this.#isStopped = true
    this.#ghosts.stopVisits()
    await this.#visits
  }

  /** Waits until both members see each other and no other member. Then returns what they see. */
  async settle(): Promise<PresenceRecord[]> {
    const latest = Date.now() + settleTimeoutMs
    const expected = idsOf(this.#staying.map(({userId}) => userId))
    const isRight = () => this.#seen.every(({present}) => presentIn(present) === expected)
    while (!isRight() && Date.now() < latest) await delay(100)
    return this.#seen.map(({present, member}) => ({
      name: `${this.#name}: ${member.userId}`,
      expected,
      present: presentIn(present),
    }))
  }

  ghosts(): GhostRecord {
    return this.#ghosts.record()
  }

  close(): void {
    this.#ghosts.close()
    for (const {close} of this.#seen) close()
  }

  #watch(member: Member): void {
    const options = {url: this.#url, getToken: () => member.token, sprintId: this.#sprintId}
    const seen = {member, present: undefined as Present | undefined, close() {}}
    const kept = keepPresence({
      ...options,
      onPresence: present => {
        seen.present = present
      },
    })
    const board = keepBoard({...options, transport: 'fetch', onPresence: kept.receive})
    seen.close = () => {
      kept.close()
      board.close()
    }
    this.#seen.push(seen)
  }

  async #visit(): Promise<void> {
    const {token} = this.#visitor
    while (!this.#isStopped) {
      const board = keepBoard({
        url: this.#url,
        getToken: () => token,
        transport: 'fetch',
        sprintId: this.#sprintId,
        onPresence() {},
      })
      await delay(this.#random.between(...visitMs))
      board.close()
      await delay(this.#random.between(...visitMs))
    }
  }
}

function presentIn(present: Present | undefined): string {
  return idsOf(present?.members.map(({user_id}) => user_id) ?? [])
}

function idsOf(ids: readonly string[]): string {
  return [...ids].sort().join(' ')
}
