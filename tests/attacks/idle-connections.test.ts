// Attacks of clients that open connections and send no request.
import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import {setTimeout as delay} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import {startHttpServer} from '../helpers/http-server.ts'

const keepAliveTimeoutMs = 300

async function openSocket(t: ExecutionContext, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

test('after a response, a connection is closed even if its client sends empty lines instead of a request', async t => {
  const server = await startHttpServer(t, (_, res) => res.end('response'), {keepAliveTimeoutMs})
  const socket = await openSocket(t, server.port)
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  t.regex(String((await once(socket, 'data'))[0]), /^HTTP\/1.1 200 /)
  const trickle = setInterval(() => socket.write('\r\n'), 20)
  t.teardown(() => clearInterval(trickle))
  await server.allClosed()
})

test('a response is delivered even if its handler takes longer than the time limit of idle connections', async t => {
  const respond = async (path: string) => {
    if (path === '/slow') await delay(5 * keepAliveTimeoutMs)
    return path
  }
  const server = await startHttpServer(t, ({url}, res) => void respond(url!).then(text => res.end(text)), {
    keepAliveTimeoutMs,
  })
  const socket = await openSocket(t, server.port)
  socket.write(
    'GET /fast HTTP/1.1\r\nhost: x\r\n\r\nGET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
  )
  let received = ''
  for await (const bytes of socket) received += bytes
  t.regex(received, /\/fast.*\/slow$/s)
})
