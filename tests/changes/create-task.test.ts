import {noBlockers} from '../../src/board/blockers.ts'
import {noChecklist} from '../../src/board/checklist.ts'
import {noDiscussion} from '../../src/board/discussion.ts'
import {firstRank} from '../../src/board/rank.ts'
import {newStorySchema} from '../../src/board/story.ts'
import {newTaskSchema} from '../../src/board/task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createStory} from '../../src/changes/create-story.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {newId} from '../../src/store/ids.ts'
import {readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

test('a new task is available and belongs to the project and sprint of its story; its event contains the whole task', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {project, sprint, story} = await createBoard(store.db, ada)
  const input = newTaskSchema.parse({
    title: 'Weld "the" ring 🛠',
    description: 'Line 1\nLine 2\u2028{"json": \\}',
    acceptance_criteria_refs: ['AC-1', 'NULL', 'a "quoted", {one}', ''.padEnd(200, 'é')],
    estimated_hours: 0.1,
    priority: 'high',
    due_on: '2028-02-29',
  })
  const {result: task, records, cursor} = await commitChange(store.db, ada, createTask(story.id, input))
  t.deepEqual(task, {
    ...input,
    has_description: true,
    ...noBlockers,
    ...noChecklist,
    ...noDiscussion,
    links: [],
    id: task.id,
    project_id: project.id,
    sprint_id: sprint.id,
    story_id: story.id,
    number: 2,
    key: `${project.key}-2`,
    status: 'available',
    owner_user_id: null,
    created_by_user_id: ada.user_id,
    rank: firstRank(task.id),
    version: 1,
    created_at: task.created_at,
    updated_at: task.created_at,
    owned_at: null,
    completed_at: null,
  })
  t.deepEqual(await readTask(store.db, ada.organization_id, task.id), {result: task, cursor})
  t.deepEqual(await readEvents(store.db, ada.organization_id, cursor.seq - 1), [
    {
      type: 'task.created',
      timestamp: task.created_at,
      actor_user_id: ada.user_id,
      project_id: project.id,
      sprint_id: sprint.id,
      story_id: story.id,
      task_id: task.id,
      version: 1,
      task,
    },
  ])
  t.like(records[0], {sprint_id: sprint.id, story_id: story.id, task_id: task.id, recipients: null})
})

test('a new task in a story without a sprint has no sprint', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {project} = await createBoard(store.db, ada)
  const newStory = newStorySchema.parse({title: 'Some day'})
  const {result: story} = await commitChange(store.db, ada, createStory(project.id, newStory))
  const {result: task, records} = await commitChange(
    store.db,
    ada,
    createTask(story.id, newTaskSchema.parse({title: 'Dream'})),
  )
  t.is(task.sprint_id, null)
  t.false('sprint_id' in JSON.parse(records[0]!.data))
})

test('creating a task in an unknown story is rejected and appends no event', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  await t.throwsAsync(
    commitChange(store.db, ada, createTask(newId(), newTaskSchema.parse({title: 'Weld'}))),
    {
      code: 'story-not-found',
    },
  )
  t.deepEqual(await readEvents(store.db, ada.organization_id), [])
})
