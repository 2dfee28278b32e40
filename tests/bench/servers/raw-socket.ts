/** The lower bound in Node: without HTTP, each burst is written to every socket as the same one-byte string. */
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
