import type {Caller} from '../../src/board/member.ts'
import type {Project} from '../../src/board/project.ts'
import type {Quotas} from '../../src/board/quotas.ts'
import {newSprintSchema} from '../../src/board/sprint.ts'
import {newStorySchema} from '../../src/board/story.ts'
import {newTaskSchema, type TaskEdit} from '../../src/board/task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createSprint} from '../../src/changes/create-sprint.ts'
import {createStory} from '../../src/changes/create-story.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {deleteStory} from '../../src/changes/delete-story.ts'
import {editTask} from '../../src/changes/edit-task.ts'
import {takeTask} from '../../src/changes/take-task.ts'
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

test('an edit replaces only the given fields; the event of the edit contains the whole task, and the recipients of the event are the owner and the creator', async t => {
  const {ada, grace, edsger} = await createOrganization(store.db, {
    ada: 'member',
    grace: 'member',
    edsger: 'member',
  })
  const {task: made} = await createBoard(store.db, ada)
  const {result: before} = await commitChange(store.db, grace, takeTask(made.id))
  const fields: TaskEdit = {
    acceptance_criteria_refs: ['AC-1', 'AC-2'],
    estimated_hours: 2.5,
    priority: 'urgent',
    due_on: '2026-12-31',
  }
  const {result: task, records, cursor} = await commitChange(store.db, edsger, editTask(made.id, fields))
  t.deepEqual(task, {...before, ...fields, version: 3, updated_at: task.updated_at})
  t.deepEqual(await readTask(store.db, ada.organization_id, task.id), {result: task, cursor})
  t.like(await readEvents(store.db, ada.organization_id, cursor.seq - 1), {0: {type: 'task.updated', task}})
  t.deepEqual(records[0]!.recipients, [grace.user_id, ada.user_id])
})

test('an edit that changes nothing returns the task and appends no event', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {task} = await createBoard(store.db, ada)
  const {result, records} = await commitChange(
    store.db,
    ada,
    editTask(task.id, {title: task.title, estimated_hours: null}),
  )
  t.deepEqual(result, task)
  t.deepEqual(records, [])
})

test('when two edits expect the same version, one edit succeeds and the other edit is rejected', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {task} = await createBoard(store.db, ada)
  const outcomes = await Promise.allSettled([
    commitChange(store.db, ada, editTask(task.id, {title: 'Weld'}, [1])),
    commitChange(store.db, ada, editTask(task.id, {title: 'Rivet'}, [1])),
  ])
  t.deepEqual(outcomes.map(({status}) => status).sort(), ['fulfilled', 'rejected'])
  t.is((await readTask(store.db, ada.organization_id, task.id)).result.version, 2)
})

/** Creates a second sprint of the project with a story, and a story without a sprint. */
async function createTargets(by: Caller, project: Project) {
  const {db} = store
  const make = async (title: string, sprint_id: string | null) =>
    (await commitChange(db, by, createStory(project.id, newStorySchema.parse({title, sprint_id})))).result
  const {result: sprint} = await commitChange(
    db,
    by,
    createSprint(project.id, newSprintSchema.parse({name: 'Sprint 2'})),
  )
  return {sprint, there: await make('Land', sprint.id), nowhere: await make('Dock', null)}
}

test('a task moves to another story and to the sprint of this story; the event also contains the other edits', async t => {
  const {db} = store
  const {ada, grace} = await createOrganization(db, {ada: 'member', grace: 'member'})
  const {project, sprint, story, task} = await createBoard(db, ada)
  const {sprint: next, there, nowhere} = await createTargets(ada, project)
  const edit = {story_id: there.id, title: 'Weld'}
  const {result, records} = await commitChange(db, grace, editTask(task.id, edit, [1]))
  t.deepEqual(result, {...task, ...edit, sprint_id: next.id, version: 2, updated_at: result.updated_at})
  t.deepEqual(
    records.map(({data}) => JSON.parse(data)).filter(({type}) => type !== 'notification.created'),
    [
      {
        type: 'task.moved',
        timestamp: result.updated_at,
        actor_user_id: grace.user_id,
        project_id: project.id,
        sprint_id: next.id,
        story_id: there.id,
        task_id: task.id,
        version: 2,
        from_sprint_id: sprint.id,
        to_sprint_id: next.id,
        from_story_id: story.id,
        to_story_id: there.id,
        task: result,
      },
    ],
  )
  t.like(records[0], {left_sprint_id: sprint.id, left_story_id: story.id})
  t.deepEqual((await readTask(db, ada.organization_id, task.id)).result, result)

  const {result: out} = await commitChange(db, ada, editTask(task.id, {story_id: nowhere.id}))
  t.like(out, {story_id: nowhere.id, sprint_id: null, version: 3})
  const same = await commitChange(db, ada, editTask(task.id, {story_id: nowhere.id}))
  t.deepEqual(same.records, [])
  const {result: renamed} = await commitChange(
    db,
    ada,
    editTask(task.id, {story_id: nowhere.id, title: 'Rivet'}),
  )
  t.like(renamed, {title: 'Rivet', version: 4})
})

test('a task does not move to an unknown story, to a story of another project, or into a full story or sprint', async t => {
  const {db} = store
  const {ada} = await createOrganization(db, {ada: 'member'})
  const {project, task} = await createBoard(db, ada)
  const {story: elsewhere, project: other} = await createBoard(db, ada)
  const {there} = await createTargets(ada, project)
  await commitChange(db, ada, createTask(there.id, newTaskSchema.parse({title: 'Only'})))
  const move = (story_id: string, limits = {}) => {
    const quotas = {
      MAX_TASKS_PER_STORY: 9,
      MAX_TASKS_PER_SPRINT: 9,
      MAX_BYTES_PER_ORG: 1e9,
      ...limits,
    } as Quotas
    return commitChange(db, ada, editTask(task.id, {story_id}), undefined, quotas)
  }
  await t.throwsAsync(move(newId()), {code: 'story-not-found'})
  const refused = await t.throwsAsync<Error & {data: object}>(move(elsewhere.id), {
    code: 'story-of-another-project',
  })
  t.deepEqual(refused.data, {project_id: other.id})
  await t.throwsAsync(move(there.id, {MAX_TASKS_PER_STORY: 1}), {code: 'quota-exceeded'})
  await t.throwsAsync(move(there.id, {MAX_TASKS_PER_SPRINT: 1}), {code: 'quota-exceeded'})
  t.deepEqual((await readTask(db, ada.organization_id, task.id)).result, task)
  await move(there.id)
})

test('when a task leaves a story that is deleted at the same time, the task survives or is deleted with its event', async t => {
  const {db} = store
  const {ada, root} = await createOrganization(db, {ada: 'member', root: 'admin'})
  const {project} = await createBoard(db, ada)
  const {there} = await createTargets(ada, project)
  for (let round = 0; round < 10; round++) {
    const {result: from} = await commitChange(
      db,
      ada,
      createStory(project.id, newStorySchema.parse({title: 'From'})),
    )
    const {result: task} = await commitChange(
      db,
      ada,
      createTask(from.id, newTaskSchema.parse({title: 'Weld'})),
    )
    const [moved] = await Promise.allSettled([
      commitChange(db, ada, editTask(task.id, {story_id: there.id})),
      commitChange(db, root, deleteStory(from.id)),
    ])
    const events = (await readEvents(db, ada.organization_id)).filter(
      event => 'task_id' in event && event.task_id === task.id,
    )
    t.is(events.at(-1)!.type, moved.status === 'fulfilled' ? 'task.moved' : 'task.deleted')
    const {count} = db.fn
    const {rows} = await db
      .selectFrom('tasks')
      .select(count<number>('id').as('rows'))
      .where('id', '=', task.id)
      .executeTakeFirstOrThrow()
    t.is(Number(rows), moved.status === 'fulfilled' ? 1 : 0)
  }
})
