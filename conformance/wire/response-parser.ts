/**
 * A strict parser of HTTP/1 responses, written from RFC 9110 and RFC 9112. A browser accepts much of what this parser
 * reports as a fault.
 */

export interface Head {
  version: string
  status: number
  /** The header fields in the order of the response. The names are in lower case. */
  fields: [name: string, value: string][]
}

/** The first value of the header field. */
export function fieldOf(head: Head, name: string): string | undefined {
  return fieldsOf(head, name)[0]
}

export function fieldsOf(head: Head, name: string): string[] {
  return head.fields.filter(([other]) => other === name).map(([, value]) => value)
}

/** The comma-separated members of all header fields with this name, in lower case. */
export function membersOf(head: Head, name: string): string[] {
  return fieldsOf(head, name)
    .flatMap(value => value.split(','))
    .map(member => member.trim().toLowerCase())
    .filter(member => member !== '')
}

/** How the end of a body is found. */
export type BodyFraming = 'none' | 'length' | 'chunked' | 'close'

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// A field value consists of visible characters, spaces, tabs and obs-text. The head is decoded as latin1.
const invalidInValue = /[^\t\x20-\x7e\x80-\xff]/

export class ResponseParser {
  head: Head | undefined
  framing: BodyFraming | undefined
  /** Each sentence describes a violation of RFC 9112. */
  readonly faults: string[] = []
  /** Whether the whole body has arrived. */
  isComplete = false
  /** The bytes that arrived after the end of the body. */
  rest = Buffer.alloc(0)
  readonly #method: string
  readonly #onBody: (bytes: Buffer) => void
  #buffer = Buffer.alloc(0)
  #left = 0
  #chunkState: 'size' | 'data' | 'data end' | 'trailers' = 'size'

  /** @param method the method of the request, because a response to HEAD has no body */
  constructor(method: string, onBody: (bytes: Buffer) => void) {
    this.#method = method
    this.#onBody = onBody
  }

  push(bytes: Buffer): void {
    if (this.isComplete) {
      this.rest = Buffer.concat([this.rest, bytes])
      return
    }
    this.#buffer = this.#buffer.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#buffer, bytes])
    if (!this.head) this.#readHead()
    if (this.head) this.#readBody()
  }

  /** Call this method when the server has closed the connection. */
  end(): void {
    if (this.framing === 'close') this.isComplete = true
    else if (!this.isComplete && this.head)
      this.faults.push('The connection ended before the end of the body.')
  }

  #readHead(): void {
    const end = this.#buffer.indexOf('\r\n\r\n')
    if (end < 0) {
      if (this.#buffer.indexOf('\n\n') >= 0) this.#addFault('A line of the head ends with a bare LF.')
      return
    }
    const lines = this.#buffer.subarray(0, end).toString('latin1').split('\r\n')
    this.#buffer = this.#buffer.subarray(end + 4)
    const [, version, status] = /^(HTTP\/1\.[01]) (\d{3}) [\t\x20-\x7e\x80-\xff]*$/.exec(lines[0]!) ?? []
    if (!status) this.#addFault(`The status line is invalid: ${JSON.stringify(lines[0])}.`)
    const fields = lines.slice(1).map(line => this.#readField(line))
    const head: Head = {version: version ?? 'HTTP/1.1', status: Number(status ?? 0), fields}
    // [spec] RFC 9110, section 15.2: a client must be able to parse 1xx responses before the final response.
    if (head.status >= 100 && head.status < 200) {
      this.#readHead()
      return
    }
    this.head = head
    this.framing = this.#findFraming(head)
    if (this.framing === 'none') this.isComplete = true
  }

  #readField(line: string): [string, string] {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0))
    const value = line.slice(colon + 1).trim()
    if (/^[ \t]/.test(line)) this.#addFault('A header field is continued on the next line (obs-fold).')
    else if (!token.test(name)) this.#addFault(`The header line ${JSON.stringify(line)} has an invalid name.`)
    if (invalidInValue.test(value)) this.#addFault(`The header field ${name} has invalid characters.`)
    return [name.toLowerCase(), value]
  }

  /** [spec] RFC 9112, section 6.3 */
  #findFraming(head: Head): BodyFraming {
    if (this.#method === 'HEAD' || head.status === 204 || head.status === 304) return 'none'
    const codings = membersOf(head, 'transfer-encoding')
    if (codings.length > 0) {
      if (codings.at(-1) !== 'chunked') return 'close'
      if (head.version === 'HTTP/1.0') this.#addFault('A response of HTTP/1.0 has Transfer-Encoding.')
      return 'chunked'
    }
    const lengths = [...new Set(fieldsOf(head, 'content-length'))]
    if (lengths.length === 0) return 'close'
    if (lengths.length > 1 || !/^\d+$/.test(lengths[0]!)) this.#addFault('Content-Length is invalid.')
    this.#left = Number(lengths[0])
    return this.#left === 0 ? 'none' : 'length'
  }

  #readBody(): void {
    if (this.framing === 'close') this.#take(this.#buffer.length)
    else if (this.framing === 'length') {
      this.#left -= this.#take(Math.min(this.#left, this.#buffer.length))
      if (this.#left === 0) this.#complete()
    } else if (this.framing === 'chunked') {
      while (!this.isComplete && this.#readChunk());
    }
    if (this.isComplete && this.#buffer.length > 0) {
      this.rest = Buffer.concat([this.rest, this.#buffer])
      this.#buffer = Buffer.alloc(0)
    }
  }

  /** Reads the next part of a chunked body. Returns false when more bytes are needed. */
  #readChunk(): boolean {
    if (this.#chunkState === 'data') {
      if (this.#buffer.length === 0) return false
      this.#left -= this.#take(Math.min(this.#left, this.#buffer.length))
      if (this.#left === 0) this.#chunkState = 'data end'
      return true
    }
    if (this.#chunkState === 'data end') {
      if (this.#buffer.length < 2) return false
      if (this.#buffer.toString('latin1', 0, 2) !== '\r\n') this.#addFault('A chunk does not end with CRLF.')
      this.#buffer = this.#buffer.subarray(2)
      this.#chunkState = 'size'
      return true
    }
    const end = this.#buffer.indexOf('\r\n')
    if (end < 0) return false
    const line = this.#buffer.toString('latin1', 0, end)
    this.#buffer = this.#buffer.subarray(end + 2)
    if (this.#chunkState === 'trailers') {
      if (line === '') this.#complete()
      return true
    }
    const [, size] = /^([0-9A-Fa-f]+)(?:[ \t]*;.*)?$/.exec(line) ?? []
    if (size === undefined) {
      this.#addFault(`The size line of a chunk is invalid: ${JSON.stringify(line.slice(0, 40))}.`)
      this.#complete()
      return true
    }
    this.#left = Number.parseInt(size, 16)
    this.#chunkState = this.#left === 0 ? 'trailers' : 'data'
    return true
  }

  #complete(): void {
    this.isComplete = true
  }

  #take(length: number): number {
    if (length > 0) this.#onBody(this.#buffer.subarray(0, length))
    this.#buffer = this.#buffer.subarray(length)
    return length
  }

  #addFault(fault: string): void {
    if (!this.faults.includes(fault)) this.faults.push(fault)
  }
}
