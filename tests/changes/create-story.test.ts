import {type NewStory, newStorySchema} from '../../src/board/story.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createStory} from '../../src/changes/create-story.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {readHead} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {readStory} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

test('a new story in a sprint is a draft at version 1; its event contains the whole story and the id of the sprint', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {project, sprint} = await createBoard(store.db, ada)
  const {
    result: story,
    records,
    cursor,
  } = await commitChange(store.db, ada, createStory(project.id, newStory(sprint.id)))
  t.like(story, {project_id: project.id, sprint_id: sprint.id, status: 'draft', version: 1})
  t.deepEqual(await readStory(store.db, ada.organization_id, story.id), {result: story, cursor})
  t.deepEqual(await readEvents(store.db, ada.organization_id, cursor.seq - 1), [
    {
      type: 'story.created',
      timestamp: story.created_at,
      actor_user_id: ada.user_id,
      project_id: project.id,
      sprint_id: sprint.id,
      story_id: story.id,
      version: 1,
      story,
    },
  ])
  t.like(records[0], {sprint_id: sprint.id, story_id: story.id, task_id: null})
})

test('the event of a new story without a sprint has no sprint_id', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {project} = await createBoard(store.db, ada)
  const {result: story, records} = await commitChange(store.db, ada, createStory(project.id, newStory(null)))
  t.is(story.sprint_id, null)
  t.is(records[0]!.sprint_id, null)
  t.false('sprint_id' in JSON.parse(records[0]!.data))
})

test('a story in a sprint of another project is rejected; the error contains the id of the other project, and no event is appended', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {project} = await createBoard(store.db, ada)
  const other = await createBoard(store.db, ada)
  const head = await readHead(store.db, ada.organization_id)
  const error = await t.throwsAsync(
    commitChange(store.db, ada, createStory(project.id, newStory(other.sprint.id))),
    {
      code: 'sprint-of-another-project',
    },
  )
  t.like(error, {data: {project_id: other.project.id}})
  t.deepEqual(await readHead(store.db, ada.organization_id), head)
})

test('creating a story in an unknown project or sprint is rejected', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {project} = await createBoard(store.db, ada)
  await t.throwsAsync(commitChange(store.db, ada, createStory(newId(), newStory(null))), {
    code: 'project-not-found',
  })
  await t.throwsAsync(commitChange(store.db, ada, createStory(project.id, newStory(newId()))), {
    code: 'sprint-not-found',
  })
})

function newStory(sprint_id: string | null): NewStory {
  return newStorySchema.parse({title: 'Land again', sprint_id})
}
