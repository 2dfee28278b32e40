/** The way from clients to a server, on which streams break where a plan says. */
import {once} from 'node:events'
import {type AddressInfo, connect, createServer, type Socket} from 'node:net'

/** What happens to one stream: after so many bytes of the server's answer, head included. */
export interface Fault {
  /** `cut` resets the connection, `end` closes it as if all had been sent, `stall` sends nothing more. */
  kind: 'cut' | 'end' | 'stall'
  at: number
}

export interface FaultProxy {
  url: string
  /** Faults that have happened. */
  happened: Record<Fault['kind'], number>
  /** Streams that were asked for. */
  streams: number
  /** Resets all connections. */
  cut(): void
  close(): Promise<void>
}

/**
 * The first stream meets the first fault, and so on; those behind the last are left alone, as are other requests.
 * `patience`: milliseconds that a stalled connection stays; as with a real one, somebody cuts it some day.
 */
export async function startFaultProxy(
  serverUrl: string,
  plan: readonly Fault[] = [],
  patience = 4_000,
): Promise<FaultProxy> {
  const {hostname, port} = new URL(serverUrl)
  const happened = {cut: 0, end: 0, stall: 0}
  const sockets = new Set<Socket>()
  let streams = 0

  const server = createServer(near => {
    const far = connect(Number(port), hostname)
    let fault: Fault | undefined
    let passed = 0
    let hasStruck = false
    near.on('data', request => {
      if (request.includes('GET /api/v1/events')) {
        fault = plan[streams++]
        passed = 0
      }
      far.write(request)
    })
    far.on('data', answer => {
      if (!fault || passed + answer.length < fault.at) {
        passed += answer.length
        near.write(answer)
        return
      }
      hasStruck = true
      happened[fault.kind]++
      near.write(answer.subarray(0, Math.max(0, fault.at - passed)))
      far.removeAllListeners('data').resume()
      if (fault.kind === 'end') near.end()
      // What was written before is still to arrive, or the fault would strike earlier than planned.
      else if (fault.kind === 'cut') setTimeout(() => near.resetAndDestroy(), 20)
      else setTimeout(() => near.destroy(), patience).unref()
    })
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    near.on('close', () => far.destroy())
    far.on('close', () => {
      if (!hasStruck) near.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    happened,
    get streams() {
      return streams
    },
    cut() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
