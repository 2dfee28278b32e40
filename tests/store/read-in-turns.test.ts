import type {Socket} from 'node:net'
import {sql} from 'kysely'
import pg from 'pg'
import {openStore} from '../../src/store/connection.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

const rows = 5_000
const rowBytes = 1_000

test('in one turn of the event loop, the store reads only a small part of a large result', async t => {
  const url = await createDatabase()
  const sockets: Socket[] = []
  const restore = watchSockets(socket => sockets.push(socket))
  t.teardown(restore)
  const {db, close} = await openStore({url, poolSize: 1})
  t.teardown(close)
  await sql`select 1`.execute(db)
  t.is(sockets.length, 1)
  const socket = sockets[0]!

  const perTurn: number[] = []
  let isReading = true
  let before = socket.bytesRead
  const onTurn = () => {
    perTurn.push(socket.bytesRead - before)
    before = socket.bytesRead
    if (isReading) setImmediate(onTurn)
  }
  setImmediate(onTurn)
  const result = await sql<{text: string}>`
    select n || repeat('x', ${rowBytes}::integer) as text from generate_series(1, ${rows}::integer) n`.execute(
    db,
  )
  isReading = false

  t.is(result.rows.length, rows)
  t.true(result.rows.every(({text}, index) => text === `${index + 1}${'x'.repeat(rowBytes)}`))
  // Node reads up to 64 KiB at once, and reads one more time after the stream was paused.
  t.true(Math.max(...perTurn) <= 3 * 64 * 1024, `${Math.max(...perTurn)} bytes in one turn`)
  t.true(perTurn.reduce((sum, bytes) => sum + bytes) > rows * rowBytes - 64 * 1024)
})

/** Calls `onSocket` with the socket of every new client, until the returned function is called. */
function watchSockets(onSocket: (socket: Socket) => void): () => void {
  const client = pg.Client.prototype as unknown as {connect: (...args: unknown[]) => unknown}
  const {connect} = client
  client.connect = function (this: pg.Client, ...args: unknown[]) {
    onSocket(this.connection.stream as Socket)
    return connect.apply(this, args)
  }
  return () => {
    client.connect = connect
  }
}
