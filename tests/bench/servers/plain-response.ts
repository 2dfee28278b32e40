/**
 * Plain Node: `res.write` sends the same Latin-1 string to every response. A body ends when its connection
 * closes.
 */
import {closeDelimited, serveHttpStreams} from './http-streams.ts'
import {runServer} from './run-server.ts'

await runServer(options => serveHttpStreams(closeDelimited, options))
