/**
 * A link carries all TCP connections between two parts of the system, for example between a server and Postgres. A
 * fault changes the state of the link.
 */

import {once} from 'node:events'
import {connect, createServer, type Server, type Socket} from 'node:net'
import {findFreePort} from '../../../conformance/adapters/ports.ts'
import type {SplitMessages} from './messages.ts'
import {NotificationFilter} from './notification-filter.ts'
import type {Random} from './random.ts'

/**
 * - `open`: all bytes pass.
 * - `refuse`: new connections are reset. Open connections are not affected.
 * - `stall`: bytes wait until the link is open again.
 * - `delay`: each byte arrives late.
 * - `swallow`: bytes are acknowledged and then lost. A connection that has lost bytes stays silent, even after the
 *   link is open again.
 */
export type LinkState = 'open' | 'refuse' | 'stall' | 'delay' | 'swallow'

// A silent connection is closed after this time, so that the number of silent connections does not grow. The time is
// longer than all time limits of the server and of the client.
export const silentLifetimeMs = 60_000

export interface LinkOptions {
  /** Returns the port on loopback to which the link connects. This port is the far side of the link. */
  port: () => number
  /** Splits the bytes from the far side into messages. Needed only for links that carry notifications. */
  split?: SplitMessages
  random: Random
}

export class Link {
  readonly #options: LinkOptions
  readonly #connections = new Set<Connection>()
  readonly notifications: NotificationFilter
  state: LinkState = 'open'
  delayMs = 0

  constructor(options: LinkOptions) {
    this.#options = options
    this.notifications = new NotificationFilter(options.random)
  }

  /** Connects `near` with the far side. `first` contains the bytes that were already read from `near`. */
  accept(near: Socket, first?: Buffer): void {
    if (this.state === 'refuse') {
      near.on('error', () => {})
      reset(near)
      return
    }
    const far = connect(this.#options.port(), '127.0.0.1')
    const connection = new Connection(this, near, far, this.#options.split)
    this.#connections.add(connection)
    connection.onClosed = () => this.#connections.delete(connection)
    if (first) connection.toFar.take(first)
  }

  set(state: LinkState, delayMs = 0): void {
    this.state = state
    this.delayMs = delayMs
    for (const connection of this.#connections) connection.update()
  }

  /** Ends all faults of the link. Connections that lost bytes stay silent. */
  heal(): void {
    this.notifications.set('none')
    this.set('open')
  }

  /** Resets all connections. */
  cut(): void {
    for (const connection of this.#connections) connection.reset()
  }

  /**
   * Chooses a direction for each connection. When the next bytes pass in this direction, the link passes only the first
   * part of the bytes and ends the connection.
   */
  truncate(): void {
    const {random} = this.#options
    for (const {toFar, toNear} of this.#connections) {
      const direction = random.chance(0.7) ? toNear : toFar
      direction.truncateNext(random.next(), random.chance(0.5))
    }
  }

  close(): void {
    for (const connection of this.#connections) connection.destroy()
  }
}

class Connection {
  readonly toFar: Direction
  readonly toNear: Direction
  readonly #link: Link
  readonly #near: Socket
  readonly #far: Socket
  onClosed = () => {}
  #isSilent = false
  /**
   * The sockets that closed while the link did not pass bytes. When one socket of the connection has closed in this
   * way, the other socket stays open until the link is open again.
   */
  readonly #closed = new Set<Socket>()

  constructor(link: Link, near: Socket, far: Socket, split: SplitMessages | undefined) {
    this.#link = link
    this.#near = near
    this.#far = far
    const edit = split && link.notifications.editor(split, bytes => this.toNear.write(bytes))
    this.toFar = new Direction(link, this, near, far)
    this.toNear = new Direction(link, this, far, near, edit)
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', hadError => this.#onClose(socket, hadError))
    }
    this.update()
  }

  get isSilent(): boolean {
    return this.#isSilent
  }

  /** Lets no more bytes pass, and closes the connection after a minute. Called when the link swallows bytes. */
  silence(): void {
    if (this.#isSilent) return
    this.#isSilent = true
    setTimeout(() => this.destroy(), silentLifetimeMs).unref()
  }

  update(): void {
    const {state} = this.#link
    this.toFar.update()
    this.toNear.update()
    if (state === 'open') for (const socket of this.#closed) this.#passOnClose(socket, false)
  }

  reset(): void {
    reset(this.#near)
    reset(this.#far)
  }

  destroy(): void {
    this.#near.destroy()
    this.#far.destroy()
  }

  #onClose(socket: Socket, hadError: boolean): void {
    if (this.#near.closed && this.#far.closed) this.onClosed()
    const {state} = this.#link
    if (this.#isSilent || state === 'stall' || state === 'swallow') this.#closed.add(socket)
    else this.#passOnClose(socket, hadError)
  }

  #passOnClose(socket: Socket, hadError: boolean): void {
    if (this.#isSilent) return
    const direction = socket === this.#far ? this.toNear : this.toFar
    direction.end(hadError)
  }
}

class Direction {
  readonly #link: Link
  readonly #connection: Connection
  readonly #from: Socket
  readonly #to: Socket
  readonly #edit: ((bytes: Buffer) => Buffer) | undefined
  readonly #late: {bytes: Buffer | 'end'; dueAt: number}[] = []
  #timer: NodeJS.Timeout | undefined
  #truncation: {share: number; resets: boolean} | undefined
  #isTruncated = false

  constructor(
    link: Link,
    connection: Connection,
    from: Socket,
    to: Socket,
    edit?: (bytes: Buffer) => Buffer,
  ) {
    this.#link = link
    this.#connection = connection
    this.#from = from
    this.#to = to
    this.#edit = edit
    from.on('data', bytes => this.take(bytes))
    to.on('drain', () => this.update())
  }

  take(bytes: Buffer): void {
    if (this.#link.state === 'swallow') this.#connection.silence()
    if (this.#connection.isSilent || this.#isTruncated) return
    const edited = this.#edit ? this.#edit(bytes) : bytes
    if (edited.length > 0) this.write(edited)
  }

  write(bytes: Buffer): void {
    if (this.#truncation && bytes.length > 1) this.#truncate(bytes)
    else if (this.#link.state === 'delay' || this.#late.length > 0) this.#delay(bytes)
    else this.#send(bytes)
  }

  /** Ends the receiving socket after all delayed bytes have been sent. */
  end(hadError: boolean): void {
    if (this.#isTruncated) return
    if (this.#late.length > 0) this.#delay('end')
    else if (hadError) reset(this.#to)
    else this.#to.end()
  }

  truncateNext(share: number, resets: boolean): void {
    this.#truncation = {share, resets}
  }

  update(): void {
    if (this.#link.state === 'stall') this.#from.pause()
    else this.#from.resume()
  }

  #send(bytes: Buffer): void {
    if (this.#to.destroyed || this.#to.writableEnded) return
    if (!this.#to.write(bytes)) this.#from.pause()
  }

  #delay(bytes: Buffer | 'end'): void {
    this.#late.push({bytes, dueAt: performance.now() + this.#link.delayMs})
    this.#timer ??= setTimeout(() => this.#sendLate(), this.#link.delayMs)
  }

  #sendLate(): void {
    this.#timer = undefined
    while (this.#late.length > 0 && this.#late[0]!.dueAt <= performance.now() + 1) {
      const {bytes} = this.#late.shift()!
      if (bytes === 'end') this.#to.end()
      else if (!this.#connection.isSilent) this.#send(bytes)
    }
    const next = this.#late[0]
    if (next) this.#timer = setTimeout(() => this.#sendLate(), next.dueAt - performance.now())
  }

  #truncate(bytes: Buffer): void {
    const {share, resets} = this.#truncation!
    this.#isTruncated = true
    this.#send(bytes.subarray(0, Math.floor(share * bytes.length)))
    // A reset discards the bytes that wait in the socket. The delay gives the first part of the bytes time to arrive.
    if (resets) setTimeout(() => this.#connection.reset(), 20)
    else {
      this.#to.end()
      this.#from.destroy()
    }
  }
}

/**
 * Resets the connection. When the socket has already ended, `reset` only destroys the socket. If such a socket were
 * reset, Node would never close the handle of the socket, and the process could not exit.
 */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

/** A port on loopback that passes each connection to a link. */
export class Door {
  readonly port: number
  readonly #server: Server

  private constructor(server: Server, port: number) {
    this.#server = server
    this.port = port
  }

  static async open(onConnection: (socket: Socket) => void): Promise<Door> {
    const server = createServer(onConnection)
    const port = await findFreePort()
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return new Door(server, port)
  }

  /** Makes the operating system refuse new connections (ECONNREFUSED). Open connections are not affected. */
  lock(): void {
    this.#server.close()
  }

  /** Accepts connections again, at the same port. */
  async unlock(): Promise<void> {
    if (this.#server.listening) return
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
  }
}
