/** Compresses responses in the thread pool, so that the event loop is not blocked. */
import {type BrotliOptions, constants, createBrotliCompress, createGzip} from 'node:zlib'
import type {Coding} from './content-coding.ts'
import {JsonPieces} from './json-pieces.ts'

export interface CompressorOptions {
  /**
   * The maximum number of responses that are compressed at the same time. Default 2. The thread pool has four threads,
   * and the verification of tokens needs them too.
   */
  maxRunning?: number
  /**
   * The maximum number of bytes of all responses that are being compressed or wait for this. Above this maximum, a
   * response is not compressed. Default 32 MiB.
   */
  maxBytes?: number
}

export class Compressor {
  readonly #maxRunning: number
  readonly #maxBytes: number
  #running = 0
  #bytes = 0
  readonly #waiting: (() => void)[] = []
  readonly #results = new WeakMap<JsonPieces, Partial<Record<Coding, Promise<JsonPieces>>>>()

  constructor({maxRunning = 2, maxBytes = 32 * 1024 * 1024}: CompressorOptions = {}) {
    this.#maxRunning = maxRunning
    this.#maxBytes = maxBytes
  }

  /**
   * Returns the compressed pieces. Responses that share pieces also share the compressed pieces. Returns undefined when
   * too many bytes wait.
   *
   * The whole body is compressed before the first byte is sent. If the body were compressed while it is sent, each slow
   * client would need its own encoder, with up to a megabyte of memory.
   */
  compress(pieces: JsonPieces, coding: Coding): Promise<JsonPieces> | undefined {
    const results = this.#results.get(pieces) ?? {}
    if (results[coding]) return results[coding]
    if (this.#bytes + pieces.length > this.#maxBytes) return undefined
    results[coding] = this.#compressInTurn(pieces, coding)
    this.#results.set(pieces, results)
    return results[coding]
  }

  async #compressInTurn(pieces: JsonPieces, coding: Coding): Promise<JsonPieces> {
    this.#bytes += pieces.length
    if (this.#running < this.#maxRunning) this.#running++
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    try {
      return await compressPieces(pieces, coding)
    } finally {
      this.#bytes -= pieces.length
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}

// With a higher quality, brotli needs more CPU time than the server needs to read and encode a board.
const brotliQuality = 4
const brotliWindowBits = 19 // 512 KiB; with a larger window, an encoder needs more memory
const gzipLevel = 4

async function compressPieces(pieces: JsonPieces, coding: Coding): Promise<JsonPieces> {
  const encoder =
    coding === 'br' ? createBrotliCompress(brotliOptions(pieces)) : createGzip({level: gzipLevel})
  const compressed: Buffer[] = []
  for await (const chunk of pieces.stream().pipe(encoder)) compressed.push(chunk)
  return JsonPieces.of(Buffer.concat(compressed))
}

function brotliOptions({length}: JsonPieces): BrotliOptions {
  return {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
      [constants.BROTLI_PARAM_LGWIN]: brotliWindowBits,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: length,
    },
  }
}
