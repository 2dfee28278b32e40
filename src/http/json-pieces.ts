/** JSON responses that are encoded and sent in pieces, because a string of the whole response could be very long. */
import type {Socket} from 'node:net'
import {Readable} from 'node:stream'
import {setImmediate as nextTurn} from 'node:timers/promises'
import type {Context} from 'koa'

const bytesPerPiece = 64 * 1024 // one piece is encoded in less than a millisecond

/** Encoded JSON, possibly compressed. Several responses can send the same pieces. The pieces are then in memory only once. */
export class JsonPieces {
  readonly #pieces: readonly Buffer[]
  /** The number of bytes. */
  readonly length: number

  constructor(pieces: readonly Buffer[]) {
    this.#pieces = pieces
    this.length = pieces.reduce((sum, {length}) => sum + length, 0)
  }

  /** Divides the bytes into pieces. The pieces refer to the memory of the bytes. */
  static of(bytes: Buffer): JsonPieces {
    const count = Math.ceil(bytes.length / bytesPerPiece)
    const pieces = Array.from({length: count}, (_, index) =>
      bytes.subarray(index * bytesPerPiece, (index + 1) * bytesPerPiece),
    )
    return new JsonPieces(pieces)
  }

  /** The piece, if there is only one piece. */
  get only(): Buffer | undefined {
    return this.#pieces.length === 1 ? this.#pieces[0] : undefined
  }

  stream(): Readable {
    return Readable.from(this.#pieces)
  }
}

/** For each connection, the pieces of the response that the server is sending on this connection. */
const held = new WeakMap<Socket, JsonPieces>()
const holders = new WeakMap<JsonPieces, number>()

/** Sends the pieces as the body of the response. */
export function sendPieces(ctx: Context, pieces: JsonPieces): void {
  const {socket} = ctx.req
  ctx.type = 'application/json'
  ctx.body = pieces.only ?? pieces.stream()
  ctx.length = pieces.length
  if (pieces.only || ctx.res.closed) return
  ctx.res.setMaxListeners(20) // the pipeline of Koa and this server together add 11 listeners for the event `close`
  held.set(socket, pieces)
  addHolders(pieces, 1)
  ctx.res.once('close', () => {
    held.delete(socket)
    addHolders(pieces, -1)
  })
}

/**
 * Returns how many bytes of memory the pieces of the response on this connection use. If several responses send the
 * same pieces, the bytes are divided among the connections of these responses.
 */
export function heldBytesOf(connection: Socket): number {
  const pieces = held.get(connection)
  return pieces ? pieces.length / holders.get(pieces)! : 0
}

function addHolders(pieces: JsonPieces, count: 1 | -1): void {
  holders.set(pieces, (holders.get(pieces) ?? 0) + count)
}

/** Encodes the object over several turns of the event loop, so that a large object does not block the event loop. */
export async function encodeInPieces(value: object): Promise<JsonPieces> {
  const pieces: Buffer[] = []
  let text = ''
  for (const part of partsOf(value)) {
    text += part
    if (text.length < bytesPerPiece) continue
    pieces.push(Buffer.from(text))
    text = ''
    await nextTurn()
  }
  if (text) pieces.push(Buffer.from(text))
  return new JsonPieces(pieces)
}

/**
 * Returns the JSON in short parts. A list of objects is divided. An object that contains such a list is also divided.
 * Every other value is one part.
 */
function* partsOf(value: unknown): Generator<string> {
  if (isListOfObjects(value)) {
    yield '['
    for (const [index, item] of value.entries()) {
      if (index > 0) yield ','
      yield* partsOf(item)
    }
    yield ']'
  } else if (isObject(value) && Object.values(value).some(isListOfObjects)) {
    let separator = '{'
    for (const [name, property] of Object.entries(value)) {
      if (property === undefined) continue
      yield `${separator}${JSON.stringify(name)}:`
      yield* partsOf(property)
      separator = ','
    }
    yield '}'
  } else {
    yield JSON.stringify(value) ?? 'null' // JSON.stringify also writes null for an undefined item of a list
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isListOfObjects(value: unknown): value is object[] {
  return Array.isArray(value) && isObject(value[0])
}
