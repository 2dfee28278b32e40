/**
 * The bus over LISTEN and NOTIFY of Postgres. After a change has been committed, a separate connection sends the
 * announcement. If the transaction of each change contained a NOTIFY, the commits of all organizations would wait for
 * each other, because the commit of a NOTIFY locks the whole Postgres cluster.
 */
import type {Logger} from 'pino'
import type {PresenceMessage} from '../board/presence-message.ts'
import type {Appended} from '../store/event-log.ts'
import {recordedTraceparent} from '../tracing/spans.ts'
import type {Bus, BusListener} from './bus.ts'
import {NotifyConnection} from './notify-connection.ts'
import {encodeAnnouncement, encodePresence, maxBytesBeforePresence, newSender} from './payload.ts'
import {receiveEnvelope} from './receive.ts'
import {retryDelayMs} from './retry-delay.ts'

// [spec] PostgreSQL, NOTIFY: a payload must be shorter than 8000 bytes. A payload is an envelope that
// contains announcements. The remaining bytes of the payload are for the other parts of the envelope.
export const maxAnnouncementBytes = 7_900

export interface PostgresBusOptions {
  /** The URL of the database. A connection through a transaction pooler receives no notifications. */
  url: string
  listener: BusListener
  log: Logger
  /** Milliseconds between two pings of a connection. Default 2,000. */
  pingIntervalMs?: number
  /**
   * When no notification arrives for this number of milliseconds, the connection is replaced. A ping is also a
   * notification. Default 6,000.
   */
  maxSilenceMs?: number
}

/** Connects in the background. Reconnects when the connection is lost. */
export function startPostgresBus(options: PostgresBusOptions): Bus {
  return new PostgresBus(options)
}

class PostgresBus implements Bus {
  readonly #options: PostgresBusOptions
  readonly #sender = newSender()
  #connection: NotifyConnection
  #failedAttempts = 0
  #retryTimer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: PostgresBusOptions) {
    this.#options = options
    this.#connection = this.#connect()
  }

  announce(organizationId: string, appended: Appended): void {
    const announcement = {organizationId, appended, trace: recordedTraceparent()}
    this.#connection.send(encodeAnnouncement(announcement, maxAnnouncementBytes))
  }

  announcePresence(message: PresenceMessage): boolean {
    if (this.#connection.waitingBytes > maxBytesBeforePresence) return false
    for (const line of encodePresence(message, maxAnnouncementBytes)) this.#connection.send(line)
    return true
  }

  // All organizations share one channel. With one channel for each organization, notifications would be slow, because
  // Postgres compares each notification with every channel of a listener.
  subscribe(): void {}
  unsubscribe(): void {}

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#retryTimer)
    await this.#connection.close()
  }

  #connect(): NotifyConnection {
    const {url, listener, log, pingIntervalMs = 2_000, maxSilenceMs = 6_000} = this.#options
    return new NotifyConnection({
      url,
      sender: this.#sender,
      pingIntervalMs,
      maxSilenceMs,
      onReady: () => {
        this.#failedAttempts = 0
        listener.onGap()
      },
      onPayload: payload => receiveEnvelope(payload, this.#sender, listener, log),
      onLost: error => this.#reconnect(error),
    })
  }

  #reconnect(err: Error): void {
    if (this.#isClosed) return
    this.#options.log.warn(
      {err},
      'the bus lost its connection; events of other processes may arrive 2 s late',
    )
    this.#retryTimer = setTimeout(
      () => {
        this.#connection = this.#connect()
      },
      retryDelayMs(this.#failedAttempts++),
    )
  }
}
