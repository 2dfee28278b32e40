/**
 * The bus over Redis. Each organization has a channel. A process subscribes to this channel while the process has
 * streams of the organization.
 */
import type {Logger} from 'pino'
import {recordedTraceparent} from '../tracing/spans.ts'
import type {Bus, BusListener} from './bus.ts'
import {
  encodeAnnouncement,
  encodePresence,
  maxBytesBeforePresence,
  newSender,
  packEnvelopes,
} from './payload.ts'
import {receiveEnvelope} from './receive.ts'
import {connectRedis, createRedisClient} from './redis-client.ts'

export const maxAnnouncementBytes = 64 * 1024 // a longer announcement is sent without its records

export interface RedisBusOptions {
  /** `redis://` or `rediss://`. */
  url: string
  listener: BusListener
  log: Logger
}

/** Connects in the background. Reconnects when a connection is lost. */
export async function startRedisBus({url, listener, log}: RedisBusOptions): Promise<Bus> {
  const sender = newSender()
  let waitingBytes = 0 // Redis has not confirmed these bytes yet
  // While Redis is unreachable, announcements are dropped. The other processes still find the events in the log,
  // because each process polls the log.
  const publisher = await createRedisClient(url)
  const subscriber = publisher.duplicate({disableOfflineQueue: false})
  const closeAll = [publisher, subscriber].map(client =>
    connectRedis(client, err =>
      log.warn({err}, 'the bus has no connection to Redis; events of other processes may arrive 2 s late'),
    ),
  )
  // Announcements may have been lost while there was no connection. When node-redis reports `ready`, the
  // subscriber has already subscribed to all channels again, so announcements arrive from now on.
  subscriber.on('ready', () => listener.onGap())

  return {
    announce(organizationId, appended) {
      const announcement = {organizationId, appended, trace: recordedTraceparent()}
      publish(organizationId, [encodeAnnouncement(announcement, maxAnnouncementBytes)])
    },
    announcePresence(message) {
      if (waitingBytes > maxBytesBeforePresence) return false
      publish(message.organizationId, encodePresence(message, maxAnnouncementBytes))
      return true
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
      for (const closeClient of closeAll) closeClient()
    },
  }

  function publish(organizationId: string, announcements: readonly string[]): void {
    if (!publisher.isReady) return
    for (const envelope of packEnvelopes(sender, announcements, maxAnnouncementBytes)) {
      waitingBytes += envelope.length
      publisher
        .publish(channelOf(organizationId), envelope)
        .catch(() => {}) // if the connection is lost, the announcement is lost too
        .finally(() => {
          waitingBytes -= envelope.length
        })
    }
  }

  function receive(payload: string): void {
    receiveEnvelope(payload, sender, listener, log)
  }
}

export function channelOf(organizationId: string): string {
  return `boardcast:${organizationId}`
}
