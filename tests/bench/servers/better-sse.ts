/** Runs better-sse as its documentation shows: `createSession`, `createChannel`, `broadcast`. */
import {createServer} from 'node:http'
import {createChannel, createSession} from 'better-sse'
import {readyMark} from './events.ts'
import {listen, runServer} from './run-server.ts'

await runServer(async ({heartbeatSeconds}) => {
  const channel = createChannel()
  const server = createServer(async (req, res) => {
    const session = await createSession(req, res, {
      keepAlive: heartbeatSeconds * 1000,
      serializer: data => data as string, // `makeEvent` has already encoded the data as JSON for all streams
    })
    channel.register(session)
    session.push('{}', readyMark)
  })
  return {
    port: await listen(server),
    broadcast(events) {
      for (const {id, type, data} of events) channel.broadcast(data, type, {eventId: id})
    },
  }
})
