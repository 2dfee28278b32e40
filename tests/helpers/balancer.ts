/** A TCP balancer for tests: it passes each new connection to the next server that accepts the connection. */
import {once} from 'node:events'
import {type AddressInfo, connect, createServer, type Socket} from 'node:net'

export interface Balancer {
  url: string
  close(): Promise<void>
}

/** `urls` are the addresses of the servers. A server may stop and start again while the balancer runs. */
export async function startBalancer(urls: readonly string[]): Promise<Balancer> {
  const sockets = new Set<Socket>()
  let next = 0

  const balancer = createServer({pauseOnConnect: true}, async near => {
    track(near)
    const first = next++
    for (let tries = 0; tries < urls.length; tries++) {
      const far = await tryConnect(urls[(first + tries) % urls.length]!)
      if (!far) continue
      track(far)
      near.pipe(far).pipe(near)
      near.on('close', () => far.destroy())
      far.on('close', () => near.destroySoon())
      return
    }
    near.destroy()
  })

  function track(socket: Socket): void {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }

  balancer.listen(0, '127.0.0.1')
  await once(balancer, 'listening')
  return {
    url: `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`,
    async close() {
      balancer.close()
      for (const socket of sockets) socket.destroy()
      await once(balancer, 'close')
    },
  }
}

/** Returns undefined when no server listens at the address. */
async function tryConnect(url: string): Promise<Socket | undefined> {
  const {hostname, port} = new URL(url)
  const socket = connect(Number(port), hostname)
  try {
    await once(socket, 'connect')
    return socket
  } catch {
    return undefined
  }
}
