/**
 * Handles the requests of each connection one after another. A client may send further requests before it has received
 * the response to the first request. If the server handled these requests at the same time, many unread responses of
 * one connection would be in memory.
 */
import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http'
import type {Socket} from 'node:net'

// Each waiting request needs about 5 KB of memory. Node reads a chunk of up to 64 KiB, and parses all requests of the
// chunk at once. So if the server pauses a connection, all requests of the last chunk are already waiting.
const maxWaitingRequests = 16

interface Turn {
  /** The request in progress. */
  current: IncomingMessage
  /** Whether the response to the request in progress ends the connection. */
  isLast: boolean
  waiting: [IncomingMessage, ServerResponse][]
}

export class RequestsInTurn {
  readonly #handle: RequestListener
  readonly #isLast: (req: IncomingMessage) => boolean
  readonly #onIdle: (connection: Socket) => void
  /** The connections with a request in progress. */
  readonly #turns = new WeakMap<Socket, Turn>()

  /**
   * @param isLast returns whether the response to the request ends the connection. After a response that ends the
   * connection, no further request of the connection is handled. The client may have sent further requests before the
   * client received this response.
   * @param onIdle is called when a connection has no request in progress and stays open
   */
  constructor(
    handle: RequestListener,
    isLast: (req: IncomingMessage) => boolean,
    onIdle: (connection: Socket) => void,
  ) {
    this.#handle = handle
    this.#isLast = isLast
    this.#onIdle = onIdle
  }

  /** Whether a request of the connection is in progress. */
  isHandling(connection: Socket): boolean {
    return this.#turns.has(connection)
  }

  /** Whether the response to the request in progress ends the connection. */
  isHandlingLast(connection: Socket): boolean {
    return this.#turns.get(connection)?.isLast === true
  }

  /** Whether the server has received a whole request, and the response to this request is not complete. */
  owesResponse(connection: Socket): boolean {
    return this.#turns.get(connection)?.current.complete === true
  }

  /**
   * Handles the request when all earlier requests of the connection have been handled. Closes the connection when too
   * many requests of the connection wait.
   */
  receive(req: IncomingMessage, res: ServerResponse): void {
    const {socket} = req
    const turn = this.#turns.get(socket)
    if (!turn) this.#start(req, res, [])
    else if (turn.waiting.length >= maxWaitingRequests) socket.destroy()
    else {
      // Node stores a request until its connection ends, even if the request is never handled. So
      // `maxWaitingRequests` also limits the requests that will never be handled.
      turn.waiting.push([req, res])
      if (turn.isLast) socket.pause()
    }
  }

  #start(current: IncomingMessage, res: ServerResponse, waiting: Turn['waiting']): void {
    this.#turns.set(current.socket, {current, isLast: this.#isLast(current), waiting})
    res.once('close', () => this.#startNext(current.socket))
    this.#handle(current, res)
  }

  #startNext(connection: Socket): void {
    const {isLast, waiting} = this.#turns.get(connection)!
    // [spec] RFC 9112, section 9.6: after a response with `Connection: close`, the server must not handle further requests
    // of the connection. After such a response, Node has ended its side of the connection.
    const next = isLast || !connection.writable ? undefined : waiting.shift()
    if (next) {
      this.#start(...next, waiting)
      return
    }
    this.#turns.delete(connection)
    if (connection.writable) this.#onIdle(connection)
  }
}
