// Tests several processes that move, create and delete the tasks of one project at the same time.
import fc from 'fast-check'
import {applyEvent} from '../../src/board/apply-event.ts'
import type {BoardEvent} from '../../src/board/events.ts'
import {Problem} from '../../src/board/problem.ts'
import {compareRanks, type Ranked} from '../../src/board/rank.ts'
import {newTaskSchema, type TaskPlace} from '../../src/board/task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {deleteTask} from '../../src/changes/delete-task.ts'
import {rankTask} from '../../src/changes/rank-task.ts'
import {digestOf} from '../../src/store/board-digest.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {readBoard} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {withoutDescriptions} from '../helpers/same-board.ts'

let stores: Store[]
test.before(async () => {
  const url = await createDatabase()
  stores = await Promise.all([openStore({url}), openStore({url}), openStore({url, poolSize: 3})])
})
test.after.always(() => Promise.all(stores.map(store => store.close())))

interface Attempt {
  by: number
  does: 'move' | 'create' | 'delete'
  which: number
  neighbour: number
  side: 'after' | 'before'
}

const attempts: fc.Arbitrary<Attempt> = fc.record({
  by: fc.nat({max: 2}),
  does: fc.oneof(
    {weight: 80, arbitrary: fc.constant('move' as const)},
    {weight: 8, arbitrary: fc.constant('create' as const)},
    {weight: 1, arbitrary: fc.constant('delete' as const)},
  ),
  which: fc.nat({max: 30}),
  // The number of a task. 0 is an end of the project.
  neighbour: fc.nat({max: 30}),
  side: fc.constantFrom('after', 'before'),
})

// About 1,000 moves in total.
const attemptsPerRun = 350
const runs = 4
const clients = 9

/** A committed move, and the seq of its last event. */
interface Move {
  seq: number
  id: string
  place: TaskPlace
}

test('each of many moves at once puts its task directly beside its neighbour, and all boards show the same order', async t => {
  let total = 0
  const property = fc.asyncProperty(
    fc.array(attempts, {minLength: attemptsPerRun, maxLength: attemptsPerRun}),
    async attempts => {
      const [one, two, three] = stores.map(({db}) => db) as [Store['db'], Store['db'], Store['db']]
      const {ada, grace, root} = await createOrganization(one, {
        ada: 'member',
        grace: 'member',
        root: 'admin',
      })
      const members = [ada, grace, root]
      const {story, sprint, task} = await createBoard(one, ada)
      const ids = [task.id]
      for (const title of ['2', '3', '4', '5', '6', '7', '8'])
        ids.push((await commitChange(one, ada, createTask(story.id, newTaskSchema.parse({title})))).result.id)
      const read = (db: Store['db']) => readBoard(db, ada.organization_id, sprint.id)
      const snapshots = [await read(one)]
      const moves: Move[] = []
      const attempt = async ({by, does, which, neighbour, side}: Attempt, index: number) => {
        const db = [one, two, three][index % 3]!
        const member = members[by]!
        const id = ids[which % ids.length]!
        if (does === 'create')
          return ids.push(
            (await commitChange(db, member, createTask(story.id, newTaskSchema.parse({title: 'New'})))).result
              .id,
          )
        // A created task is not deleted, because applying its events again would create and delete it once more.
        if (does === 'delete') return commitChange(db, root, deleteTask(ids[which % 8]!))
        const neighbourId = neighbour === 0 ? null : ids[neighbour % ids.length]!
        const place = side === 'after' ? {after_task_id: neighbourId} : {before_task_id: neighbourId}
        const {cursor} = await commitChange(db, member, rankTask(id, place))
        moves.push({seq: cursor.seq, id, place})
      }
      const ignoreProblem = (error: unknown) => {
        if (!(error instanceof Problem)) throw error
      }
      await Promise.all([
        ...Array.from({length: clients}, async (_, client) => {
          for (let index = client; index < attempts.length; index += clients)
            await attempt(attempts[index]!, index).catch(ignoreProblem)
        }),
        ...[one, two, three].map(async db => {
          for (let reads = 0; reads < 3; reads++) snapshots.push(await read(db))
        }),
      ])
      const last = await read(two)
      const events = await readEvents(one, ada.organization_id)
      requirePlaces(events, moves)
      total += moves.length
      for (const {cursor, result} of snapshots) {
        const later = events.slice(cursor.seq, last.cursor.seq)
        const board = later.reduce(applyEvent, result)
        if (digestOf(withoutDescriptions(board)) !== digestOf(last.result))
          throw new Error('The boards differ')
        if (later.reduce(applyEvent, board) !== board)
          throw new Error('An event that was applied twice had an effect')
      }
    },
  )
  await t.notThrowsAsync(fc.assert(property, {numRuns: runs, endOnFailure: true}))
  t.true(total > 700, `${total} moves`)
})

/** Applies the events one after another, and checks each move after its last event. */
function requirePlaces(events: readonly BoardEvent[], moves: readonly Move[]): void {
  const tasks = new Map<string, Ranked>()
  const moveAt = new Map(moves.map(move => [move.seq, move]))
  for (const [index, event] of events.entries()) {
    if (event.type === 'task.created') tasks.set(event.task_id, event.task)
    if (event.type === 'task.ranked') tasks.set(event.task_id, {id: event.task_id, rank: event.rank})
    if (event.type === 'task.deleted') tasks.delete(event.task_id)
    const move = moveAt.get(index + 1)
    if (!move) continue
    const order = [...tasks.values()].sort(compareRanks).map(({id}) => id)
    requirePlace(order, move.id, move.place)
  }
}

function requirePlace(order: readonly string[], id: string, place: TaskPlace): void {
  const isAfter = 'after_task_id' in place
  const neighbour = isAfter ? place.after_task_id : place.before_task_id
  if (neighbour === id) return
  const at = order.indexOf(id)
  const expected = isAfter ? (order[at - 1] ?? null) : (order[at + 1] ?? null)
  if (at < 0 || expected !== neighbour)
    throw new Error(`The task ${id} is not in the place ${JSON.stringify(place)}`)
}
