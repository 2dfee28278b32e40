/** Reads one HTTP response from a raw socket: the head, and the body without its chunk framing. */

const headEnd = '\r\n\r\n'
const lineEnd = '\r\n'

export class RawResponse {
  /** The status line and the headers as text. Empty until the whole head has arrived. */
  head = ''
  /** Whether the last chunk has arrived. Stays false when the connection breaks, and when the body has no chunks. */
  isComplete = false
  #rest = ''
  #isChunked = false

  /** Adds received bytes. Returns the new part of the body. Throws an error when the chunks are malformed. */
  read(text: string): string {
    this.#rest += text
    if (!this.head) {
      const end = this.#rest.indexOf(headEnd)
      if (end === -1) return ''
      this.head = this.#rest.slice(0, end)
      this.#rest = this.#rest.slice(end + headEnd.length)
      this.#isChunked = /^transfer-encoding: chunked$/im.test(this.head)
    }
    return this.#isChunked ? this.#readChunks() : this.#take(this.#rest.length)
  }

  #readChunks(): string {
    let body = ''
    for (;;) {
      const sizeEnd = this.#rest.indexOf(lineEnd)
      if (sizeEnd === -1) return body
      const digits = this.#rest.slice(0, sizeEnd)
      if (this.isComplete || !/^[\da-f]+$/i.test(digits)) throw new Error(`Malformed chunk: ${digits}`)
      const size = Number.parseInt(digits, 16)
      const start = sizeEnd + lineEnd.length
      if (this.#rest.length < start + size + lineEnd.length) return body
      this.#take(start)
      body += this.#take(size)
      if (this.#take(lineEnd.length) !== lineEnd) throw new Error('Malformed chunk: the size is wrong')
      this.isComplete = size === 0
    }
  }

  #take(length: number): string {
    const taken = this.#rest.slice(0, length)
    this.#rest = this.#rest.slice(length)
    return taken
  }
}
