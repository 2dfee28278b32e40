/** Members of a fault run who keep a board with `keepBoard`, and compare it with the checkpoints of the server. */
import {setTimeout as delay} from 'node:timers/promises'
import type {Board} from '../../../src/board/board.ts'
import {type KeptBoard, keepBoard} from '../../../src/client/client.ts'
import {requireSameBoard} from '../../helpers/same-board.ts'
import type {BoardRecord, RequestRecord} from './checker.ts'
import type {Random} from './random.ts'
import {Requester} from './requester.ts'
import type {Subscription} from './subscribers.ts'
import type {Member, Organization} from './world.ts'

const boardPauseMs = [500, 3_000] as const
const compareTimeoutMs = 30_000

/** The title of a story that the run has written into a kept board. */
const corruptTitle = 'Corrupted by the fault run'

/**
 * Uses `keepBoard` of `@boardcast/client` to keep a board, and changes tasks on this board as a member. The run can
 * corrupt the board. The comparison with the next checkpoint must find this corruption, and no other divergence.
 */
export class BoardKeeper {
  readonly records: RequestRecord[] = []
  readonly #name: string
  readonly #url: string
  readonly #sprintId: string
  readonly #organization: Organization
  readonly #member: Member
  readonly #random: Random
  readonly #board: KeptBoard
  readonly #divergences: string[] = []
  #comparisons = 0
  #corruptions = 0
  #healed = 0
  /** The seq up to which a comparison may still find the last corruption. */
  #soundFrom = 0
  /** `found` after a comparison has found the corruption, until a comparison shows that the board is right again. */
  #corruption: 'none' | 'hidden' | 'found' = 'none'
  #isStopped = false
  #running: Promise<void> | undefined

  constructor({name, url, organization, member, selection}: Subscription, random: Random) {
    this.#name = name
    this.#url = url
    this.#sprintId = selection.sprint_id![0]!
    this.#organization = organization
    this.#member = member
    this.#random = random
    this.#board = keepBoard({
      url,
      getToken: () => member.token,
      transport: 'fetch',
      sprintId: this.#sprintId,
      onVerified: () => {
        this.#comparisons++
        // An event may have replaced the corrupt story before a checkpoint arrived.
        if (this.#corruption === 'none' || this.#hasCorruptStory()) return
        this.#corruption = 'none'
        this.#soundFrom = seqOf(this.#board.cursor!)
      },
      onDivergence: divergence => {
        this.#comparisons++
        // Until the fetched board has arrived, further checkpoints find the same corruption.
        if (this.#corruption === 'hidden') this.#healed++
        if (this.#corruption !== 'none') this.#corruption = 'found'
        // Digests are computed in other threads, so an earlier comparison may end after a later one.
        else if (seqOf(divergence.cursor) > this.#soundFrom)
          this.#divergences.push(JSON.stringify(divergence))
      },
    })
  }

  get reached(): string | undefined {
    return this.#board.cursor
  }

  /** Whether a comparison after the last corruption has shown that the board is right. */
  get isSound(): boolean {
    return this.#corruption === 'none'
  }

  get isLive(): boolean {
    return this.#board.isConnected
  }

  /** Makes changes until `stopChanges` is called. */
  start(): void {
    this.#running = this.#run()
  }

  /** Changes a story of the kept board without an event. Does nothing while the board is not live or has no stories. */
  corrupt(): void {
    const stories = this.#board.board?.stories ?? []
    if (!this.isLive || stories.length === 0 || this.#corruption !== 'none') return
    this.#random.pick(stories).title = corruptTitle
    this.#corruption = 'hidden'
    this.#corruptions++
  }

  #hasCorruptStory(): boolean {
    return this.#board.board?.stories.some(({title}) => title === corruptTitle) === true
  }

  async stopChanges(): Promise<void> {
    this.#isStopped = true
    await this.#running
  }

  /** Compares the kept board with a new board from the server. Waits up to half a minute until the boards are equal. */
  async compare(): Promise<BoardRecord> {
    const requester = new Requester(this.#url, this.#member.token)
    let difference: string | undefined
    for (let waited = 0; waited < compareTimeoutMs; waited += 200) {
      const answer = await requester.send('GET', `/sprints/${this.#sprintId}/board`)
      difference = answer ? differenceOf(this.#board.board, answer.body) : 'no response'
      if (!difference) break
      await delay(200)
    }
    requester.close()
    return {
      name: this.#name,
      difference,
      comparisons: this.#comparisons,
      divergences: this.#divergences,
      corruptions: this.#corruptions,
      healed: this.#healed,
    }
  }

  close(): void {
    this.#board.close()
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      await delay(this.#random.between(...boardPauseMs))
      const tasks = this.#board.board?.stories.flatMap(story => story.tasks) ?? []
      if (tasks.length > 0) await this.#change(this.#random.pick(tasks))
    }
  }

  async #change({id, owner_user_id, status}: Board['stories'][number]['tasks'][number]): Promise<void> {
    const isOwn = owner_user_id === this.#member.userId && (status === 'owned' || status === 'in_progress')
    const record: RequestRecord = {
      name: `${this.#name}: change of ${id}`,
      organizationId: this.#organization.id,
      userId: this.#member.userId,
      // When a request fails, the client does not show whether the request has reached the server.
      outcome: 'unclear',
      expects: [{types: ['ownership_taken', 'ownership_released', 'status_changed'], task_id: id}],
    }
    this.records.push(record)
    const change = isOwn
      ? this.#random.chance(0.5)
        ? this.#board.release(id)
        : this.#board.setStatus(id, status === 'owned' ? 'in_progress' : 'completed')
      : this.#board.take(id)
    await change.catch(error => {
      if (error.data?.status < 500) record.outcome = 'rejected'
    })
  }
}

function differenceOf(kept: Board | undefined, fresh: unknown): string | undefined {
  try {
    requireSameBoard(kept, fresh)
    return undefined
  } catch (error) {
    return (error as Error).message.slice(0, 500)
  }
}

function seqOf(cursor: string): number {
  return Number(cursor.slice(cursor.lastIndexOf('-') + 1))
}
