/** Plain Node: `res.write` sends the same one-byte string to every response. Each body ends when its connection closes. */
import {closeDelimited, serveHttpStreams} from './http-streams.ts'
import {runServer} from './run-server.ts'

await runServer(options => serveHttpStreams(closeDelimited, options))
