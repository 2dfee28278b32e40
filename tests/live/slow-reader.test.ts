import {fork} from 'node:child_process'
import {once} from 'node:events'
import {fileURLToPath} from 'node:url'
import {createDatabase, test} from '../helpers/postgres.ts'
import {Stream} from '../helpers/stream.ts'
import type {Answer, Order} from './slow-reader-server.ts'

const events = 8_000
const portion = 100
const allowedGrowth = 5 * 1024 * 1024

test('when a reader stops reading, the memory of the server does not grow, and other readers are not delayed; when the reader continues, the reader receives every event', async t => {
  t.timeout(180_000)
  const server = fork(fileURLToPath(import.meta.resolve('./slow-reader-server.js')), {
    execArgv: ['--expose-gc'],
    env: {...process.env, DATABASE_URL: await createDatabase()},
  })
  t.teardown(() => server.kill())
  const [{url}] = (await once(server, 'message')) as [{url: string}]
  const ask = async (order: Order) => {
    server.send(order)
    const [answer] = await once(server, 'message')
    return answer
  }
  const measure = (): Promise<Answer> => ask('measure')

  const slow = await Stream.open(url)
  const fast = await Stream.open(url)
  await Promise.all([slow.waitFor('stream.ready'), fast.waitFor('stream.ready')])
  // A reader that receives the events of each commit before the next commit never falls behind.
  const commitUntil = async (count: number, readers: Stream[]) => {
    for (let done = fast.events.length; done < count; done += portion) {
      await ask({commit: portion})
      await Promise.all(
        readers.map(reader => reader.waitUntil(() => reader.events.length === done + portion)),
      )
    }
  }
  // These changes fill the ring and prepare the SQL statements, so that both measurements include the memory of the
  // ring and of the statements.
  await commitUntil(1_000, [slow, fast])
  const before = await measure()

  slow.pause()
  await commitUntil(1_000 + events, [fast])
  const after = await measure()
  t.is(after.stats.behind, 1)
  // After `pause`, Node and the kernel still receive some bytes, so the stream can catch up once more.
  t.true(after.stats.timesBehind >= 1)
  const growth = after.bytes - before.bytes
  t.log(`heap and external memory grew by ${(growth / 1024 / 1024).toFixed(2)} MB`)
  t.true(growth < allowedGrowth, `grew by ${growth} bytes`)

  slow.resume()
  await slow.waitUntil(() => slow.events.length === 1_000 + events)
  t.deepEqual(slow.events.map(seqOf), fast.events.map(seqOf))
  t.deepEqual(
    slow.events.map(seqOf),
    Array.from({length: 1_000 + events}, (_, index) => index + 1),
  )
  t.is((await measure()).stats.behind, 0)
  slow.close()
  fast.close()
})

function seqOf({id}: {id?: string}): number {
  return Number(id!.split('-')[1])
}
