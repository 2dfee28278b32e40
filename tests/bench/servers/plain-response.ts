/** Plain Node: `res.write` of one shared one-byte string, close-delimited. */
import {closeDelimited, serveHttpStreams} from './http-streams.ts'
import {runServer} from './run-server.ts'

await runServer(options => serveHttpStreams(closeDelimited, options))
