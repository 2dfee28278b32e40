/**
 * The channels of better-sse, as its documentation shows them: `better-sse.ts <port> [history]`. With `history`, every
 * new session first receives the history of the channel, as in the chat example of better-sse.
 */
import {createServer} from 'node:http'
import {buffer} from 'node:stream/consumers'
import {createChannel, createSession} from 'better-sse'

type Broadcast = [data: unknown, eventName: string, eventId: string]

const [port, mode] = process.argv.slice(2)
const channel = createChannel<{history: Broadcast[]}>({state: {history: []}})

if (mode === 'history') {
  channel.on('session-registered', async session => {
    await session.batch(buffer => {
      for (const args of channel.state.history) buffer.push(...args)
    })
  })
  channel.on('broadcast', (...args) => {
    channel.state.history.push(args)
  })
}

const server = createServer(async (req, res) => {
  if (req.url === '/events') {
    const session = await createSession(req, res, {keepAlive: 1_000})
    channel.register(session)
    return
  }
  if (req.url === '/publish' && req.method === 'POST') {
    channel.broadcast((await buffer(req)).toString(), 'published')
    res.writeHead(204).end()
    return
  }
  if (req.url === '/streams') {
    res.end(String(channel.sessionCount))
    return
  }
  res.writeHead(404).end()
})

server.listen(Number(port), '127.0.0.1')
