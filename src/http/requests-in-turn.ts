/**
 * Handles the requests of each connection one after another. A client may send further requests before it has received
 * the response to the first one. If the server handled them at the same time, it would hold many unread responses for one
 * connection.
 */
import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http'
import type {Socket} from 'node:net'

// Each waiting request needs about 5 KB of memory. Node parses all requests of a chunk of up to 64 KiB at once, so it
// cannot stop a client in time.
const maxWaitingRequests = 16

export class RequestsInTurn {
  readonly #handle: RequestListener
  readonly #isLast: (req: IncomingMessage) => boolean
  /** For each connection with a request in progress, the requests that wait. */
  readonly #waiting = new WeakMap<Socket, [IncomingMessage, ServerResponse][]>()
  /** The connections that end with the response to the request in progress. */
  readonly #ending = new WeakSet<Socket>()

  /**
   * @param isLast returns whether the response to the request ends the connection. Later requests of this connection are
   * ignored. The client may have sent them before it received the response.
   */
  constructor(handle: RequestListener, isLast: (req: IncomingMessage) => boolean) {
    this.#handle = handle
    this.#isLast = isLast
  }

  /** Whether a request of the connection is in progress. */
  isHandling(connection: Socket): boolean {
    return this.#waiting.has(connection)
  }

  /** Handles the request when its turn comes. Closes the connection when too many of its requests wait. */
  receive(req: IncomingMessage, res: ServerResponse): void {
    const {socket} = req
    const waiting = this.#waiting.get(socket)
    if (this.#ending.has(socket)) {
      socket.pause()
      return
    }
    if (!waiting) {
      this.#waiting.set(socket, [])
      this.#start(req, res)
    } else if (waiting.length < maxWaitingRequests) waiting.push([req, res])
    else socket.destroy()
  }

  #start(req: IncomingMessage, res: ServerResponse): void {
    if (this.#isLast(req)) this.#ending.add(req.socket)
    res.once('close', () => this.#startNext(req.socket))
    this.#handle(req, res)
  }

  #startNext(connection: Socket): void {
    const next = connection.destroyed ? undefined : this.#waiting.get(connection)!.shift()
    if (next) this.#start(...next)
    else this.#waiting.delete(connection)
  }
}
