/** Announces the records of a command, such as `boardcast api-key revoke`, to the servers. */
import {setTimeout as delay} from 'node:timers/promises'
import {sql} from 'kysely'
import type {Database} from '../store/connection.ts'
import type {Appended} from '../store/event-log.ts'
import {notifyChannel} from './notify-connection.ts'
import {encodeAnnouncement, newSender, packEnvelopes} from './payload.ts'
import {maxAnnouncementBytes as maxPostgresBytes} from './postgres-bus.ts'
import {channelOf, maxAnnouncementBytes as maxRedisBytes} from './redis-bus.ts'
import {connectRedis, createRedisClient} from './redis-client.ts'
import type {BusConfig} from './start-bus.ts'

const timeoutMs = 2_000 // even without an announcement, the servers find the records in the log within this time

/**
 * Resolves when the announcement has been sent, or after 2 seconds. Never throws. `db` is the database of DATABASE_URL.
 */
export async function announceOnce(
  config: BusConfig,
  db: Database,
  organizationId: string,
  appended: Appended,
): Promise<void> {
  const envelope = (maxBytes: number) =>
    packEnvelopes(newSender(), [encodeAnnouncement({organizationId, appended}, maxBytes)], maxBytes)[0]!
  const sending =
    config.kind === 'postgres'
      ? sql`select pg_notify(${notifyChannel}, ${envelope(maxPostgresBytes)})`.execute(db)
      : config.kind === 'redis'
        ? publishOnce(config.url, channelOf(organizationId), envelope(maxRedisBytes))
        : undefined
  // If the announcement is lost, the servers find the records in the log.
  await sending?.catch(() => {})
}

async function publishOnce(url: string, channel: string, envelope: string): Promise<void> {
  const client = await createRedisClient(url)
  const close = connectRedis(client, () => {})
  const timer = new AbortController()
  try {
    const isReady = new Promise(resolve => client.once('ready', resolve))
    const sending = isReady.then(() => client.publish(channel, envelope))
    await Promise.race([sending, delay(timeoutMs, undefined, {signal: timer.signal})])
  } finally {
    timer.abort()
    close()
  }
}
