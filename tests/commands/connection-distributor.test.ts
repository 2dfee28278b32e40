import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import test, {type ExecutionContext} from 'ava'
import {
  ConnectionDistributor,
  type ConnectionDistributorOptions,
  type ConnectionReceiver,
} from '../../src/commands/connection-distributor.ts'
import {until} from '../helpers/until.ts'

/** A worker that records the connections that the distributor sends to the worker. */
class FakeWorker implements ConnectionReceiver {
  readonly connections: Socket[] = []

  receive(connection: Socket): void {
    this.connections.push(connection)
  }
}

async function start(t: ExecutionContext, options?: ConnectionDistributorOptions) {
  const distributor = new ConnectionDistributor(options)
  const port = await distributor.listen({host: '127.0.0.1', port: 0})
  const clients: Socket[] = []
  t.teardown(async () => {
    for (const client of clients) client.destroy()
    await distributor.close()
  })
  /** Connects a client. Resolves when the connection is open. */
  const connectClient = async () => {
    const client = connect(port, '127.0.0.1')
    clients.push(client.on('error', () => {}))
    await once(client, 'connect')
    return client
  }
  return {distributor, connectClient}
}

test('the workers receive connections in turn', async t => {
  const {distributor, connectClient} = await start(t)
  const workers = [new FakeWorker(), new FakeWorker(), new FakeWorker()]
  for (const worker of workers) distributor.add(worker)
  for (let count = 1; count <= 6; count++) {
    await connectClient()
    const worker = workers[(count - 1) % 3]!
    await until(() => worker.connections.length === Math.ceil(count / 3))
    distributor.received(worker)
  }
  t.deepEqual(
    workers.map(({connections}) => connections.length),
    [2, 2, 2],
  )
})

test('the next connection is sent to a worker only after the worker has received the previous connection', async t => {
  const {distributor, connectClient} = await start(t)
  const [slow, fast] = [new FakeWorker(), new FakeWorker()]
  distributor.add(slow)
  await connectClient()
  await until(() => slow.connections.length === 1)
  distributor.add(fast)
  for (let count = 1; count <= 3; count++) {
    await connectClient()
    await until(() => fast.connections.length === count)
    distributor.received(fast)
  }
  t.is(slow.connections.length, 1)
})

test('when a worker ends before it has received a connection, the connection is sent to another worker', async t => {
  const {distributor, connectClient} = await start(t)
  const [killed, other] = [new FakeWorker(), new FakeWorker()]
  distributor.add(killed)
  await connectClient()
  await until(() => killed.connections.length === 1)
  distributor.remove(killed)
  distributor.add(other)
  t.is(other.connections[0], killed.connections[0])
  distributor.received(other)
  await connectClient()
  await until(() => other.connections.length === 2)
  t.is(killed.connections.length, 1)
})

test('connections wait while there is no worker', async t => {
  const {distributor, connectClient} = await start(t)
  for (let count = 0; count < 3; count++) await connectClient()
  const worker = new FakeWorker()
  distributor.add(worker)
  for (let count = 1; count <= 3; count++) {
    await until(() => worker.connections.length === count)
    distributor.received(worker)
  }
  t.is(worker.connections.length, 3)
})

test('closing the distributor refuses new connections, and waits until the workers have received the accepted connections', async t => {
  const {distributor, connectClient} = await start(t)
  const worker = new FakeWorker()
  distributor.add(worker)
  await connectClient()
  await until(() => worker.connections.length === 1)
  const order: string[] = []
  const closed = distributor.close().then(() => order.push('closed'))
  await t.throwsAsync(connectClient(), {code: 'ECONNREFUSED'})
  order.push('received')
  distributor.received(worker)
  await closed
  t.deepEqual(order, ['received', 'closed'])
})

test('when a worker does not receive its connection, closing the distributor ends after a time limit, and the waiting connections are closed', async t => {
  const {distributor, connectClient} = await start(t)
  const worker = new FakeWorker()
  distributor.add(worker)
  const sent = await connectClient()
  await until(() => worker.connections.length === 1)
  const waiting = await connectClient()
  await Promise.all([once(waiting.resume(), 'close'), distributor.close()])
  t.false(sent.destroyed, 'the worker may still receive the connection')
  distributor.remove(worker)
  await once(sent.resume(), 'close')
})

test('when a worker does not receive a connection within the time limit, the connection is closed, and the worker gets the next connection', async t => {
  const {distributor, connectClient} = await start(t, {receiptTimeoutMs: 50})
  const worker = new FakeWorker()
  distributor.add(worker)
  const client = await connectClient()
  client.resume()
  await once(client, 'close')
  await connectClient()
  await until(() => worker.connections.length === 2)
  t.pass()
})

test('a worker that is full gets no connection until the worker is added again', async t => {
  const {distributor, connectClient} = await start(t)
  const [full, other] = [new FakeWorker(), new FakeWorker()]
  distributor.add(full)
  await connectClient()
  await until(() => full.connections.length === 1)
  distributor.received(full, true)
  distributor.add(other)
  for (let count = 1; count <= 3; count++) {
    await connectClient()
    await until(() => other.connections.length === count)
    distributor.received(other, count === 3)
  }
  t.is(full.connections.length, 1)
  distributor.add(full)
  await connectClient()
  await until(() => full.connections.length === 2)
})

test('when all workers are full, a new connection is closed and reported', async t => {
  let refused = 0
  const {distributor, connectClient} = await start(t, {onRefused: () => refused++})
  const worker = new FakeWorker()
  distributor.add(worker)
  await connectClient()
  await until(() => worker.connections.length === 1)
  distributor.received(worker, true)
  const client = await connectClient()
  await once(client.resume(), 'close')
  t.is(refused, 1)
})
