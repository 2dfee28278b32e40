/** Limits how many files are in memory. */
import type {Context} from 'koa'
import {Problem} from '../board/problem.ts'
import {limitAtOnce} from './at-once.ts'

// Reading a file takes up to 768 MB of memory.
const filesAtOnce = 2

export class FileTurns {
  readonly #maxBytes: number
  readonly #inTurn = limitAtOnce(filesAtOnce)
  /** The organizations whose file is being read or waits. */
  readonly #organizations = new Set<string>()
  #bytes = 0

  /** @param maxBytes the maximum size of all files that are being read or wait, in bytes */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * Runs the work with a file of this size. At most two files are read at once, and the others wait. When another file of the
   * organization is being read or waits, or when the files together would exceed the maximum, throws Problem
   * 'overloaded'.
   */
  async run<T>(organizationId: string, bytes: number, work: () => Promise<T>): Promise<T> {
    // The work can take many minutes. Without this limit, one organization could make all others wait.
    if (this.#organizations.has(organizationId)) {
      throw new Problem(
        'overloaded',
        'Another import of your organization is running. Try again when it has ended.',
      )
    }
    if (this.#bytes + bytes > this.#maxBytes) {
      throw new Problem('overloaded', 'The server is importing several files at the moment. Try again.')
    }
    this.#bytes += bytes
    this.#organizations.add(organizationId)
    try {
      return await this.#inTurn(work)
    } finally {
      this.#bytes -= bytes
      this.#organizations.delete(organizationId)
    }
  }
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
