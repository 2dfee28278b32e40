// A proxy between a server and its database. A test can cut the proxy's connections and restore the network later.
import {once} from 'node:events'
import {connect, createServer, type Socket} from 'node:net'
import {findFreePort} from '../../conformance/adapters/ports.ts'

export interface Network {
  /** The URL of the database through the proxy. */
  url: string
  /** Resets the connections and refuses new connections. Has no effect when the network is already cut. */
  cut(): Promise<void>
  mend(): Promise<void>
}

export async function openNetwork(databaseUrl: string): Promise<Network> {
  const {hostname, port} = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    const far = connect(Number(port), hostname)
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
  })
  const ours = await findFreePort()
  server.listen(ours, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(databaseUrl)
  url.port = String(ours)
  return {
    url: url.href,
    async cut() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.resetAndDestroy()
      await closed
    },
    async mend() {
      server.listen(ours, '127.0.0.1')
      await once(server, 'listening')
    },
  }
}
