import type {BoardEvent} from '../../src/board/events.ts'
import type {Caller} from '../../src/board/member.ts'
import {newStorySchema} from '../../src/board/story.ts'
import {newTaskSchema, type Task} from '../../src/board/task.ts'
import {addBlocker, removeBlocker} from '../../src/changes/change-blockers.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createStory} from '../../src/changes/create-story.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {deleteProject} from '../../src/changes/delete-project.ts'
import {deleteStory} from '../../src/changes/delete-story.ts'
import {deleteTask} from '../../src/changes/delete-task.ts'
import {setTaskStatus} from '../../src/changes/set-task-status.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let stores: Store[]
test.before(async () => {
  const url = await createDatabase()
  stores = await Promise.all([openStore({url}), openStore({url})])
})
test.after.always(() => Promise.all(stores.map(store => store.close())))

/** Creates a story in no sprint, and tasks in this story. */
async function start(count: number) {
  const {db} = stores[0]!
  const {ada, root} = await createOrganization(db, {ada: 'member', root: 'admin'})
  const {project, task: first} = await createBoard(db, ada)
  const {result: story} = await commitChange(
    db,
    ada,
    createStory(project.id, newStorySchema.parse({title: 'S'})),
  )
  const others: Task[] = []
  for (let n = 1; n < count; n++)
    others.push((await commitChange(db, ada, createTask(story.id, newTaskSchema.parse({title: 'T'})))).result)
  const read = async ({id}: Task) => (await readTask(db, ada.organization_id, id)).result
  return {db, ada, root, project, story, tasks: [first, ...others] as [Task, Task, Task, Task], read}
}

const eventsOf = ({records}: {records: {data: string}[]}) =>
  records.map(({data}) => JSON.parse(data) as BoardEvent & {task_id: string})

test('a blocked task follows its blockers: each is closed, reopened, removed or deleted with one event of the blocked task', async t => {
  const {db, ada, tasks, story, read} = await start(4)
  const [task, one, two, three] = tasks
  const added = await commitChange(db, ada, addBlocker(task.id, one.id, [1]))
  t.like(added.result, {blocked_by_task_ids: [one.id], open_blocker_count: 1, version: 2})
  t.deepEqual((await commitChange(db, ada, addBlocker(task.id, one.id))).records, [])
  await commitChange(db, ada, addBlocker(task.id, three.id))
  await commitChange(db, ada, addBlocker(task.id, two.id))
  t.like(await read(task), {
    blocked_by_task_ids: [one.id, two.id, three.id].sort(),
    open_blocker_count: 3,
    version: 4,
  })

  const closed = await commitChange(db, ada, setTaskStatus(one.id, 'cancelled'))
  t.like(eventsOf(closed).at(-1), {
    type: 'task.blockers.changed',
    timestamp: closed.result.updated_at,
    task_id: task.id,
    sprint_id: task.sprint_id!,
    open_blocker_count: 2,
    version: 5,
  })
  t.is(eventsOf(closed).filter(({task_id}) => task_id === task.id).length, 1)
  await commitChange(db, ada, setTaskStatus(one.id, 'available'))
  t.like(await read(task), {open_blocker_count: 3, version: 6})

  await commitChange(db, ada, removeBlocker(task.id, one.id, [6]))
  await t.throwsAsync(commitChange(db, ada, removeBlocker(task.id, one.id)), {code: 'blocker-not-found'})
  t.like(await read(task), {
    blocked_by_task_ids: [two.id, three.id].sort(),
    open_blocker_count: 2,
    version: 7,
  })
  t.deepEqual(eventsOf(await commitChange(db, ada, setTaskStatus(one.id, 'cancelled'))).length, 2)

  await commitChange(db, ada, deleteTask(two.id))
  t.like(await read(task), {blocked_by_task_ids: [three.id], open_blocker_count: 1, version: 8})
  const deleted = await commitChange(db, ada, deleteStory(story.id))
  t.is(eventsOf(deleted).filter(({type}) => type === 'task.blockers.changed').length, 1)
  t.like(await read(task), {blocked_by_task_ids: [], open_blocker_count: 0, version: 9})
})

test('blockers of another project, a stale version, a cycle, and more than 50 on one side are refused and change nothing', async t => {
  const {db, ada, root, project, story, tasks} = await start(4)
  const [one, two, three] = tasks
  const {task: elsewhere} = await createBoard(db, ada)
  const add = (task: Task, blocker: Task, expected?: number[]) =>
    commitChange(db, ada, addBlocker(task.id, blocker.id, expected))
  await t.throwsAsync(add(one, elsewhere), {code: 'task-of-another-project'})
  await t.throwsAsync(add(one, two, [7]), {code: 'version-mismatch'})
  await add(one, two)
  await add(two, three)
  const cycle = await t.throwsAsync(add(three, one), {code: 'blocker-cycle'})
  t.deepEqual((cycle as unknown as {data: object}).data, {path: [three.key, one.key, two.key, three.key]})
  const self = await t.throwsAsync(add(one, one), {code: 'blocker-cycle'})
  t.deepEqual((self as unknown as {data: object}).data, {path: [one.key, one.key]})

  const {organization_id} = ada
  const many: Task[] = []
  for (let n = 0; n < 51; n++)
    many.push((await commitChange(db, ada, createTask(story.id, newTaskSchema.parse({title: 'M'})))).result)
  const row = (task: Task, blocker: Task) => {
    return {organization_id, project_id: project.id, task_id: task.id, blocker_id: blocker.id}
  }
  const [last, ...fifty] = many as [Task, ...Task[]]
  await db
    .insertInto('task_blockers')
    .values(fifty.map(other => row(three, other)))
    .execute()
  await t.throwsAsync(add(three, last), {code: 'blockers-full'})
  await db
    .insertInto('task_blockers')
    .values(fifty.map(other => row(other, last)))
    .execute()
  await t.throwsAsync(add(one, last), {code: 'blockers-full'})
  t.true((await commitChange(db, root, deleteProject(project.id))).records.length > 50)
})

test('when members make the blockers of a cycle at the same time, one of them is refused', async t => {
  for (let round = 0; round < 8; round++) {
    const {ada, tasks, read} = await start(3)
    const [one, two, three] = tasks
    const pairs = [
      [one, two],
      [two, three],
      [three, one],
    ] as const
    const made = await Promise.allSettled(
      pairs.map(([task, blocker], n) =>
        commitChange(stores[n % 2]!.db, ada, addBlocker(task.id, blocker.id)),
      ),
    )
    const refused = made.flatMap(result => (result.status === 'rejected' ? [result.reason.code] : []))
    t.deepEqual(refused, ['blocker-cycle'])
    const counts = await Promise.all(
      [one, two, three].map(async task => (await read(task)).open_blocker_count),
    )
    t.is(
      counts.reduce((sum, count) => sum + count),
      2,
    )
  }
})

test('when the blockers of many tasks change, are added, removed and deleted at the same time, no change fails and all counts are right', async t => {
  const {db, ada, tasks, read} = await start(12)
  const blockers = tasks.slice(0, 4)
  const blocked = tasks.slice(4)
  const attempt = async (by: Caller, n: number) => {
    const [task, blocker] = [blocked[n % blocked.length]!, blockers[(n * 7) % blockers.length]!]
    const store = stores[n % 2]!.db
    await commitChange(store, by, addBlocker(task.id, blocker.id))
    await commitChange(store, by, setTaskStatus(blocker.id, 'cancelled')).catch(isKnown)
    if (n % 3 === 0) await commitChange(store, by, removeBlocker(task.id, blocker.id)).catch(isKnown)
    await commitChange(store, by, setTaskStatus(blocker.id, 'available')).catch(isKnown)
  }
  const isKnown = (error: {code: string}) => {
    if (!['invalid-status-move', 'blocker-not-found'].includes(error.code)) throw error
  }
  // Few changes wait for a lock at the same time, because each may wait for three seconds.
  const attempts = async (first: number) => {
    for (let n = first; n < 24; n += 6) await attempt(ada, n)
  }
  await t.notThrowsAsync(Promise.all([0, 1, 2, 3, 4, 5].map(attempts)))
  await commitChange(db, ada, deleteTask(blockers[0]!.id))
  const statuses = new Map<string, string>()
  for (const task of blockers.slice(1)) statuses.set(task.id, (await read(task)).status)
  for (const task of blocked) {
    const {blocked_by_task_ids, open_blocker_count} = await read(task)
    t.false(blocked_by_task_ids.includes(blockers[0]!.id))
    t.is(open_blocker_count, blocked_by_task_ids.filter(id => statuses.get(id) !== 'cancelled').length)
  }
})
