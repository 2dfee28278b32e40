// Tests that concurrent requests for a board or a backlog share reads.
// Each request must see every change that was committed before the request.
import {randomInt} from 'node:crypto'
import type {KyselyPlugin} from 'kysely'
import {parseCursor} from '../../src/board/cursor.ts'
import type {BoardTask} from '../../src/board/task.ts'
import {apiRoutes} from '../../src/http/api.ts'
import type {JsonPieces} from '../../src/http/json-pieces.ts'
import type {Database} from '../../src/store/connection.ts'
import {SharedReads} from '../../src/store/shared-reads.ts'
import type {Snapshot} from '../../src/store/snapshots.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {type Server, startServer} from '../helpers/server.ts'

let server: Server
test.before(async () => {
  server = await startServer({databaseUrl: await createDatabase()})
})
test.after.always(() => server.close())

for (const operation of ['readBoard', 'readBacklog']) {
  test(`when fifty requests for ${operation} run at the same time, the server reads the database only twice`, async t => {
    const {ada, sprint, project} = await server.team(t.title)
    const caller = await ada.caller()
    const {db, queries} = countQueries(server.db)
    const boards = new SharedReads<Snapshot<JsonPieces>>({maxDelayMs: 60_000})
    const {id} = operation === 'readBoard' ? sprint : project
    const request = {caller, ids: {id}, query: {}, body: undefined, expected: undefined}
    const route = apiRoutes.find(({operationId}) => operationId === operation)!
    const {quotas, live} = server
    const readBoard = () => route.read!(request, {db, boards, usage: new SharedReads(), quotas, live})
    const board = await readBoard()
    const queriesPerRead = queries()

    const results = await Promise.all(Array.from({length: 50}, readBoard))
    t.is(queries() - queriesPerRead, 2 * queriesPerRead)
    for (const result of results) t.deepEqual(result, board)
  })
}

test('a member who changes a board and then reads the board sees the change, even while other members change and read the board', async t => {
  const {ada, bob, root, story, sprint} = await server.team(t.title)
  const board = () => ada.get(`/sprints/${sprint.id}/board`)
  const change = async (writer: typeof ada) => {
    const {body: task} = await writer.post(`/stories/${story.id}/tasks`, {title: 'Weld'})
    const path = `/tasks/${task.id}/ownership`
    for (let round = 0; round < 15; round++) {
      const {body: changed, headers} = await (round % 2 ? writer.delete(path) : writer.put(path))
      const others = Array.from({length: randomInt(3)}, board)
      const {body: read} = await board()
      const tasks: BoardTask[] = read.stories[0].tasks
      const {description: _, checklist: __, links: ___, ...onBoard} = changed
      t.deepEqual(
        tasks.find(({id}) => id === task.id),
        onBoard,
      )
      t.true(seqOf(read.cursor) >= seqOf(headers.get('event-id')))
      await Promise.all(others)
    }
  }
  await Promise.all([ada, bob, root].map(change))
})

const seqOf = (cursor: string | null) => parseCursor(cursor!)!.seq

/** Returns a database that counts its queries. `queries` returns the number of queries so far. */
function countQueries(database: Database): {db: Database; queries: () => number} {
  let count = 0
  const counter: KyselyPlugin = {
    transformQuery({node}) {
      count++
      return node
    },
    transformResult: async ({result}) => result,
  }
  return {db: database.withPlugin(counter), queries: () => count}
}
