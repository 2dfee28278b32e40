import {setTimeout as delay} from 'node:timers/promises'
import {newSprintSchema} from '../../src/board/sprint.ts'
import {newStorySchema} from '../../src/board/story.ts'
import {newTaskSchema} from '../../src/board/task.ts'
import {taskBatchSchema} from '../../src/board/task-batch.ts'
import type {Change} from '../../src/changes/change.ts'
import {changeTasks} from '../../src/changes/change-tasks.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createSprint} from '../../src/changes/create-sprint.ts'
import {createStory} from '../../src/changes/create-story.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {editStory} from '../../src/changes/edit-story.ts'
import {editTask} from '../../src/changes/edit-task.ts'
import {setSprintStatus} from '../../src/changes/set-sprint-status.ts'
import {setStoryStatus} from '../../src/changes/set-story-status.ts'
import {setTaskStatus} from '../../src/changes/set-task-status.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {listTasks, readBoard, readSprint, readStory} from '../../src/store/snapshots.ts'
import {countSprintDays, readBurndown, readVelocity} from '../../src/store/sprint-days.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

/** Returns a team with an active sprint. The sprint has three stories: one with work left, one completed, one empty. */
async function startSprint() {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {project, sprint, story, task} = await createBoard(store.db, ada)
  const commit = async <T>(change: Parameters<typeof commitChange<T>>[2]) =>
    (await commitChange(store.db, ada, change)).result
  const addStory = (title: string) =>
    commit(createStory(project.id, newStorySchema.parse({title, sprint_id: sprint.id})))
  const addTask = (storyId: string, estimated_hours: number) =>
    commit(createTask(storyId, newTaskSchema.parse({title: 'Weld', estimated_hours})))
  const complete = async (id: string) => {
    await commit(takeTask(id))
    await commit(setTaskStatus(id, 'in_progress'))
    await commit(setTaskStatus(id, 'completed'))
  }
  const completedStory = await addStory('Completed')
  const emptyStory = await addStory('Empty')
  const earlier = await addTask(completedStory.id, 7)
  await complete(earlier.id)
  await delay(2) // a task that is completed in the millisecond of the start counts
  await commit(setSprintStatus(sprint.id, {status: 'active'}))
  await complete((await addTask(story.id, 3)).id)
  await complete((await addTask(completedStory.id, 2.5)).id)
  const cancelled = await addTask(completedStory.id, 9)
  await commit(setTaskStatus(cancelled.id, 'cancelled'))
  return {ada, project, sprint, story, task, earlier, completedStory, emptyStory, commit, addStory, complete}
}

const totals = {task_count: 3, completed_task_count: 2, estimated_hours: 5.5, completed_hours: 5.5}

test('closing a sprint moves its open stories with all their tasks, one event for each, and the last event has the summary', async t => {
  const {ada, project, sprint, story, completedStory, emptyStory, commit} = await startSprint()
  const next = await commit(createSprint(project.id, newSprintSchema.parse({name: 'Next'})))
  const {result, cursor, records} = await commitChange(
    store.db,
    ada,
    setSprintStatus(sprint.id, {status: 'closed', open_to_sprint_id: next.id}),
  )
  t.like(result, {status: 'closed', version: 3})
  t.is(result.closed_at, result.updated_at)
  const events = await readEvents(store.db, ada.organization_id, cursor.seq - records.length)
  t.deepEqual(
    events.map(({type}) => type),
    ['story.moved', 'task.moved', 'task.moved', 'story.moved', 'sprint.status.changed'],
  )
  t.like(events.at(-1), {
    old_status: 'active',
    new_status: 'closed',
    sprint: result,
    summary: {...totals, to_sprint_id: next.id, moved_story_count: 2, moved_task_count: 2},
  })
  const board = async (id: string) =>
    (await readBoard(store.db, ada.organization_id, id)).result.stories.map(({id}) => id).sort()
  t.deepEqual(await board(next.id), [story.id, emptyStory.id].sort())
  t.deepEqual(await board(sprint.id), [completedStory.id])
  const {result: moved} = await listTasks(store.db, ada.organization_id, story.id, {limit: 10})
  t.true(moved.items.every(({sprint_id}) => sprint_id === next.id))

  const {result: velocity} = await readVelocity(store.db, ada.organization_id, project.id)
  t.deepEqual(velocity.sprints, [
    {sprint_id: sprint.id, name: sprint.name, closed_at: result.closed_at!, ...totals},
  ])
  // The totals are those of the moment before the open stories moved, and a later recording does not change them.
  await countSprintDays(store.db)
  const {result: burndown} = await readBurndown(store.db, ada.organization_id, sprint.id)
  t.is(burndown.days.length, 1)
  t.like(burndown.days[0], totals)
})

test('tasks that were completed before the start of a sprint are in none of its totals', async t => {
  const {ada, project, sprint, task, earlier, commit, complete} = await startSprint()
  const next = await commit(createSprint(project.id, newSprintSchema.parse({name: 'Next'})))
  await commit(setSprintStatus(sprint.id, {status: 'closed', open_to_sprint_id: next.id}))
  await commit(setSprintStatus(next.id, {status: 'active'}))
  const open = {task_count: 1, completed_task_count: 0, estimated_hours: 0, completed_hours: 0}
  const recorded = () =>
    store.db.selectFrom('sprint_days').selectAll().where('sprint_id', '=', next.id).executeTakeFirstOrThrow()
  t.like(await recorded(), open)
  t.like((await readBurndown(store.db, ada.organization_id, next.id)).result.days, [open])
  await complete(task.id)
  const done = {...open, completed_task_count: 1}
  await countSprintDays(store.db)
  t.like(await recorded(), done)
  t.like((await readBurndown(store.db, ada.organization_id, next.id)).result.days, [done])
  await commit(setSprintStatus(next.id, {status: 'closed'}))
  t.like((await readVelocity(store.db, ada.organization_id, project.id)).result.sprints, [done, totals])

  // A task that was reopened is work of the sprint again.
  await commit(setSprintStatus(sprint.id, {status: 'active'}))
  await commit(setTaskStatus(earlier.id, 'available'))
  const {result} = await readBurndown(store.db, ada.organization_id, sprint.id)
  t.like(result.days, [{task_count: 2, completed_task_count: 1, estimated_hours: 9.5, completed_hours: 2.5}])
})

test('without a target, the open stories move to the backlog; a sprint can be closed again after it was reopened', async t => {
  const {ada, project, sprint, story, emptyStory, commit} = await startSprint()
  await commit(setStoryStatus(emptyStory.id, 'done'))
  await commit(setSprintStatus(sprint.id, {status: 'closed'}))
  const sprintOf = async (id: string) => (await readStory(store.db, ada.organization_id, id)).result.sprint_id
  t.is(await sprintOf(story.id), null)
  t.is(await sprintOf(emptyStory.id), sprint.id)
  t.like(await commit(setSprintStatus(sprint.id, {status: 'active'})), {status: 'active', closed_at: null})
  await commit(setSprintStatus(sprint.id, {status: 'closed'}))
  const {result: velocity} = await readVelocity(store.db, ada.organization_id, project.id)
  t.like(velocity.sprints, [{task_count: 1, completed_task_count: 1, completed_hours: 2.5}])
})

test('the burndown of an active sprint ends with the totals of now, after the recorded days', async t => {
  const {ada, sprint, commit, addStory} = await startSprint()
  const yesterday = {...totals, completed_task_count: 0, completed_hours: 0}
  await store.db
    .insertInto('sprint_days')
    .values({organization_id: ada.organization_id, sprint_id: sprint.id, day: '2026-03-01', ...yesterday})
    .execute()
  await countSprintDays(store.db)
  const late = await addStory('Late')
  await commit(createTask(late.id, newTaskSchema.parse({title: 'Steer', estimated_hours: 4})))
  const {result} = await readBurndown(store.db, ada.organization_id, sprint.id)
  t.is(result.days.length, 2)
  t.deepEqual(result.days[0], {day: '2026-03-01', ...yesterday})
  t.like(result.days[1], {...totals, task_count: 4, estimated_hours: 9.5})
})

test('impossible changes of the status are rejected, and change nothing', async t => {
  const {ada, project, sprint, story, commit} = await startSprint()
  const other = await commit(createSprint(project.id, newSprintSchema.parse({name: 'Other'})))
  const foreign = await createBoard(store.db, ada)
  const close = (id: string, open_to_sprint_id: string | null) =>
    commitChange(store.db, ada, setSprintStatus(id, {status: 'closed', open_to_sprint_id}))
  await t.throwsAsync(close(other.id, null), {code: 'invalid-status-move'})
  await t.throwsAsync(close(sprint.id, sprint.id), {code: 'sprint-closed'})
  await t.throwsAsync(close(sprint.id, foreign.sprint.id), {code: 'sprint-of-another-project'})
  await commit(setSprintStatus(other.id, {status: 'active'}))
  await close(other.id, null)
  await t.throwsAsync(close(sprint.id, other.id), {code: 'sprint-closed'})
  await t.throwsAsync(commitChange(store.db, ada, editStory(story.id, {sprint_id: other.id})), {
    code: 'sprint-closed',
  })
  t.like((await readSprint(store.db, ada.organization_id, sprint.id)).result, {status: 'active', version: 2})
  const same = await commitChange(store.db, ada, setSprintStatus(sprint.id, {status: 'active'}))
  t.deepEqual(same.records, [])
})

test('when two members close a sprint at once, its stories move once', async t => {
  const {ada, sprint, commit} = await startSprint()
  const close = () => commitChange(store.db, ada, setSprintStatus(sprint.id, {status: 'closed'}))
  const all = await Promise.all([close(), close(), countSprintDays(store.db), close()])
  const counts = all.flatMap(one => (one ? [one.records.length] : []))
  t.deepEqual(counts.sort(), [0, 0, 5])
  t.like(await commit(setSprintStatus(sprint.id, {status: 'active'})), {version: 4})
})

test('a closed sprint takes no tasks, but its tasks can be changed and moved within it', async t => {
  const {sprint, story, task, completedStory, earlier, addStory, commit} = await startSprint()
  const sibling = await addStory('Sibling')
  await commit(setStoryStatus(sibling.id, 'done'))
  await commit(setSprintStatus(sprint.id, {status: 'closed'}))
  const refusals: Parameters<typeof commit>[0][] = [
    createTask(completedStory.id, newTaskSchema.parse({title: 'Late'})),
    editTask(task.id, {story_id: completedStory.id}),
  ]
  for (const change of refusals) {
    const error = await t.throwsAsync(commit(change), {code: 'sprint-closed'})
    t.like(error, {data: {sprint_id: sprint.id}})
  }
  const many = {task_ids: [task.id, earlier.id], changes: {story_id: completedStory.id}}
  const error = await t.throwsAsync(commit(changeTasks(taskBatchSchema.parse(many))), {
    code: 'tasks-not-changed',
  })
  t.like(error, {data: {failures: [{task_id: task.id, code: 'sprint-closed'}]}})

  await commit(editTask(earlier.id, {title: 'Weld twice', story_id: completedStory.id}))
  t.like(await commit(editTask(earlier.id, {story_id: sibling.id})), {sprint_id: sprint.id})
  t.like(await commit(setTaskStatus(earlier.id, 'available')), {status: 'available'})
  t.like(await commit(editTask(earlier.id, {story_id: story.id})), {sprint_id: null})
  await commit(createTask(story.id, newTaskSchema.parse({title: 'In the backlog'})))
})

test('a task that joins a completed story while its sprint is closed moves with the story, or is refused', async t => {
  for (let round = 0; round < 12; round++) {
    const {ada, project, sprint, completedStory, commit} = await startSprint()
    const backlog = await commit(createStory(project.id, newStorySchema.parse({title: 'Backlog'})))
    const task = await commit(createTask(backlog.id, newTaskSchema.parse({title: 'Paint'})))
    const join =
      round % 2 === 0
        ? createTask(completedStory.id, newTaskSchema.parse({title: 'Paint'}))
        : editTask(task.id, {story_id: completedStory.id})
    const close = setSprintStatus(sprint.id, {status: 'closed'})
    const changes = [join, close] as Change<unknown>[]
    if (round % 4 < 2) changes.reverse()
    const results = await Promise.allSettled(changes.map(change => commitChange(store.db, ada, change)))
    const isRefused = results.some(({status}) => status === 'rejected')
    const {result: board} = await readBoard(store.db, ada.organization_id, sprint.id)
    t.deepEqual(
      board.stories.map(({id}) => id),
      isRefused ? [completedStory.id] : [],
    )
    const {result: tasks} = await listTasks(store.db, ada.organization_id, completedStory.id, {limit: 10})
    t.is(tasks.items.filter(({status}) => status === 'available').length, isRefused ? 0 : 1)
    for (const result of results) if (result.status === 'rejected') t.is(result.reason.code, 'sprint-closed')
  }
})
