import {newProjectSchema} from '../../src/board/project.ts'
import {newSprintSchema} from '../../src/board/sprint.ts'
import {newTaskSchema} from '../../src/board/task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {createSprint} from '../../src/changes/create-sprint.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {deleteSprint} from '../../src/changes/delete-sprint.ts'
import {editStory} from '../../src/changes/edit-story.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {readStory, readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

const sprintTwo = newSprintSchema.parse({name: 'Sprint 2'})
const weld = newTaskSchema.parse({title: 'Weld'})

test('an edit replaces the given fields, and its event contains the whole story; an edit with the current values changes nothing', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {story: made, sprint} = await createBoard(store.db, ada)
  const {result: story, cursor} = await commitChange(
    store.db,
    ada,
    editStory(made.id, {
      title: 'Land',
      sprint_id: sprint.id,
    }),
  )
  t.deepEqual(story, {...made, title: 'Land', version: 2, updated_at: story.updated_at})
  t.deepEqual(await readStory(store.db, ada.organization_id, made.id), {result: story, cursor})
  t.like((await readEvents(store.db, ada.organization_id)).at(-1), {type: 'story.updated', version: 2, story})
  const again = await commitChange(store.db, ada, editStory(made.id, {title: 'Land', description: ''}))
  t.deepEqual([again.result, again.records], [story, []])
})

test('moving a story moves its tasks; each task keeps its owner, and the owner is the recipient of the event task.moved', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {project, sprint, story, task} = await createBoard(store.db, ada)
  const {result: taken} = await commitChange(store.db, grace, takeTask(task.id))
  const {result: to} = await commitChange(store.db, ada, createSprint(project.id, sprintTwo))
  const {result: moved, records} = await commitChange(store.db, ada, editStory(story.id, {sprint_id: to.id}))
  t.deepEqual(moved, {...story, sprint_id: to.id, version: 2, updated_at: moved.updated_at})
  const {result: after} = await readTask(store.db, ada.organization_id, task.id)
  t.deepEqual(after, {...taken, sprint_id: to.id, version: 3, updated_at: moved.updated_at})
  t.deepEqual(
    records
      .slice(0, 2)
      .map(({type, sprint_id, left_sprint_id, recipients}) => [type, sprint_id, left_sprint_id, recipients]),
    [
      ['story.moved', to.id, sprint.id, null],
      ['task.moved', to.id, sprint.id, [grace.user_id]],
    ],
  )
})

test('when a member moves a story to an unknown sprint, or to a sprint of another project or organization, the move is rejected and changes nothing', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {eve} = await createOrganization(store.db, {eve: 'member'})
  const {story} = await createBoard(store.db, ada)
  const {result: other} = await commitChange(
    store.db,
    ada,
    createProject(newProjectSchema.parse({name: 'Rover'})),
  )
  const {result: elsewhere} = await commitChange(store.db, ada, createSprint(other.id, sprintTwo))
  const foreign = await createBoard(store.db, eve)
  const events = await readEvents(store.db, ada.organization_id)
  const move = (sprint_id: string) =>
    commitChange(store.db, ada, editStory(story.id, {title: 'Lost', sprint_id}))
  await t.throwsAsync(move(elsewhere.id), {code: 'sprint-of-another-project'})
  await t.throwsAsync(move(foreign.sprint.id), {code: 'sprint-not-found'})
  await t.throwsAsync(move(story.id), {code: 'sprint-not-found'})
  t.deepEqual((await readStory(store.db, ada.organization_id, story.id)).result, story)
  t.deepEqual(await readEvents(store.db, ada.organization_id), events)
})

test('every task stays in the sprint of its story while stories, tasks and sprints change concurrently', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'admin'})
  for (let round = 0; round < 10; round++) {
    const {project, story, task} = await createBoard(store.db, ada)
    const {result: to} = await commitChange(store.db, ada, createSprint(project.id, sprintTwo))
    const outcomes = await Promise.allSettled([
      commitChange(store.db, ada, editStory(story.id, {sprint_id: to.id})),
      commitChange(store.db, grace, createTask(story.id, weld)),
      commitChange(store.db, grace, deleteSprint(to.id)),
      commitChange(store.db, grace, takeTask(task.id)),
      commitChange(store.db, ada, createTask(story.id, weld)),
    ])
    const [move, ...others] = outcomes
    t.deepEqual(
      others.filter(({status}) => status === 'rejected'),
      [],
    )
    if (move!.status === 'rejected') t.is(move.reason.code, 'sprint-not-found')
    const {result: after} = await readStory(store.db, ada.organization_id, story.id)
    const tasks = await store.db
      .selectFrom('tasks')
      .select('sprint_id')
      .where('story_id', '=', story.id)
      .where('organization_id', '=', ada.organization_id)
      .execute()
    t.is(tasks.length, 3)
    t.true(tasks.every(({sprint_id}) => sprint_id === after.sprint_id))
  }
})
