/**
 * The stream server of many tutorials, with `node:http` alone: `plain.ts <port> [history]`. With `history`, the server
 * gives each event a number as its id, keeps the last 1 000 events, and reads `Last-Event-ID`.
 */
import {createServer, type ServerResponse} from 'node:http'
import {buffer} from 'node:stream/consumers'

const [port, mode] = process.argv.slice(2)
const keepsHistory = mode === 'history'
const maxEvents = 1_000
const clients = new Set<ServerResponse>()
const history: {id: number; block: string}[] = []
let lastId = 0

const server = createServer(async (req, res) => {
  if (req.url === '/events') {
    res.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache',
      Connection: 'keep-alive',
    })
    res.flushHeaders()
    const after = req.headers['last-event-id']
    if (keepsHistory && after) {
      for (const {id, block} of history) if (id > Number(after)) res.write(block)
    }
    clients.add(res)
    req.on('close', () => clients.delete(res))
    return
  }
  if (req.url === '/publish' && req.method === 'POST') {
    const data = JSON.stringify((await buffer(req)).toString())
    const id = ++lastId
    const block = keepsHistory ? `id: ${id}\ndata: ${data}\n\n` : `data: ${data}\n\n`
    if (keepsHistory) history.push({id, block})
    if (history.length > maxEvents) history.shift()
    for (const client of clients) client.write(block)
    res.writeHead(204).end()
    return
  }
  if (req.url === '/streams') {
    res.end(String(clients.size))
    return
  }
  res.writeHead(404).end()
})

server.listen(Number(port), '127.0.0.1')
