/** The lower bound in Node: no HTTP, one shared one-byte string written to every socket, one write per burst. */
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
