// A pool prepares at most 500 different statements. Further statements are sent unprepared and are slower. The number
// of different statements must therefore not depend on the data.
import {sql} from 'kysely'
import {newStorySchema} from '../../src/board/story.ts'
import {newTaskSchema} from '../../src/board/task.ts'
import {commentOnTask} from '../../src/changes/comment-on-task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createStory} from '../../src/changes/create-story.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {deleteProject} from '../../src/changes/delete-project.ts'
import {deleteSprint} from '../../src/changes/delete-sprint.ts'
import {recordActivity} from '../../src/changes/record-activity.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase(), poolSize: 1})
})
test.after.always(() => store.close())

test('the statements of a change do not depend on the number of rows that the change affects', async t => {
  await createAndDelete(2)
  const prepared = await countPrepared()
  t.true(prepared > 10)
  for (const size of [3, 4]) await createAndDelete(size)
  t.is(await countPrepared(), prepared)
})

/** Creates a board with `size` stories, tasks, mentions and activities, and deletes the board. */
async function createAndDelete(size: number): Promise<void> {
  const {db} = store
  const {ada, ...others} = await createOrganization(db, {
    ada: 'admin',
    bob: 'member',
    carl: 'member',
    dora: 'member',
  })
  const {project, sprint, task} = await createBoard(db, ada)
  const mentions = Object.values(others)
    .map(({user_id}) => user_id)
    .slice(0, size - 1)
  await commitChange(db, ada, commentOnTask(task.id, {body: 'Look', mentions}))
  const failure = {type: 'workflow.error', workflow: 'test', message: 'Red'} as const
  await commitChange(db, ada, recordActivity(project.id, Array(size).fill(failure)))
  for (let n = 1; n < size; n++) {
    const input = newStorySchema.parse({title: `Story ${n}`, sprint_id: sprint.id})
    const {result: story} = await commitChange(db, ada, createStory(project.id, input))
    await commitChange(db, ada, createTask(story.id, newTaskSchema.parse({title: `Task ${n}`})))
  }
  await commitChange(db, ada, deleteSprint(sprint.id))
  await commitChange(db, ada, deleteProject(project.id))
}

async function countPrepared(): Promise<number> {
  const {rows} = await sql<{count: number}>`select count(*) as count from pg_prepared_statements`.execute(
    store.db,
  )
  return rows[0]!.count
}
