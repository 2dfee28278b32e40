/** Limits how many files are in memory. */
import type {ServerResponse} from 'node:http'
import type {Context} from 'koa'
import {Problem} from '../board/problem.ts'
import {limitAtOnce} from './at-once.ts'

// Imports pause most of the time, and wait for the database. `maxBytes` limits their memory.
const filesAtOnce = 8

// A proxy often closes a connection that is silent for a minute.
const maxWaitMs = 30_000

// The other import of the organization may have almost ended.
const retryAfterOwnSeconds = 10
const retryAfterOthersSeconds = 60

type Response = Pick<ServerResponse, 'closed'> & {once(event: 'close', listener: () => void): unknown}

export class FileTurns {
  readonly #maxBytes: number
  readonly #maxWaitMs: number
  readonly #inTurn = limitAtOnce(filesAtOnce)
  /** The organizations whose file is being read or waits. */
  readonly #organizations = new Set<string>()
  #bytes = 0

  /**
   * @param maxBytes the maximum size of all files that are being read or wait, in bytes
   * @param waitMs how long a file waits at most, in milliseconds. Default 30,000.
   */
  constructor(maxBytes: number, waitMs = maxWaitMs) {
    this.#maxBytes = maxBytes
    this.#maxWaitMs = waitMs
  }

  /**
   * Runs the work with a file of this size. At most eight files are read at once, and the others wait. When a file waits
   * too long, when another file of the organization is being read or waits, or when the files together would exceed the
   * maximum, throws Problem 'overloaded'. When the client of a waiting file disconnects, throws Problem
   * 'invalid-request'.
   */
  async run<T>(organizationId: string, bytes: number, res: Response, work: () => Promise<T>): Promise<T> {
    this.requireFree(organizationId)
    if (this.#bytes + bytes > this.#maxBytes) throw tooManyFiles()
    this.#bytes += bytes
    this.#organizations.add(organizationId)
    try {
      return await this.#runInTurn(res, work)
    } finally {
      this.#bytes -= bytes
      this.#organizations.delete(organizationId)
    }
  }

  /** Throws Problem 'overloaded' when a file of the organization is being read or waits. */
  requireFree(organizationId: string): void {
    if (!this.#organizations.has(organizationId)) return
    // The work can take many minutes. Without this limit, one organization could make all others wait.
    const detail = 'Another import of your organization is running. Try again when it has ended.'
    throw new Problem('overloaded', detail, {retry_after_seconds: retryAfterOwnSeconds})
  }

  /** A client that disconnects does not stop work that has started. */
  async #runInTurn<T>(res: Response, work: () => Promise<T>): Promise<T> {
    const waiting = new AbortController()
    const onClose = () => waiting.abort(new Problem('invalid-request', 'The client closed the connection.'))
    if (res.closed) onClose()
    res.once('close', onClose)
    const timer = setTimeout(() => waiting.abort(tooManyFiles()), this.#maxWaitMs)
    try {
      return await this.#inTurn(work, waiting.signal)
    } finally {
      clearTimeout(timer)
    }
  }
}

function tooManyFiles(): Problem {
  const detail = 'The server is importing other files. Try again in a minute.'
  return new Problem('overloaded', detail, {retry_after_seconds: retryAfterOthersSeconds})
}

/** Throws Problem 'unsupported-media-type' when the body is compressed or has another type. */
export function requireFileType(ctx: Context, types: readonly string[]): void {
  if (!types.includes(ctx.request.type.toLowerCase())) {
    throw new Problem('unsupported-media-type', `Send the file with Content-Type: ${types.join(' or ')}.`)
  }
  const encoding = ctx.get('Content-Encoding').toLowerCase() || 'identity'
  if (encoding === 'identity') return
  throw new Problem('unsupported-media-type', 'Content-Encoding must be omitted.')
}
