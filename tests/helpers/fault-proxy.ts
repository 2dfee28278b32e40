/** A proxy between clients and a server. The proxy breaks streams according to a plan. */
import {once} from 'node:events'
import {type AddressInfo, connect, createServer, type Socket} from 'node:net'

/** What happens to a stream after `at` bytes of the response. `at` includes the bytes of the head. */
export interface Fault {
  /**
   * `cut` resets the connection. `end` closes the connection as if the response were complete. `stall` keeps the
   * connection open, but sends no further bytes.
   */
  kind: 'cut' | 'end' | 'stall'
  at: number
}

export interface FaultProxy {
  url: string
  /** The number of faults of each kind so far. */
  happened: Record<Fault['kind'], number>
  /** The number of streams that were requested. */
  streams: number
  /** Resets all connections. */
  cut(): void
  close(): Promise<void>
}

/**
 * The first stream has the first fault, the second stream the second fault, and so on. When no fault is left, streams
 * are not changed. Responses to other requests are never changed. A stalled connection is closed after `stallMs`, as
 * on a real network.
 */
export async function startFaultProxy(
  serverUrl: string,
  plan: readonly Fault[] = [],
  stallMs = 4_000,
): Promise<FaultProxy> {
  const {hostname, port} = new URL(serverUrl)
  const happened = {cut: 0, end: 0, stall: 0}
  const sockets = new Set<Socket>()
  let streams = 0

  const server = createServer(near => {
    const far = connect(Number(port), hostname)
    let fault: Fault | undefined
    let passed = 0
    let isFaulty = false
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
      isFaulty = true
      happened[fault.kind]++
      near.write(answer.subarray(0, Math.max(0, fault.at - passed)))
      far.removeAllListeners('data').resume()
      if (fault.kind === 'end') near.end()
      // Without the delay, the reset could overtake the last bytes, and the stream would break before the planned
      // position.
      else if (fault.kind === 'cut') setTimeout(() => near.resetAndDestroy(), 20)
      else setTimeout(() => near.destroy(), stallMs).unref()
    })
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    near.on('close', () => far.destroy())
    far.on('close', () => {
      if (!isFaulty) near.end()
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
