import {once} from 'node:events'
import {createServer} from 'node:http'
import {type AddressInfo, connect, type Socket} from 'node:net'
import test, {type ExecutionContext} from 'ava'
import {limitConnections} from '../../src/limits/connection-limit.ts'
import {until} from '../helpers/until.ts'

async function start(t: ExecutionContext, maxPerAddress: number, isExempt?: () => boolean) {
  const refused: string[] = []
  const server = createServer((_, res) => res.end())
  limitConnections(server, {
    maxPerAddress,
    onRefused: address => refused.push(address),
    ...(isExempt && {isExempt}),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const {port} = server.address() as AddressInfo
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    t.teardown(() => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  const responds = async (socket: Socket) => {
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    const [bytes] = await Promise.race([once(socket, 'data'), once(socket, 'close')])
    return Buffer.isBuffer(bytes)
  }
  return {open, responds, refused}
}

test('when an address has reached the limit, its next connection is closed, and its open connections still work', async t => {
  const {open, responds, refused} = await start(t, 2, () => false)
  const [first, second] = [await open(), await open()]
  t.true(await responds(first))
  t.true(await responds(second))
  t.false(await responds(await open()))
  t.deepEqual(refused, ['127.0.0.1'])
  t.true(await responds(first))

  second.destroy()
  await until(async () => responds(await open()))
})

test('there is no limit for the connections of a private address, because the address may belong to a proxy', async t => {
  const {open, responds, refused} = await start(t, 1)
  const sockets = [await open(), await open(), await open()]
  for (const socket of sockets) t.true(await responds(socket))
  t.deepEqual(refused, [])
})
