import {newProjectSchema} from '../../src/board/project.ts'
import {compareRanks} from '../../src/board/rank.ts'
import {newStorySchema} from '../../src/board/story.ts'
import {newTaskSchema} from '../../src/board/task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {createStory} from '../../src/changes/create-story.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {rankStory} from '../../src/changes/rank-story.ts'
import {rankTask} from '../../src/changes/rank-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {newId} from '../../src/store/ids.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

/** Creates a project with the tasks A, B, C and D. Task A is in another story. */
async function startProject() {
  const {db} = store
  const {ada, bob, vic} = await createOrganization(db, {ada: 'member', bob: 'member', vic: 'viewer'})
  const {project, story, sprint, task} = await createBoard(db, ada)
  const other = (await commitChange(db, ada, createStory(project.id, newStorySchema.parse({title: 'Land'}))))
    .result
  const ids: Record<string, string> = {A: task.id}
  for (const title of ['B', 'C', 'D']) {
    const {result} = await commitChange(db, ada, createTask(other.id, newTaskSchema.parse({title})))
    ids[title] = result.id
  }
  const order = async () => {
    const rows = await db
      .selectFrom('tasks')
      .select(['id', 'rank'])
      .where('project_id', '=', project.id)
      .execute()
    const names = new Map(Object.entries(ids).map(([name, id]) => [id, name]))
    return rows
      .sort(compareRanks)
      .map(({id}) => names.get(id))
      .join('')
  }
  const setRanks = async (ranks: Record<string, string>) => {
    for (const [name, rank] of Object.entries(ranks))
      await db.updateTable('tasks').set({rank}).where('id', '=', ids[name]!).execute()
  }
  return {db, ada, bob, vic, project, sprint, story, other, ids, order, setRanks}
}

test('new tasks of a project follow the older tasks, in all stories', async t => {
  const {order} = await startProject()
  t.is(await order(), 'ABCD')
})

test('a task moves directly after or before another task, and to the start and the end of the project', async t => {
  const {db, bob, ids, order} = await startProject()
  const move = (name: string, place: Parameters<typeof rankTask>[1]) =>
    commitChange(db, bob, rankTask(ids[name]!, place))
  await move('A', {after_task_id: ids.B!})
  t.is(await order(), 'BACD')
  await move('D', {before_task_id: ids.A!})
  t.is(await order(), 'BDAC')
  await move('C', {after_task_id: null})
  t.is(await order(), 'CBDA')
  await move('B', {before_task_id: null})
  t.is(await order(), 'CDAB')
  await move('C', {after_task_id: ids.B!})
  t.is(await order(), 'DABC')
  await move('C', {before_task_id: ids.D!})
  t.is(await order(), 'CDAB')
})

test('a move appends one event with the new rank, and increments only the version of the moved task', async t => {
  const {db, bob, ids, project, other} = await startProject()
  const {records, result} = await commitChange(db, bob, rankTask(ids.D!, {before_task_id: ids.B!}))
  const {version, rank, updated_at} = result
  t.is(version, 2)
  t.deepEqual(
    records.map(({data}) => JSON.parse(data)),
    [
      {
        type: 'task.ranked',
        timestamp: updated_at,
        actor_user_id: bob.user_id,
        project_id: project.id,
        story_id: other.id,
        task_id: ids.D!,
        version,
        rank,
      },
    ],
  )
  const rows = await db.selectFrom('tasks').select('version').where('project_id', '=', project.id).execute()
  t.deepEqual(rows.map(({version}) => version).sort(), [1, 1, 1, 2])
})

test('a move to the place where the task is appends no event', async t => {
  const {db, ada, ids} = await startProject()
  const before = (await readEvents(db, ada.organization_id)).length
  for (const place of [
    {after_task_id: ids.A!},
    {before_task_id: ids.C!},
    {after_task_id: ids.B!},
    {before_task_id: ids.B!},
  ]) {
    const {result, records} = await commitChange(db, ada, rankTask(ids.B!, place))
    t.like(result, {id: ids.B!, version: 1})
    t.deepEqual(records, [])
  }
  await commitChange(db, ada, rankTask(ids.A!, {after_task_id: null}))
  await commitChange(db, ada, rankTask(ids.D!, {before_task_id: null}))
  t.is((await readEvents(db, ada.organization_id)).length, before)
})

test('a move beside equal ranks gives new ranks to the equal ones, with one event for each task', async t => {
  const {db, ada, ids, order, setRanks} = await startProject()
  await setRanks({A: 'a1', B: 'a1', C: 'a1', D: 'a9'})
  t.is(await order(), 'ABCD')
  const {records, result} = await commitChange(db, ada, rankTask(ids.D!, {after_task_id: ids.A!}))
  t.is(await order(), 'ADBC')
  t.deepEqual(records.map(({task_id}) => task_id).sort(), [ids.B!, ids.C!, ids.D!].sort())
  t.is(result.id, ids.D!)
})

test('when the new rank would be longer than 64 characters, the tasks beside the place get short ranks', async t => {
  const {db, ada, ids, order, setRanks} = await startProject()
  const low = `a1${'0'.repeat(61)}`
  await setRanks({A: `${low}2`, B: `${low}3`, C: 'a2', D: 'a3'})
  await commitChange(db, ada, rankTask(ids.D!, {after_task_id: ids.A!}))
  t.is(await order(), 'ADBC')
  const rows = await db
    .selectFrom('tasks')
    .select('rank')
    .where('organization_id', '=', ada.organization_id)
    .execute()
  t.true(rows.every(({rank}) => rank.length <= 24))
})

test('a move beside a task of another project, an unknown task or in a newer version is rejected, and nothing changes', async t => {
  const {db, ada, vic, ids, order} = await startProject()
  const {task: elsewhere, project} = await createBoard(db, ada)
  const {eve} = await createOrganization(db, {eve: 'member'})
  const {task: foreign} = await createBoard(db, eve)
  const move = (place: Parameters<typeof rankTask>[1], expected?: number[]) =>
    commitChange(db, ada, rankTask(ids.A!, place, expected))
  const refused = await t.throwsAsync<Error & {data: object}>(move({after_task_id: elsewhere.id}), {
    code: 'task-of-another-project',
  })
  t.deepEqual(refused.data, {project_id: project.id})
  for (const id of [newId(), foreign.id])
    await t.throwsAsync(move({before_task_id: id}), {code: 'task-not-found'})
  await t.throwsAsync(commitChange(db, ada, rankTask(newId(), {before_task_id: null})), {
    code: 'task-not-found',
  })
  await t.throwsAsync(move({before_task_id: null}, [2]), {code: 'version-mismatch'})
  await t.throwsAsync(commitChange(db, vic, rankTask(ids.A!, {before_task_id: null})), {
    code: 'role-insufficient',
  })
  t.is(await order(), 'ABCD')
})

test('stories of a project are ranked like tasks', async t => {
  const {db, ada, project, story, other} = await startProject()
  const third = (await commitChange(db, ada, createStory(project.id, newStorySchema.parse({title: 'Dock'}))))
    .result
  const order = async () => {
    const rows = await db
      .selectFrom('stories')
      .select(['id', 'rank'])
      .where('project_id', '=', project.id)
      .execute()
    return rows.sort(compareRanks).map(({id}) => id)
  }
  t.deepEqual(await order(), [story.id, other.id, third.id])
  const {records, result} = await commitChange(db, ada, rankStory(third.id, {before_story_id: story.id}))
  t.deepEqual(await order(), [third.id, story.id, other.id])
  t.like(JSON.parse(records[0]!.data), {
    type: 'story.ranked',
    story_id: third.id,
    rank: result.rank,
    version: 2,
  })
  await commitChange(db, ada, rankStory(story.id, {before_story_id: null}))
  t.deepEqual(await order(), [third.id, other.id, story.id])
  t.deepEqual((await commitChange(db, ada, rankStory(story.id, {after_story_id: other.id}))).records, [])
  const {result: rover} = await commitChange(db, ada, createProject(newProjectSchema.parse({name: 'Rover'})))
  const {result: far} = await commitChange(
    db,
    ada,
    createStory(rover.id, newStorySchema.parse({title: 'Drive'})),
  )
  await t.throwsAsync(commitChange(db, ada, rankStory(story.id, {after_story_id: far.id})), {
    code: 'story-of-another-project',
  })
  await t.throwsAsync(commitChange(db, ada, rankStory(story.id, {after_story_id: null}, [7])), {
    code: 'version-mismatch',
  })
})
