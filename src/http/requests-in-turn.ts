/**
 * Handles the requests of each connection one after another. A client may send further requests before it has received
 * the response to the first request. If the server handled these requests at the same time, the server would hold many
 * unread responses for one connection.
 */
import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http'
import type {Socket} from 'node:net'

// Each waiting request needs about 5 KB of memory. Node parses all requests of a chunk of up to 64 KiB at once, so Node
// cannot stop a client before all these requests are waiting.
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
   * @param isLast returns whether the response to the request ends the connection. In this case, later requests of the
   * connection are never handled. The client may have sent these requests before it received the response.
   * @param onIdle called when a connection stays open and none of its requests is in progress
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

  /** Handles the request when its turn comes. Closes the connection when too many of its requests wait. */
  receive(req: IncomingMessage, res: ServerResponse): void {
    const {socket} = req
    const turn = this.#turns.get(socket)
    if (!turn) this.#start(req, res, [])
    else if (turn.waiting.length >= maxWaitingRequests) socket.destroy()
    else {
      // Node keeps a request until its connection ends, even if the request is never handled. So these requests count too.
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
    // of the connection. Node has then ended its side of the connection.
    const next = isLast || !connection.writable ? undefined : waiting.shift()
    if (next) {
      this.#start(...next, waiting)
      return
    }
    this.#turns.delete(connection)
    if (connection.writable) this.#onIdle(connection)
  }
}
