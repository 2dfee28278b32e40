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
import {retryDelayMs} from './retry-delay.ts'

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
  const wanted = new Set<string>() // the organizations whose announcements were requested
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
      wanted.add(organizationId)
      subscribe(organizationId)
    },
    unsubscribe(organizationId) {
      wanted.delete(organizationId)
      subscriber.unsubscribe(channelOf(organizationId), receive).catch(() => {})
    },
    async close() {
      wanted.clear()
      for (const closeClient of closeAll) closeClient()
    },
  }

  function subscribe(organizationId: string, failedAttempts = 0): void {
    if (!wanted.has(organizationId)) return
    subscriber.subscribe(channelOf(organizationId), receive).then(
      () => listener.onGap(organizationId),
      // When the connection is lost before Redis has confirmed a subscription, node-redis forgets the subscription.
      err => {
        log.warn({err}, 'could not subscribe to the announcements of an organization; trying again')
        const again = () => subscribe(organizationId, failedAttempts + 1)
        setTimeout(again, retryDelayMs(failedAttempts)).unref()
      },
    )
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
