/**
 * A connection to Postgres that receives the notifications of other processes and sends the notifications of this
 * process.
 */
import pg from 'pg'
import {packEnvelopes, senderPrefix} from './payload.ts'

export const notifyChannel = 'boardcast'
const maxPayloadBytes = 7_999 // [spec] PostgreSQL, NOTIFY: a payload must be shorter than 8000 bytes
const connectTimeoutMs = 5_000
// Announcements wait while an earlier statement runs. `maxWaitingBytes` limits the total size of the waiting
// announcements. Further announcements are dropped, and receivers find the events in the log.
const maxWaitingBytes = 4 * 1024 * 1024

// The loss of a notification in a crash is acceptable, so the commit of this statement does not wait for the disk. The
// argument `true` limits `synchronous_commit = off` to this statement, because a transaction pooler can give the
// session to another client. The commits of that client must wait for the disk.
const notifyStatement = `select pg_notify($1, payload)
  from set_config('synchronous_commit', 'off', true), unnest($2::text[]) as payload`

export interface NotifyConnectionOptions {
  url: string
  /** The name of this process. Every payload from this process contains the name. */
  sender: string
  pingIntervalMs: number
  /**
   * When no notification arrives for this number of milliseconds, the connection is treated as lost. A ping is also a
   * notification.
   */
  maxSilenceMs: number
  /** Called once, after LISTEN has succeeded. */
  onReady: () => void
  /** Called with each payload that another process sent. */
  onPayload: (payload: string) => void
  /** Called once, when the connection could not be opened or was lost. Not called after `close`. */
  onLost: (error: Error) => void
}

export class NotifyConnection {
  readonly #options: NotifyConnectionOptions
  readonly #client: pg.Client
  #state: 'connecting' | 'listening' | 'ended' = 'connecting'
  #waiting: string[] = []
  #waitingBytes = 0
  #isSending = false
  #lastNotifiedAt = 0
  #pingTimer: NodeJS.Timeout | undefined

  constructor(options: NotifyConnectionOptions) {
    this.#options = options
    this.#client = new pg.Client({
      connectionString: options.url,
      application_name: 'boardcast bus',
      keepAlive: true,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: connectTimeoutMs, // a pooler may accept a connection although the pooler cannot reach Postgres
    })
    this.#client.on('error', error => this.#lose(error))
    this.#client.on('end', () => this.#lose(new Error('The connection was closed')))
    this.#client.on('notification', ({payload = ''}) => this.#receive(payload))
    this.#listen().catch(error => this.#lose(error))
  }

  /** The bytes of the announcements that wait for the next statement. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /**
   * Sends the announcement. The announcement is dropped when the connection does not listen, or when too many
   * announcements wait.
   */
  send(announcement: string): void {
    if (this.#state !== 'listening' || this.#waitingBytes + announcement.length > maxWaitingBytes) return
    this.#waitingBytes += announcement.length
    // When several changes are committed in one turn of the event loop, one statement sends all their announcements.
    if (this.#waiting.push(announcement) === 1 && !this.#isSending) setImmediate(() => this.#flush())
  }

  async close(): Promise<void> {
    if (this.#state === 'ended') return
    this.#end()
    await this.#client.end().catch(() => {}) // the connection may have been lost
  }

  async #listen(): Promise<void> {
    await this.#client.connect()
    await this.#client.query(`listen ${notifyChannel}`)
    if (this.#state !== 'connecting') return
    this.#state = 'listening'
    this.#lastNotifiedAt = performance.now()
    this.#pingTimer = setInterval(() => this.#ping(), this.#options.pingIntervalMs)
    this.#options.onReady()
  }

  /**
   * Notifies this process itself. When no notification arrives, there are two possible reasons: the connection is dead, or
   * LISTEN has no effect.
   */
  #ping(): void {
    if (performance.now() - this.#lastNotifiedAt > this.#options.maxSilenceMs) {
      this.#lose(new Error('No notifications arrive. LISTEN has no effect through a transaction pooler.'))
    } else this.send('')
  }

  #flush(): void {
    const announcements = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    if (announcements.length > 0)
      this.#notify(packEnvelopes(this.#options.sender, announcements, maxPayloadBytes))
  }

  #notify(payloads: string[]): void {
    if (this.#state !== 'listening') return
    this.#isSending = true
    this.#client
      .query({
        name: 'notify',
        text: notifyStatement,
        values: [notifyChannel, payloads],
      })
      .then(
        () => {
          this.#isSending = false
          this.#flush()
        },
        error => this.#lose(error),
      )
  }

  #receive(payload: string): void {
    this.#lastNotifiedAt = performance.now()
    if (!payload.startsWith(senderPrefix(this.#options.sender))) this.#options.onPayload(payload)
  }

  #lose(error: Error): void {
    if (this.#state === 'ended') return
    this.#end()
    this.#client.connection.stream.destroy()
    this.#options.onLost(error)
  }

  #end(): void {
    this.#state = 'ended'
    clearInterval(this.#pingTimer)
  }
}
