/** Runs ws 8 without compression. Each event is a text message with the bytes of the server-sent event. */
import {createServer} from 'node:http'
import {WebSocketServer} from 'ws'
import {readyMark} from './events.ts'
import {listen, runServer} from './run-server.ts'

const upgrade = [
  'GET /events HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

await runServer(async ({heartbeatSeconds}) => {
  const server = createServer()
  const {clients} = new WebSocketServer({server, perMessageDeflate: false}).on('connection', client => {
    client.on('error', () => {})
    client.send(readyMark)
  })
  setInterval(() => {
    for (const client of clients) client.ping()
  }, heartbeatSeconds * 1000)
  return {
    port: await listen(server),
    request: `${upgrade.join('\r\n')}\r\n\r\n`,
    broadcast(events) {
      for (const {block} of events) {
        // This line encodes the message once for all clients. ws would encode a string again for each client.
        const message = Buffer.from(block, 'latin1')
        for (const client of clients) client.send(message, {binary: false})
      }
    },
  }
})
