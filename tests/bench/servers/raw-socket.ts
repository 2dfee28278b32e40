/**
 * Shows the lowest cost at which Node can deliver events. Uses no HTTP server, and writes the same Latin-1 string to
 * every socket.
 */
import {heartbeatBlock} from './events.ts'
import {runServer} from './run-server.ts'
import {openSocketStreams} from './socket-streams.ts'

await runServer(async ({heartbeatSeconds}) => {
  const {port, writeAll} = await openSocketStreams()
  setInterval(() => writeAll(heartbeatBlock), heartbeatSeconds * 1000)
  return {
    port,
    broadcast: events => writeAll(events.map(({block}) => block).join('')),
  }
})
