/** Reads a stream from a raw socket, and checks every byte of the stream. */
import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import {setTimeout as delay} from 'node:timers/promises'
import {parseCursor} from '../../../src/board/cursor.ts'
import {RawResponse} from '../../helpers/raw-response.ts'
import type {Transcript} from './transcript.ts'

/** An event of the log. */
export interface Frame {
  id: string
  data: any
}

const waitMs = 150_000

export class StreamWatch {
  readonly frames: Frame[] = []
  /** What is wrong with the bytes. */
  readonly findings: string[] = []
  /** Called with the text of each block. */
  onBlock: (block: string) => void = () => {}
  readonly #socket: Socket
  readonly #transcript: Transcript
  readonly #response = new RawResponse()
  #rest = ''
  #position = -1

  private constructor(socket: Socket, transcript: Transcript) {
    this.#socket = socket
    this.#transcript = transcript
    socket.setEncoding('latin1')
    socket.on('data', chunk => this.#read(String(chunk)))
    socket.on('error', () => {})
  }

  /** Opens a stream with the given query. Resolves when the stream is ready. */
  static async open(
    port: number,
    token: string,
    query: string,
    transcript: Transcript,
  ): Promise<StreamWatch> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const watch = new StreamWatch(socket, transcript)
    socket.write(
      `GET /api/v1/events${query} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    )
    await watch.#until(() => watch.#position >= 0)
    return watch
  }

  /** Resolves when the stream has reached the cursor. */
  async reach(cursor: string): Promise<void> {
    const {seq} = parseCursor(cursor)!
    await this.#until(() => this.#position >= seq)
  }

  close(): void {
    this.#socket.destroy()
  }

  async #until(condition: () => boolean): Promise<void> {
    const latest = Date.now() + waitMs
    while (!condition()) {
      if (Date.now() > latest || this.#socket.destroyed) throw new Error('The stream ended or has stalled')
      await delay(20)
    }
  }

  #read(chunk: string): void {
    this.#rest += this.#response.read(chunk)
    const blocks = this.#rest.split('\n\n')
    this.#rest = blocks.pop()!
    for (const block of blocks) this.#check(block)
  }

  #check(block: string): void {
    this.#transcript.search('a stream', block)
    this.onBlock(block)
    const frame = parseFrame(block)
    if (frame === undefined) {
      this.findings.push(`The stream contains a malformed block: ${JSON.stringify(block.slice(0, 200))}`)
      return
    }
    if (!frame.id) return
    const {seq} = parseCursor(frame.id)!
    const isEvent = !frame.data.type.startsWith('stream.')
    if (isEvent && seq <= this.#position) this.findings.push(`The stream repeats the id ${frame.id}`)
    this.#position = Math.max(this.#position, seq)
    if (isEvent) this.frames.push({id: frame.id, data: frame.data})
  }
}

const framePattern = /^(?:retry:\d+\n)?(?:id:([a-z2-7]{13}-\d+)\n)?event:([a-z._]+)\ndata:([\x20-\x7e]+)$/

/**
 * Returns the id and the data of a block. Returns undefined when the block is malformed. A valid block contains only
 * ASCII, one type, one line of data, at most one `retry:` line and at most one id.
 */
export function parseFrame(block: string): {id?: string; data?: any} | undefined {
  const [, id, event, data] = framePattern.exec(block) ?? []
  if (data === undefined) return undefined
  try {
    const parsed = JSON.parse(data)
    return parsed.type === event ? {...(id && {id}), data: parsed} : undefined
  } catch {
    return undefined
  }
}
