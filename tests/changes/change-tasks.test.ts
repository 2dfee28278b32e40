import {newLabelSchema} from '../../src/board/label.ts'
import type {Caller} from '../../src/board/member.ts'
import type {Problem} from '../../src/board/problem.ts'
import {newStorySchema} from '../../src/board/story.ts'
import {newTaskSchema, type Task} from '../../src/board/task.ts'
import type {TaskBatch} from '../../src/board/task-batch.ts'
import type {Change} from '../../src/changes/change.ts'
import {addBlocker} from '../../src/changes/change-blockers.ts'
import {addLabel, removeLabel} from '../../src/changes/change-task-labels.ts'
import {changeTasks} from '../../src/changes/change-tasks.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createLabel} from '../../src/changes/create-label.ts'
import {createStory} from '../../src/changes/create-story.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {deleteTask} from '../../src/changes/delete-task.ts'
import {deleteTasks} from '../../src/changes/delete-tasks.ts'
import {editTask} from '../../src/changes/edit-task.ts'
import {giveTask} from '../../src/changes/give-task.ts'
import {setTaskStatus} from '../../src/changes/set-task-status.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {listTaskHistory} from '../../src/store/history.ts'
import {newId} from '../../src/store/ids.ts'
import {readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let stores: Store[]
test.before(async () => {
  const url = await createDatabase()
  stores = await Promise.all([openStore({url}), openStore({url})])
})
test.after.always(() => Promise.all(stores.map(store => store.close())))

/** Creates a board with `count` tasks, another story outside the sprint, and two labels. */
async function start(count: number) {
  const {db} = stores[0]!
  const {ada, bob, root} = await createOrganization(db, {ada: 'member', bob: 'member', root: 'admin'})
  const {project, story, task: first} = await createBoard(db, ada)
  const make = async <T>(change: Change<T>, by: Caller = ada) => (await commitChange(db, by, change)).result
  const tasks = [first]
  while (tasks.length < count) tasks.push(await make(createTask(story.id, newTaskSchema.parse({title: 'T'}))))
  const backlog = await make(createStory(project.id, newStorySchema.parse({title: 'Later'})))
  const labels = [
    await make(createLabel(project.id, newLabelSchema.parse({name: 'Bug'}))),
    await make(createLabel(project.id, newLabelSchema.parse({name: 'Safety'}))),
  ] as const
  const read = async ({id}: {id: string}) => (await readTask(db, ada.organization_id, id)).result
  const head = async () => (await readEvents(db, ada.organization_id)).length
  return {
    db,
    ada,
    bob,
    root,
    make,
    story,
    backlog,
    labels,
    tasks: tasks as [Task, Task, Task, ...Task[]],
    read,
    head,
  }
}

type Scene = Awaited<ReturnType<typeof start>>

/** The changes of several tasks, and the changes of one task that do the same. */
const pairs: Record<string, (scene: Scene) => [TaskBatch['changes'], (id: string) => Change<unknown>[]]> = {
  'the fields': ({labels: [label]}) => [
    {priority: 'high', due_on: '2026-12-24', estimated_hours: 2.5, add_label_ids: [label.id]},
    id => [
      editTask(id, {priority: 'high', due_on: '2026-12-24', estimated_hours: 2.5, label_ids: [label.id]}),
    ],
  ],
  'the owner and the status': ({bob}) => [
    {owner_user_id: bob.user_id, status: 'in_progress', priority: 'low'},
    id => [giveTask(id, bob.user_id), setTaskStatus(id, 'in_progress'), editTask(id, {priority: 'low'})],
  ],
  'the status of blockers and of the tasks that they block': () => [
    {status: 'cancelled'},
    id => [setTaskStatus(id, 'cancelled')],
  ],
  'the story': ({backlog}) => [
    {story_id: backlog.id, due_on: '2026-12-24'},
    id => [editTask(id, {story_id: backlog.id, due_on: '2026-12-24'})],
  ],
}

for (const [what, pair] of Object.entries(pairs)) {
  test(`when ${what} of several tasks change at once, the tasks, their events and their history are those of single changes`, async t => {
    const [together, oneByOne] = await Promise.all([runPair(true), runPair(false)])
    t.deepEqual(together, oneByOne)

    async function runPair(isTogether: boolean) {
      const scene = await start(4)
      const {db, ada, root, make, tasks, read} = scene
      const [one, two, three, four] = tasks
      // The second task is a blocker of the third, which changes too, and of the fourth, which does not.
      await make(addBlocker(three.id, two.id))
      await make(addBlocker(four!.id, two.id))
      const [changes, singles] = pair(scene)
      const ids = [three, one, two].map(({id}) => id)
      const from = await scene.head()
      if (isTogether) {
        const {tasks: changed} = await make(changeTasks({task_ids: [...ids, one.id], changes}), root)
        t.deepEqual(changed, await Promise.all([three, one, two].map(read)))
        const again = await commitChange(db, root, changeTasks({task_ids: ids, changes}))
        t.deepEqual(again.records, [], 'a task that already has the values has no event')
      } else for (const id of ids) for (const single of singles(id)) await make(single, root)
      const events = await readEvents(db, ada.organization_id, from)
      const names = new Map<string, string>([
        ...tasks.map(({id}, index) => [id, `task ${index + 1}`] as const),
        ...scene.labels.map(({id, name}) => [id, name] as const),
        [scene.story.id, 'story'],
        [scene.backlog.id, 'backlog'],
        [scene.bob.user_id, 'Bob'],
        [root.user_id, 'Root'],
        [ada.user_id, 'Ada'],
      ])
      const known = (value: unknown) =>
        JSON.parse(
          JSON.stringify(value)
            .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, id => names.get(id) ?? '-')
            .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'a time'),
        )
      const history = await Promise.all(
        tasks.map(async ({id}) => {
          const {result} = await listTaskHistory(db, ada.organization_id, id, {limit: 50})
          return result.items.map(({type, changes}) => JSON.stringify(known({type, changes}))).sort()
        }),
      )
      return {
        tasks: known((await Promise.all(tasks.map(read))).map(({rank: _, ...task}) => task)),
        // The blockers of a task change after all tasks of the change, so the order and the versions can differ.
        events: events
          .map(({type, ...event}) => JSON.stringify(known([type, 'task_id' in event && event.task_id])))
          .sort(),
        history,
      }
    }
  })
}

test('when one of the tasks is gone, foreign or not allowed to change, no task changes, and the problem names each of them', async t => {
  const {db, ada, bob, make, tasks, labels, read, head} = await start(4)
  const [free, owned, gone, elsewhere] = tasks as [Task, Task, Task, Task]
  await make(takeTask(owned.id), bob)
  await make(deleteTask(gone.id))
  const {task: other} = await createBoard(db, ada)
  const before = {head: await head(), tasks: await Promise.all([free, owned, elsewhere].map(read))}
  const attempt = async (task_ids: string[], changes: TaskBatch['changes']) => {
    const problem = await t.throwsAsync<Problem>(commitChange(db, ada, changeTasks({task_ids, changes})), {
      code: 'tasks-not-changed',
    })
    return (problem!.data.failures as Record<string, unknown>[]).map(({task_id, code}) => [task_id, code])
  }
  const unknown = newId()
  t.deepEqual(await attempt([free.id, owned.id, gone.id, unknown], {owner_user_id: ada.user_id}), [
    [owned.id, 'task-already-owned'],
    [gone.id, 'task-not-found'],
    [unknown, 'task-not-found'],
  ])
  t.deepEqual(await attempt([elsewhere.id, free.id, owned.id], {status: 'cancelled'}), [
    [owned.id, 'not-the-owner'],
  ])
  t.deepEqual(await attempt([free.id, owned.id], {owner_user_id: null}), [[owned.id, 'not-the-owner']])
  t.deepEqual(await attempt([free.id, other.id], {add_label_ids: [labels[0].id]}), [
    [other.id, 'label-not-found'],
  ])
  t.deepEqual(await attempt([free.id, other.id], {story_id: free.story_id}), [
    [other.id, 'story-of-another-project'],
  ])
  const refused: [TaskBatch['changes'], string][] = [
    [{owner_user_id: newId()}, 'member-not-found'],
    [{story_id: newId()}, 'story-not-found'],
    [{remove_label_ids: [newId()]}, 'label-not-found'],
  ]
  for (const [changes, code] of refused)
    await t.throwsAsync(commitChange(db, ada, changeTasks({task_ids: [free.id], changes})), {code})
  const deletion = deleteTasks({task_ids: [free.id, gone.id]})
  await t.throwsAsync(commitChange(db, ada, deletion), {code: 'tasks-not-changed'})
  t.deepEqual({head: await head(), tasks: await Promise.all([free, owned, elsewhere].map(read))}, before)
})

test('a task that changed since it was read is not overwritten: the problem contains its version', async t => {
  const {db, ada, make, tasks, read} = await start(3)
  const [one, two, three] = tasks
  await make(editTask(two.id, {title: 'Mine'}))
  const batch = {task_ids: [one.id, two.id, three.id], if_versions: {[one.id]: 1, [two.id]: 1}}
  for (const change of [changeTasks({...batch, changes: {priority: 'low'}}), deleteTasks(batch)]) {
    const problem = await t.throwsAsync<Problem>(commitChange<unknown>(db, ada, change), {
      code: 'version-mismatch',
    })
    t.deepEqual(problem!.data, {tasks: [{task_id: two.id, version: 2}]})
  }
  t.is((await read(one)).version, 1)
  await make(changeTasks({...batch, if_versions: {[two.id]: 2}, changes: {priority: 'low'}}))
  t.deepEqual(await Promise.all([one, two, three].map(async task => (await read(task)).version)), [2, 3, 2])
})

test('deleting several tasks unblocks the tasks that they block, and needs the right to delete each of them', async t => {
  const {db, ada, bob, make, tasks, read} = await start(4)
  const [one, two, three, four] = tasks as [Task, Task, Task, Task]
  for (const [blocked, blocker] of [
    [two, one],
    [four, one],
    [four, two],
    [four, three],
  ] as const)
    await make(addBlocker(blocked.id, blocker.id))
  await t.throwsAsync(commitChange(db, bob, deleteTasks({task_ids: [one.id]})), {
    code: 'tasks-not-changed',
    message: /^Nothing was deleted, because 1 of 1 tasks cannot be deleted: /,
  })
  const {records} = await commitChange(db, ada, deleteTasks({task_ids: [two.id, one.id, two.id]}))
  t.deepEqual(
    records.map(({type}) => type),
    ['task.deleted', 'task.deleted', 'task.blockers.changed'],
  )
  t.deepEqual(
    records.map(({task_id}) => task_id),
    [two.id, one.id, four.id],
  )
  t.like(await read(four), {blocked_by_task_ids: [three.id], open_blocker_count: 1})
})

test('changes of the same tasks in opposite orders, beside changes of single tasks, all succeed in two processes', async t => {
  const {ada, root, tasks, labels, read} = await start(6)
  const ids = tasks.map(({id}) => id)
  const [one, two] = stores.map(({db}) => db) as [Store['db'], Store['db']]
  for (let round = 0; round < 5; round++) {
    await Promise.all([
      commitChange(one, ada, changeTasks({task_ids: ids, changes: {priority: round % 2 ? 'low' : 'high'}})),
      commitChange(two, root, changeTasks({task_ids: ids.toReversed(), changes: {estimated_hours: round}})),
      commitChange(two, ada, changeTasks({task_ids: ids.slice(2), changes: {add_label_ids: [labels[0].id]}})),
      ...ids.map(id => commitChange(one, ada, editTask(id, {title: `Round ${round}`}))),
    ])
  }
  for (const task of await Promise.all(tasks.map(read))) t.like(task, {estimated_hours: 4, title: 'Round 4'})
})

test('members who add and remove different labels of a task at the same time all succeed; a repeated change changes nothing', async t => {
  const {db, ada, bob, make, tasks, labels, read} = await start(3)
  const [task] = tasks
  const [bug, safety] = labels
  await Promise.all([
    commitChange(stores[0]!.db, ada, addLabel(task.id, bug.id)),
    commitChange(stores[1]!.db, bob, addLabel(task.id, safety.id)),
  ])
  t.like(await read(task), {label_ids: [bug.id, safety.id].sort(), version: 3})
  t.deepEqual((await commitChange(db, ada, addLabel(task.id, bug.id))).records, [])
  await t.throwsAsync(commitChange(db, ada, removeLabel(task.id, bug.id, [2])), {code: 'version-mismatch'})
  t.deepEqual((await make(removeLabel(task.id, bug.id))).label_ids, [safety.id])
  t.deepEqual((await commitChange(db, ada, removeLabel(task.id, bug.id))).records, [])

  const {task: other} = await createBoard(db, ada)
  for (const change of [
    addLabel(other.id, bug.id),
    removeLabel(other.id, bug.id),
    addLabel(task.id, newId()),
  ])
    await t.throwsAsync(commitChange(db, ada, change), {code: 'label-not-found'})
  const many: string[] = []
  for (let n = 0; n < 19; n++)
    many.push((await make(createLabel(task.project_id, newLabelSchema.parse({name: `Label ${n}`})))).id)
  t.is(
    (await make(changeTasks({task_ids: [task.id], changes: {add_label_ids: many}}))).tasks[0]!.label_ids
      .length,
    20,
  )
  await t.throwsAsync(commitChange(db, ada, addLabel(task.id, bug.id)), {code: 'labels-full'})
  const replace = changeTasks({
    task_ids: [task.id],
    changes: {add_label_ids: [bug.id], remove_label_ids: [safety.id]},
  })
  t.true((await make(replace)).tasks[0]!.label_ids.includes(bug.id))
})
