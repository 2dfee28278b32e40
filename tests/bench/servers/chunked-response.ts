/**
 * Like most servers, calls `res.write` with the same buffer for all responses. Node adds chunk framing for each
 * response.
 */
import {streamHead} from './events.ts'
import {closeDelimited, serveHttpStreams} from './http-streams.ts'
import {runServer} from './run-server.ts'

await runServer(options =>
  serveHttpStreams<Buffer>(
    {
      listener: closeDelimited.listener,
      writeHead: res => res.writeHead(200, streamHead),
      encode: text => Buffer.from(text, 'latin1'),
      write: (res, chunk) => res.write(chunk),
    },
    options,
  ),
)
