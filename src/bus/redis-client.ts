/** Creates connections to Redis. When a connection is lost, a new connection replaces the lost connection. */
import {retryDelayMs} from './retry-delay.ts'

const pingIntervalMs = 2_000
const maxSilenceMs = 6_000 // when the connection is silent for this time, node-redis replaces the connection

/**
 * Resolves with a client that is not connected yet. While Redis is unreachable, commands fail immediately.
 * @param url `redis://` or `rediss://`
 */
export async function createRedisClient(url: string) {
  // Loading the package takes a quarter of the start of a server, so only servers with Redis load the package.
  const {createClient} = await import('redis')
  return createClient({
    url,
    pingInterval: pingIntervalMs,
    disableOfflineQueue: true,
    socket: {reconnectStrategy: retryDelayMs, socketTimeout: maxSilenceMs},
  })
}

type RedisClient = Awaited<ReturnType<typeof createRedisClient>>

/**
 * Connects in the background, and reconnects when the connection is lost. Returns a function that closes the client.
 * `onError` is called whenever the connection is lost or cannot be opened.
 */
export function connectRedis(client: RedisClient, onError: (error: Error) => void): () => void {
  let isClosed = false
  client.on('error', onError)
  // A call of `destroy` during a connection attempt does not end the attempt. So if the client was closed during the
  // attempt, the new connection must be destroyed here.
  client.on('connect', () => {
    if (isClosed) client.destroy()
  })
  client.connect().catch(() => {}) // `connect` rejects only when the client is closed
  return () => {
    isClosed = true
    client.destroy()
  }
}
