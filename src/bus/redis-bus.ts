/**
 * The bus over Redis. Each organization has a channel. A process subscribes to this channel while the process has
 * streams of the organization.
 */
import type {Logger} from 'pino'
import {createClient} from 'redis'
import type {Bus, BusListener} from './bus.ts'
import {encodeAnnouncement, newSender, packEnvelopes} from './payload.ts'
import {receiveEnvelope} from './receive.ts'
import {retryDelayMs} from './retry-delay.ts'

const maxAnnouncementBytes = 64 * 1024 // a longer announcement is sent without its records
const pingIntervalMs = 2_000
const maxSilenceMs = 6_000 // when the connection is silent for this time, node-redis replaces the connection

export interface RedisBusOptions {
  /** `redis://` or `rediss://`. */
  url: string
  listener: BusListener
  log: Logger
}

/** Connects in the background. Reconnects when a connection is lost. */
export function startRedisBus({url, listener, log}: RedisBusOptions): Bus {
  const sender = newSender()
  const publisher = createClient({
    url,
    pingInterval: pingIntervalMs,
    disableOfflineQueue: true, // while Redis is unreachable, other processes find the events when they poll the log
    socket: {reconnectStrategy: retryDelayMs, socketTimeout: maxSilenceMs},
  })
  const subscriber = publisher.duplicate({disableOfflineQueue: false})
  const clients = [publisher, subscriber]
  let isClosed = false
  for (const client of clients) {
    client.on('error', err =>
      log.warn({err}, 'the bus has no connection to Redis; events of other processes may arrive 2 s late'),
    )
    // A call of `destroy` during a connection attempt does not end the attempt. If the bus was closed during the
    // attempt, the new connection is therefore destroyed here.
    client.on('connect', () => {
      if (isClosed) client.destroy()
    })
    client.connect().catch(() => {}) // `connect` rejects only when the bus is closed
  }
  // Announcements may have been lost while there was no connection. When node-redis reports `ready`, it has already
  // subscribed to all channels again, so later announcements arrive.
  subscriber.on('ready', () => listener.onGap())

  return {
    announce(organizationId, appended) {
      if (!publisher.isReady) return
      const announcement = encodeAnnouncement({organizationId, appended}, maxAnnouncementBytes)
      const [envelope] = packEnvelopes(sender, [announcement], maxAnnouncementBytes)
      // If the connection is lost, the announcement is lost too.
      publisher.publish(channelOf(organizationId), envelope!).catch(() => {})
    },
    subscribe(organizationId) {
      subscriber.subscribe(channelOf(organizationId), receive).then(
        () => listener.onGap(organizationId),
        () => {}, // the connection was lost; when the next connection is ready, `onGap` is called
      )
    },
    unsubscribe(organizationId) {
      subscriber.unsubscribe(channelOf(organizationId), receive).catch(() => {})
    },
    async close() {
      isClosed = true
      for (const client of clients) client.destroy()
    },
  }

  function receive(payload: string): void {
    receiveEnvelope(payload, sender, listener, log)
  }
}

function channelOf(organizationId: string): string {
  return `boardcast:${organizationId}`
}
