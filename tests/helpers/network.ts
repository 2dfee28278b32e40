// The way from a server to its database, which can be cut and mended.
import {once} from 'node:events'
import {type AddressInfo, connect, createServer, type Socket} from 'node:net'

export interface Network {
  /** The database's URL by this way. */
  url: string
  /** Breaks the connections and refuses new ones; does nothing when it is cut. */
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
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const {port: ours} = server.address() as AddressInfo
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
