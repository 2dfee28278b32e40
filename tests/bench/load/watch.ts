/** Records the events of a stream and the responses of `/readyz`, with the times at which they arrive. */
import {get} from 'node:http'
import {connect} from 'node:net'
import {sharedClock} from '../clock.ts'

export interface WatchRequest {
  port: number
  /** The request that opens the stream. */
  request: string
}

export interface Watched {
  events: {id: string; at: number}[]
  probes: Probe[]
}

/** A response of `/readyz`. */
export interface Probe {
  /** The status of the response, or 0 when there is no response. */
  status: number
  at: number
}

const probeIntervalMs = 100
const probeTimeoutMs = 5_000

/**
 * Starts to record. Resolves when the stream is ready. While the process runs, each new event and each new response
 * is added to the lists of the result.
 */
export async function watch({port, request}: WatchRequest): Promise<Watched> {
  const watched: Watched = {events: [], probes: []}
  setInterval(async () => {
    const status = await probe(port)
    watched.probes.push({status, at: sharedClock()})
  }, probeIntervalMs)
  await new Promise<void>((resolve, reject) => {
    const socket = connect({port, host: '127.0.0.1'}, () => socket.write(request, 'latin1'))
    let text = ''
    socket.setEncoding('latin1')
    socket.on('error', reject)
    socket.on('data', chunk => {
      const at = sharedClock()
      const blocks = (text + chunk).split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) {
        const type = /^event:(.*)$/m.exec(block)?.[1]
        if (type === 'stream.ready') resolve()
        else if (type && !type.startsWith('stream.'))
          watched.events.push({id: /^id:(.*)$/m.exec(block)![1]!, at})
      }
    })
    socket.on('close', () => {
      throw new Error(`The stream ended: ${text}`) // after the end of the stream, no more events are recorded
    })
  })
  return watched
}

/** Returns the status, or 0 when there is no response. */
function probe(port: number): Promise<number> {
  return new Promise(resolve => {
    const options = {port, host: '127.0.0.1', path: '/readyz', agent: false, timeout: probeTimeoutMs}
    const req = get(options, res => {
      res.resume()
      resolve(res.statusCode!)
    })
    req.on('timeout', () => req.destroy())
    req.on('error', () => resolve(0))
  })
}
