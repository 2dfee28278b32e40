/**
 * A strict parser of event streams, written from section 9.2 of the HTML standard. The parser dispatches the events that
 * a browser dispatches. In addition, the parser keeps every block and reports what the standard does not allow.
 */

export interface Field {
  name: string
  value: string
}

/** The lines between two blank lines. */
export interface Block {
  fields: Field[]
  comments: string[]
  /** Whether a comment stands between two fields of the block. */
  hasInnerComment: boolean
  /** The text of the block without the blank line at its end. Each line ends with LF. */
  text: string
}

export interface ReceivedEvent {
  /** The last event id after this event. */
  id: string
  /** Whether the block of this event has an `id` field. */
  hasId: boolean
  type: string
  data: string
  block: Block
}

export class EventParser {
  readonly events: ReceivedEvent[] = []
  readonly blocks: Block[] = []
  /** Each sentence describes bytes that the standard does not allow, or bytes that a browser ignores. */
  readonly faults: string[] = []
  readonly lineEnds = new Set<'LF' | 'CR' | 'CRLF'>()
  /** The number of lines that are comments. */
  comments = 0
  /** The last valid reconnection time, in milliseconds. */
  retry: number | undefined
  /** The id that a browser sends as `Last-Event-ID` when it reconnects. */
  lastEventId = ''
  /** Whether a block with an id has arrived, even if the id is empty. */
  hasSetId = false
  hasBom = false
  #decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})
  #isStart = true
  #text = ''
  #skipsLf = false
  #block: Block = emptyBlock()
  #data: string[] = []
  #type = ''
  #idBuffer = ''

  push(bytes: Buffer): void {
    let text = this.#decode(bytes)
    if (this.#isStart && text !== '') {
      this.#isStart = false
      this.hasBom = text.startsWith('\uFEFF')
      if (this.hasBom) text = text.slice(1)
    }
    this.#text += text
    this.#readLines()
  }

  /** Whether bytes have arrived that do not belong to a complete block. */
  get hasIncompleteBlock(): boolean {
    return this.#text !== '' || this.#block.fields.length > 0
  }

  #decode(bytes: Buffer): string {
    try {
      return this.#decoder.decode(bytes, {stream: true})
    } catch {
      this.#addFault('The stream is not valid UTF-8.')
      this.#decoder = new TextDecoder('utf-8', {fatal: false, ignoreBOM: true})
      return this.#decoder.decode(bytes, {stream: true})
    }
  }

  #readLines(): void {
    const lineEnd = /[\r\n]/g
    let start = 0
    if (this.#skipsLf && this.#text !== '') {
      this.#skipsLf = false
      if (this.#text[0] === '\n') {
        this.lineEnds.add('CRLF')
        start = 1
      } else this.lineEnds.add('CR')
    }
    for (;;) {
      lineEnd.lastIndex = start
      const match = lineEnd.exec(this.#text)
      if (!match) break
      const line = this.#text.slice(start, match.index)
      start = match.index + 1
      if (match[0] === '\n') this.lineEnds.add('LF')
      else if (start === this.#text.length) this.#skipsLf = true
      else if (this.#text[start] === '\n') {
        this.lineEnds.add('CRLF')
        start++
      } else this.lineEnds.add('CR')
      this.#readLine(line)
    }
    this.#text = this.#text.slice(start)
  }

  #readLine(line: string): void {
    if (line === '') {
      this.#dispatch()
      return
    }
    this.#block.text += `${line}\n`
    if (line.startsWith(':')) {
      this.comments++
      this.#block.comments.push(line.slice(1))
      return
    }
    if (this.#block.comments.length > 0 && this.#block.fields.length > 0) this.#block.hasInnerComment = true
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    this.#block.fields.push({name, value})
    this.#processField(name, value)
  }

  #processField(name: string, value: string): void {
    if (name === 'data') this.#data.push(value)
    else if (name === 'event') this.#type = value
    else if (name === 'id') {
      if (value.includes('\0')) this.#addFault('An id contains NUL, so clients ignore the id.')
      else this.#idBuffer = value
    } else if (name === 'retry') {
      if (/^[0-9]+$/.test(value)) this.retry = Number(value)
      else this.#addFault(`A retry field has other characters than digits: ${JSON.stringify(value)}.`)
    } else
      this.#addFault(
        `The field ${JSON.stringify(name.slice(0, 40))} is unknown, so clients ignore the field.`,
      )
  }

  #dispatch(): void {
    const block = this.#block
    if (block.text !== '') this.blocks.push(block)
    this.lastEventId = this.#idBuffer
    if (block.fields.some(({name, value}) => name === 'id' && !value.includes('\0'))) this.hasSetId = true
    if (this.#data.length > 0) {
      this.events.push({
        id: this.lastEventId,
        hasId: block.fields.some(({name, value}) => name === 'id' && !value.includes('\0')),
        type: this.#type || 'message',
        data: this.#data.join('\n'),
        block,
      })
    }
    this.#block = emptyBlock()
    this.#data = []
    this.#type = ''
  }

  #addFault(fault: string): void {
    if (!this.faults.includes(fault)) this.faults.push(fault)
  }
}

function emptyBlock(): Block {
  return {fields: [], comments: [], hasInnerComment: false, text: ''}
}
