/**
 * The presence of one board, as a state machine without timers and messages. A member is present while at least one
 * process has a stream of the member. The presence is the union of what all processes have.
 *
 *             first stream opens         last stream ends          grace passes
 *   absent ───────────────────► present ───────────────► leaving ───────────────► absent
 *                                  ▲                        │
 *                                  └───── stream opens ─────┘
 *
 * The process that had the last stream decides about the grace. What other processes have is valid for the time of a
 * lease. Each process measures leases with its own clock, because the clocks of machines differ.
 */
import type {PresenceChange, PresentMember, Presence as Shown} from '../board/apply-presence.ts'
import {maxOpenTasks, maxPresentMembers} from '../board/presence.ts'
import type {PresenceItem} from '../board/presence-message.ts'
import type {LiveLimits} from './limits.ts'
import {PresenceDigest} from './presence-digest.ts'

export interface PresenceRoomOptions {
  limits: Pick<LiveLimits, 'presenceGraceMs' | 'presenceLeaseMs' | 'openTaskLeaseMs'>
  /** Returns the time of a clock that never goes back, in milliseconds. */
  now: () => number
}

/** What this process has of a member. */
interface LocalMember {
  name: string
  streams: number
  /** The end of the grace. Infinity while the member has streams, and -Infinity when the member is absent. */
  presentUntil: number
  /** Whether the access was withdrawn, so that the member leaves without grace. */
  mustLeave: boolean
  /** The tabs that show a task. The key is the id of the tab. The tab of the latest request is the last entry. */
  tabs: Map<string, {taskId: string; until: number}>
}

/** What another process has of a member. `name` is null when the other process has only open tasks of the member. */
interface Lease {
  name: string | null
  taskIds: readonly string[]
  until: number
}

export class PresenceRoom {
  readonly #options: PresenceRoomOptions
  readonly #local = new Map<string, LocalMember>()
  /** The keys are the id of the member and the name of the process. */
  readonly #remote = new Map<string, Map<string, Lease>>()
  readonly #shown = new Map<string, PresentMember>()
  /** The present members who are not shown, because too many members are present. */
  readonly #hidden = new Set<string>()
  /** The members whose shown entries have changed since the last change, and whether they were shown before. */
  readonly #touched = new Map<string, boolean>()
  #announcedMore = 0
  /** The members of this process whose items must be sent to the other processes. */
  readonly #unsent = new Set<string>()
  /** The keys are the ids of the member and of the tab, so that repeated reports need no more memory. */
  readonly #unsentTabs = new Map<string, PresenceItem>()
  #mustQuery = false
  #mustSendDigest = false
  /** The items `has` that were sent to the other processes. */
  readonly #sent = new PresenceDigest()
  /** The items `has` that were received from each other process, as far as their leases have not ended. */
  readonly #received = new Map<string, PresenceDigest>()
  #dueAt = Number.POSITIVE_INFINITY

  constructor(options: PresenceRoomOptions) {
    this.#options = options
  }

  /** Whether this process has no member and no open task. */
  get isVacant(): boolean {
    return this.#local.size === 0
  }

  /** The number of present members, including those who are not shown. */
  get memberCount(): number {
    return this.#shown.size + this.#hidden.size
  }

  /** Whether the presence differs from the presence after the last change. */
  get isChanged(): boolean {
    return this.#touched.size > 0 || this.#hidden.size !== this.#announcedMore
  }

  /** The time at which `expire` must be called. Infinity when nothing ends. */
  get dueAt(): number {
    return this.#dueAt
  }

  /** A stream of the member has opened in this process. */
  join({id, name}: {id: string; name: string}): void {
    const known = this.#local.get(id)
    const isUnchanged = known?.name === name && known.streams > 0
    const member = this.#localMember(id, name)
    member.name = name
    member.streams++
    member.presentUntil = Number.POSITIVE_INFINITY
    member.mustLeave = false
    if (!isUnchanged) this.#localChanged(id)
  }

  /** A stream of the member has ended in this process. When the access was withdrawn, there is no grace. */
  leave(id: string, isWithdrawn: boolean): void {
    const member = this.#local.get(id)
    if (!member || --member.streams > 0) return
    if (isWithdrawn || member.mustLeave) {
      this.#local.delete(id)
      this.#localChanged(id)
    } else {
      member.presentUntil = this.#until(this.#options.limits.presenceGraceMs)
    }
  }

  /** The access of the member was withdrawn. The member leaves as soon as the member has no stream. */
  withdraw(id: string): void {
    const member = this.#local.get(id)
    if (!member) return
    member.mustLeave = true
    if (member.streams > 0) return
    this.#local.delete(id)
    this.#localChanged(id)
  }

  /** The tab of the member shows the task, or no task. */
  showTask({id, name}: {id: string; name: string}, clientId: string, taskId: string | null): void {
    this.#unsentTabs.set(tabKey(id, clientId), ['tab', id, clientId])
    const member = this.#local.get(id) ?? (taskId && this.#localMember(id, name))
    if (!member) return
    member.tabs.delete(clientId)
    if (taskId) {
      member.tabs.set(clientId, {taskId, until: this.#until(this.#options.limits.openTaskLeaseMs)})
      for (const oldest of [...member.tabs.keys()].slice(0, -maxOpenTasks)) member.tabs.delete(oldest)
    }
    this.#dropAbsent(id, member)
    this.#localChanged(id)
  }

  /** Gives the member another name, in the entries of all processes. */
  rename({id, name}: {id: string; name: string}): void {
    const member = this.#local.get(id)
    if (member) member.name = name
    for (const lease of this.#remote.get(id)?.values() ?? []) if (lease.name !== null) lease.name = name
    if (member) this.#localChanged(id)
    else this.#refresh(id)
  }

  /** Receives an item of another process. */
  receive(sender: string, item: PresenceItem): void {
    switch (item[0]) {
      case 'has':
        this.#receivedFrom(sender).set(item[1], item)
        this.#grant(sender, item[1], {
          name: item[2],
          taskIds: item[3],
          until: this.#until(this.#options.limits.presenceLeaseMs),
        })
        break
      case 'left':
        this.#revoke(sender, item[1])
        break
      case 'tab': {
        const member = this.#local.get(item[1])
        if (!member?.tabs.delete(item[2])) break
        this.#dropAbsent(item[1], member)
        this.#localChanged(item[1])
        break
      }
      case 'digest':
        if (item[1] === this.#received.get(sender)?.value) this.#extend(sender)
        else this.#mustQuery = true
        break
      case 'query':
        for (const id of this.#local.keys()) this.#unsent.add(id)
    }
  }

  /** Asks the other processes to send all their items. */
  query(): void {
    this.#mustQuery = true
  }

  /** Sends the digest of this process, which extends the leases of its members in the other processes. */
  renew(): void {
    this.#mustSendDigest = this.#local.size > 0
  }

  /**
   * Returns at most `most` items that must be sent to the other processes. After the items have been sent, call
   * `markSent`. The digest follows when all other items have been sent, because it contains them.
   */
  nextItems(most: number): PresenceItem[] {
    const items: PresenceItem[] = this.#mustQuery ? [['query']] : []
    for (const item of this.#unsentTabs.values()) {
      if (items.length >= most) break
      items.push(item)
    }
    for (const id of this.#unsent) {
      if (items.length >= most) break
      items.push(this.#itemOf(id))
    }
    if (items.length === 0 && this.#mustSendDigest) items.push(['digest', this.#sent.value])
    return items
  }

  /** Must be called in the same turn of the event loop as `nextItems`. */
  markSent(items: readonly PresenceItem[]): void {
    for (const item of items) {
      switch (item[0]) {
        case 'has':
          this.#sent.set(item[1], item)
          this.#unsent.delete(item[1])
          break
        case 'left':
          this.#sent.delete(item[1])
          this.#unsent.delete(item[1])
          break
        case 'tab':
          this.#unsentTabs.delete(tabKey(item[1], item[2]))
          break
        case 'digest':
          this.#mustSendDigest = false
          break
        case 'query':
          this.#mustQuery = false
      }
    }
  }

  /** Ends graces and leases. Call this method at `dueAt`. */
  expire(): void {
    const now = this.#options.now()
    let dueAt = Number.POSITIVE_INFINITY
    const isOver = (until: number) => {
      if (until <= now) return true
      dueAt = Math.min(dueAt, until)
      return false
    }
    for (const [id, member] of this.#local) {
      const before = this.#itemOf(id)
      for (const [clientId, {until}] of member.tabs) if (isOver(until)) member.tabs.delete(clientId)
      if (Number.isFinite(member.presentUntil) && isOver(member.presentUntil))
        member.presentUntil = Number.NEGATIVE_INFINITY
      this.#dropAbsent(id, member)
      if (!isSameItem(before, this.#itemOf(id))) this.#localChanged(id)
    }
    for (const [id, leases] of this.#remote)
      for (const [sender, {until}] of leases) if (isOver(until)) this.#revoke(sender, id)
    this.#dueAt = dueAt
  }

  /** The presence now, with the changes that have not been taken yet. */
  get state(): Shown {
    const members = [...this.#shown.values()].sort((one, other) => (one.user_id < other.user_id ? -1 : 1))
    return {members, more: this.#hidden.size}
  }

  /**
   * Returns the changes since the last call. The changes lead from each state since the last call to the state now,
   * so they may repeat what such a state contains already.
   */
  takeChange(): PresenceChange {
    const joined: PresentMember[] = []
    const updated: PresentMember[] = []
    const left: string[] = []
    for (const [id, wasShown] of this.#touched) {
      const entry = this.#shown.get(id)
      if (!entry) left.push(id)
      else (wasShown ? updated : joined).push(entry)
    }
    this.forgetChanges()
    return {joined, left, updated, more: this.#hidden.size}
  }

  /** Drops the changes. Call this method when no stream has a state of this room. */
  forgetChanges(): void {
    this.#touched.clear()
    this.#announcedMore = this.#hidden.size
  }

  #localMember(id: string, name: string): LocalMember {
    const known = this.#local.get(id)
    if (known) return known
    const member = {
      name,
      streams: 0,
      presentUntil: Number.NEGATIVE_INFINITY,
      mustLeave: false,
      tabs: new Map(),
    }
    this.#local.set(id, member)
    return member
  }

  #until(durationMs: number): number {
    const until = this.#options.now() + durationMs
    this.#dueAt = Math.min(this.#dueAt, until)
    return until
  }

  #dropAbsent(id: string, {presentUntil, tabs}: LocalMember): void {
    if (presentUntil === Number.NEGATIVE_INFINITY && tabs.size === 0) this.#local.delete(id)
  }

  #grant(sender: string, id: string, lease: Lease): void {
    const leases = this.#remote.get(id)
    if (leases) leases.set(sender, lease)
    else this.#remote.set(id, new Map([[sender, lease]]))
    this.#refresh(id)
  }

  /** Extends all leases that the sender has granted. */
  #extend(sender: string): void {
    const until = this.#until(this.#options.limits.presenceLeaseMs)
    for (const leases of this.#remote.values()) {
      const lease = leases.get(sender)
      if (lease) lease.until = until
    }
  }

  #receivedFrom(sender: string): PresenceDigest {
    const known = this.#received.get(sender)
    if (known) return known
    const digest = new PresenceDigest()
    this.#received.set(sender, digest)
    return digest
  }

  #revoke(sender: string, id: string): void {
    const leases = this.#remote.get(id)
    if (!leases?.delete(sender)) return
    const received = this.#received.get(sender)
    received?.delete(id)
    if (received?.value === 0) this.#received.delete(sender)
    if (leases.size === 0) this.#remote.delete(id)
    this.#refresh(id)
  }

  #localChanged(id: string): void {
    this.#unsent.add(id)
    this.#refresh(id)
  }

  #itemOf(id: string): PresenceItem {
    const member = this.#local.get(id)
    if (!member) return ['left', id]
    return ['has', id, nameOf(member), tasksOf(member.tabs.values())]
  }

  /** Updates the shown entry of the member. */
  #refresh(id: string): void {
    const entry = this.#entryOf(id)
    const shown = this.#shown.get(id)
    if (!entry) {
      this.#hidden.delete(id)
      if (!shown) return
      this.#touch(id, true)
      this.#shown.delete(id)
      const [next] = this.#hidden
      if (next !== undefined) this.#refresh(next)
    } else if (shown ? !isSame(shown, entry) : this.#shown.size < maxPresentMembers) {
      this.#touch(id, shown !== undefined)
      this.#hidden.delete(id)
      this.#shown.set(id, entry)
    } else if (!shown) {
      this.#hidden.add(id)
    }
  }

  #touch(id: string, isShown: boolean): void {
    if (!this.#touched.has(id)) this.#touched.set(id, isShown)
  }

  #entryOf(id: string): PresentMember | undefined {
    const member = this.#local.get(id)
    const leases = [...(this.#remote.get(id)?.values() ?? [])]
    const name = (member && nameOf(member)) ?? leases.find(lease => lease.name !== null)?.name
    if (name === undefined || name === null) return undefined
    const tasks = new Set(leases.flatMap(({taskIds}) => taskIds))
    for (const {taskId} of member?.tabs.values() ?? []) tasks.add(taskId)
    return {user_id: id, name, task_ids: [...tasks].sort().slice(0, maxOpenTasks)}
  }
}

function tabKey(userId: string, clientId: string): string {
  return `${userId} ${clientId}`
}

/** The name of a present member, or null when the member is absent. */
function nameOf({name, presentUntil}: LocalMember): string | null {
  return presentUntil === Number.NEGATIVE_INFINITY ? null : name
}

function tasksOf(tabs: Iterable<{taskId: string}>): string[] {
  return [...new Set([...tabs].map(({taskId}) => taskId))].sort()
}

function isSame(one: PresentMember, other: PresentMember): boolean {
  return one.name === other.name && one.task_ids.join() === other.task_ids.join()
}

function isSameItem(one: PresenceItem, other: PresenceItem): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
