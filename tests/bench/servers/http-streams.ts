/** The shared code of the servers that write directly to a `ServerResponse` of Node. */
import {createServer, type RequestListener, type ServerResponse} from 'node:http'
import {heartbeatBlock, makeEvent, readyBlock, streamHead} from './events.ts'
import {type BenchServer, listen, type ServerCommands, type ServerOptions} from './run-server.ts'

/** The commands that these servers have in addition to the common commands of all servers. */
export type HttpStreamsCommands = ServerCommands & {
  /** After this call, every new stream begins with the given number of events. */
  beginWith(events: number): void
}

/** How a server handles its responses. */
export interface HttpStreams<Chunk> {
  /** Returns the request listener of the server. The listener must pass every response to `open`. */
  listener(open: (res: ServerResponse) => void): RequestListener
  writeHead(res: ServerResponse): void
  /** Encodes an event for all streams. The function is called only one time for each event. */
  encode(text: string): Chunk
  write(res: ServerResponse, chunk: Chunk): void
}

export const closeDelimited: HttpStreams<string> = {
  listener: open => (_, res) => open(res),
  writeHead(res) {
    res.removeHeader('transfer-encoding')
    res.writeHead(200, {...streamHead, connection: 'close'})
  },
  encode: text => text,
  write: (res, chunk) => res.write(chunk, 'latin1'),
}

export async function serveHttpStreams<Chunk>(
  {listener, writeHead, encode, write}: HttpStreams<Chunk>,
  {heartbeatSeconds}: ServerOptions,
): Promise<BenchServer> {
  const streams = new Set<ServerResponse>()
  let beginning = readyBlock
  const open = (res: ServerResponse) => {
    writeHead(res)
    write(res, encode(beginning))
    streams.add(res)
    res.once('close', () => streams.delete(res))
  }
  const writeAll = (text: string) => {
    const chunk = encode(text)
    for (const res of streams) write(res, chunk)
  }
  setInterval(() => writeAll(heartbeatBlock), heartbeatSeconds * 1000)
  const commands: Omit<HttpStreamsCommands, keyof ServerCommands> = {
    beginWith(events) {
      const blocks = Array.from({length: events}, (_, index) => makeEvent(index + 1).block)
      beginning = blocks.join('') + readyBlock
    },
  }
  return {
    port: await listen(createServer(listener(open))),
    broadcast(events) {
      for (const {block} of events) writeAll(block)
    },
    commands,
  }
}
