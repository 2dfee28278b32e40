/** Streams on sockets without an HTTP server. All responses have the same headers and the same body. */
import {createServer, type Socket} from 'node:net'
import {readyBlock, streamHead} from './events.ts'
import {listen} from './run-server.ts'

const headers = Object.entries(streamHead).map(([name, value]) => `${name}: ${value}\r\n`)
const head = `HTTP/1.1 200 OK\r\n${headers.join('')}connection: close\r\n\r\n`

export interface SocketStreams {
  port: number
  /** Writes the same Latin-1 string to every stream. */
  writeAll(text: string): void
}

export async function openSocketStreams(): Promise<SocketStreams> {
  const streams = new Set<Socket>()
  const server = createServer({noDelay: true}, socket => {
    socket.on('error', () => {})
    socket.once('close', () => streams.delete(socket))
    socket.once('data', () => {
      socket.write(head + readyBlock, 'latin1')
      streams.add(socket)
    })
  })
  return {
    port: await listen(server),
    writeAll(text) {
      for (const socket of streams) socket.write(text, 'latin1')
    },
  }
}
