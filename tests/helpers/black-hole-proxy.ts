// A TCP proxy whose connections can become silent. A silent connection stays open, but the proxy acknowledges and
// drops all bytes.
import {once} from 'node:events'
import {type AddressInfo, connect, createServer, type Socket} from 'node:net'

export interface BlackHoleProxy {
  /** The URL of the target, but with the address of the proxy. */
  url: string
  /** Makes all open connections silent. Connections that are opened after this call are not affected. */
  swallow(): void
  /** Like `swallow`, but all connections that are opened later are also silent. */
  swallowAll(): void
  close(): Promise<void>
}

export async function startBlackHoleProxy(targetUrl: string): Promise<BlackHoleProxy> {
  const target = new URL(targetUrl)
  const sockets = new Set<Socket>()
  let isSilent = false
  const server = createServer(near => {
    const far = connect(Number(target.port), target.hostname)
    if (!isSilent) near.pipe(far).pipe(near)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      if (isSilent) socket.resume()
      socket.on('close', () => sockets.delete(socket))
    }
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(target)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const swallow = () => {
    for (const socket of sockets) socket.unpipe().resume()
  }
  return {
    url: url.href,
    swallow,
    swallowAll() {
      isSilent = true
      swallow()
    },
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
