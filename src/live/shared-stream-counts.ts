/**
 * Lets the workers of a server share one count of open streams. The primary process counts the streams of all workers.
 * A worker sends requests to the primary process over a channel that delivers messages in order.
 */
import type {StreamCounts, StreamOwner, StreamPermits} from './stream-counts.ts'

/** The requests that a worker makes in one turn of its event loop. */
export interface CountsRequest {
  /** The owners of the streams that clients want to open. */
  acquire: StreamOwner[]
  /** The owners of streams that have ended. */
  release: StreamOwner[]
}

/** The response to a request that has streams in `acquire`. */
export interface CountsResponse {
  /** One value for each stream of `acquire`, in the same order: whether the stream may open. */
  acquired: boolean[]
}

export interface SharedStreamCountsOptions {
  /** Sends the request to the primary process. Must not throw. */
  send: (request: CountsRequest) => void
  /** Milliseconds after which `acquire` rejects if the primary process has not responded. Default 3,000. */
  responseTimeoutMs?: number
}

interface WaitingStream {
  owner: StreamOwner
  resolve: (isAcquired: boolean) => void
  reject: (error: Error) => void
}

/** The streams of one request. */
interface Batch {
  streams: WaitingStream[]
  timer: NodeJS.Timeout
  /** Whether the response is late. In this case, the promises of the streams were rejected. */
  isAbandoned: boolean
}

/** Used in a worker. Asks the primary process whether streams may open. */
export class SharedStreamCounts implements StreamPermits {
  readonly #send: (request: CountsRequest) => void
  readonly #responseTimeoutMs: number
  /** The streams that the next message requests. The message is sent at the end of this turn of the event loop. */
  #waiting: WaitingStream[] = []
  #released: StreamOwner[] = []
  #isScheduled = false
  #isClosed = false
  /** The batches that have no response yet, oldest first. The responses arrive in this order. */
  readonly #sent: Batch[] = []

  constructor({send, responseTimeoutMs = 3_000}: SharedStreamCountsOptions) {
    this.#send = send
    this.#responseTimeoutMs = responseTimeoutMs
  }

  acquire({organizationId, userId}: StreamOwner): Promise<boolean> {
    if (this.#isClosed) return Promise.reject(primaryEnded())
    return new Promise((resolve, reject) => {
      this.#waiting.push({owner: {organizationId, userId}, resolve, reject})
      this.#schedule()
    })
  }

  release({organizationId, userId}: StreamOwner): void {
    if (this.#isClosed) return
    this.#released.push({organizationId, userId})
    this.#schedule()
  }

  /** Must be called with each response of the primary process. */
  receive({acquired}: CountsResponse): void {
    const batch = this.#sent.shift()
    if (!batch) return
    clearTimeout(batch.timer)
    for (const [index, {owner, resolve}] of batch.streams.entries()) {
      const isAcquired = acquired[index] === true
      // The stream of an abandoned request was refused, but the primary process has counted the stream. The worker must
      // therefore release the stream.
      if (batch.isAbandoned && isAcquired) this.release(owner)
      else resolve(isAcquired)
    }
  }

  /** Rejects all waiting calls and all later calls of `acquire`. Must be called when the primary process has ended. */
  close(): void {
    this.#isClosed = true
    const sent = this.#sent.splice(0)
    for (const {timer} of sent) clearTimeout(timer)
    const streams = [...sent.flatMap(batch => batch.streams), ...this.#waiting]
    for (const {reject} of streams) reject(primaryEnded())
    this.#waiting = []
    this.#released = []
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#isScheduled = false
    const [streams, release] = [this.#waiting, this.#released]
    if (streams.length === 0 && release.length === 0) return
    this.#waiting = []
    this.#released = []
    if (streams.length > 0) this.#await(streams)
    this.#send({acquire: streams.map(({owner}) => owner), release})
  }

  #await(streams: WaitingStream[]): void {
    const timer = setTimeout(() => {
      batch.isAbandoned = true
      for (const {reject} of streams) reject(new Error('The primary process did not respond in time.'))
    }, this.#responseTimeoutMs)
    const batch: Batch = {streams, timer, isAbandoned: false}
    this.#sent.push(batch)
  }
}

function primaryEnded(): Error {
  return new Error('The primary process has ended.')
}

/** Used in the primary process. Records the open streams of one worker. */
export class WorkerStreams {
  readonly #counts: StreamCounts
  /** The number of open streams of each owner, by the ids of the owner. */
  readonly #open = new Map<string, {owner: StreamOwner; streams: number}>()

  constructor(counts: StreamCounts) {
    this.#counts = counts
  }

  /** Returns the response, or undefined if the request needs no response. */
  handle({acquire, release}: CountsRequest): CountsResponse | undefined {
    for (const owner of release) this.#release(owner)
    if (acquire.length === 0) return undefined
    return {acquired: acquire.map(owner => this.#acquire(owner))}
  }

  /** Releases all streams of the worker. Must be called when the worker has ended. */
  releaseAll(): void {
    for (const {owner, streams} of this.#open.values()) {
      for (let count = 0; count < streams; count++) this.#counts.release(owner)
    }
    this.#open.clear()
  }

  #acquire(owner: StreamOwner): boolean {
    if (!this.#counts.acquire(owner)) return false
    const known = this.#open.get(keyOf(owner))
    if (known) known.streams++
    else this.#open.set(keyOf(owner), {owner, streams: 1})
    return true
  }

  #release(owner: StreamOwner): void {
    const known = this.#open.get(keyOf(owner))
    if (!known) return
    this.#counts.release(owner)
    if (--known.streams === 0) this.#open.delete(keyOf(owner))
  }
}

function keyOf({organizationId, userId}: StreamOwner): string {
  return `${organizationId} ${userId}`
}
