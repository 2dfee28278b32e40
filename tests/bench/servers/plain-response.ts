/**
 * A server in plain Node. The server sends the same Latin-1 string to every response with `res.write`. The body of a
 * response ends when the connection closes.
 */
import {closeDelimited, serveHttpStreams} from './http-streams.ts'
import {runServer} from './run-server.ts'

await runServer(options => serveHttpStreams(closeDelimited, options))
