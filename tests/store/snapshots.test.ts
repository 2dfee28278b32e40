import {taskFacts} from '../../src/board/facts.ts'
import {newProjectSchema} from '../../src/board/project.ts'
import {newSprintSchema} from '../../src/board/sprint.ts'
import {newStorySchema} from '../../src/board/story.ts'
import {newTaskSchema} from '../../src/board/task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {createSprint} from '../../src/changes/create-sprint.ts'
import {createStory} from '../../src/changes/create-story.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {appendEvents, readHead} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {
  listProjects,
  listSprints,
  listStories,
  listTasks,
  type Page,
  type PageRequest,
  readBacklog,
  readBoard,
  readProject,
  readSprint,
  readStory,
  readTask,
  type Snapshot,
} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {withoutDescriptions} from '../helpers/same-board.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

test('a board contains the stories and tasks of its sprint, and a backlog those without a sprint, and the members who own or created a task; each of these lists is ordered by id', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member', vic: 'viewer'})
  const {project, sprint, story, task} = await createBoard(store.db, ada)
  const otherSprint = await commitChange(
    store.db,
    ada,
    createSprint(project.id, newSprintSchema.parse({name: 'Sprint 2'})),
  )
  const stories = [{...story, tasks: [task]}]
  const withoutSprint: typeof stories = []
  for (const sprint_id of [sprint.id, null, otherSprint.result.id, sprint.id]) {
    const newStory = newStorySchema.parse({title: 'Land again', sprint_id})
    const {result: made} = await commitChange(store.db, ada, createStory(project.id, newStory))
    const titles = ['Weld', 'Rivet', 'Glue']
    const added = await Promise.all(
      titles.map(title => commitChange(store.db, ada, createTask(made.id, newTaskSchema.parse({title})))),
    )
    const withTasks = {...made, tasks: added.map(({result}) => result).sort(byId)}
    if (sprint_id === sprint.id) stories.push(withTasks)
    if (sprint_id === null) withoutSprint.push(withTasks)
  }
  const taken = await commitChange(store.db, grace, takeTask(task.id))
  stories[0]!.tasks = [taken.result]

  t.deepEqual(await readBoard(store.db, ada.organization_id, sprint.id), {
    result: withoutDescriptions({
      sprint,
      stories: stories.sort(byId),
      labels: [],
      members: [ada, grace].map(({user_id, name}) => ({id: user_id, name})).sort(byId),
    }),
    cursor: taken.cursor,
  })
  t.deepEqual(await readBacklog(store.db, ada.organization_id, project.id), {
    result: withoutDescriptions({
      project,
      stories: withoutSprint,
      labels: [],
      members: [{id: ada.user_id, name: ada.name}],
    }),
    cursor: taken.cursor,
  })
})

test('a board of a sprint without stories is empty', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {project} = await createBoard(store.db, ada)
  const {result: sprint, cursor} = await commitChange(
    store.db,
    ada,
    createSprint(project.id, newSprintSchema.parse({name: 'Sprint 2'})),
  )
  t.deepEqual(await readBoard(store.db, ada.organization_id, sprint.id), {
    result: {sprint, stories: [], labels: [], members: []},
    cursor,
  })
})

test('a snapshot and its cursor do not include an uncommitted change', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {task, sprint} = await createBoard(store.db, ada)
  const before = await readBoard(store.db, ada.organization_id, sprint.id)
  await store.db.transaction().execute(async trx => {
    await trx.updateTable('tasks').set({version: 2}).where('id', '=', task.id).execute()
    const event = {
      type: 'task.started',
      ...taskFacts({...task, version: 2}, {caller: ada, timestamp: task.updated_at}),
    } as const
    const {cursor} = await appendEvents(trx, ada.organization_id, task.updated_at, [{event}])
    t.is(cursor.seq, before.cursor.seq + 1)
    t.deepEqual(await readBoard(store.db, ada.organization_id, sprint.id), before)
  })
  t.is((await readBoard(store.db, ada.organization_id, sprint.id)).cursor.seq, before.cursor.seq + 1)
})

test('reading an unknown resource or the list of its items throws not-found', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {db} = store
  const {organization_id} = ada
  const page = {limit: 10}
  await t.throwsAsync(readBoard(db, organization_id, newId()), {code: 'sprint-not-found'})
  await t.throwsAsync(readBacklog(db, organization_id, newId()), {code: 'project-not-found'})
  await t.throwsAsync(readProject(db, organization_id, newId()), {code: 'project-not-found'})
  await t.throwsAsync(readSprint(db, organization_id, newId()), {code: 'sprint-not-found'})
  await t.throwsAsync(readStory(db, organization_id, newId()), {code: 'story-not-found'})
  await t.throwsAsync(readTask(db, organization_id, newId()), {code: 'task-not-found'})
  await t.throwsAsync(listSprints(db, organization_id, newId(), page), {code: 'project-not-found'})
  await t.throwsAsync(listStories(db, organization_id, newId(), page), {code: 'project-not-found'})
  await t.throwsAsync(listTasks(db, organization_id, newId(), page), {code: 'story-not-found'})
})

test('every list can be read to its end in pages that are ordered by id', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {db} = store
  const {organization_id} = ada
  const {project, sprint, story, task} = await createBoard(db, ada)
  const items = {projects: [project], sprints: [sprint], stories: [story], tasks: [task]}
  for (const name of ['B', 'C', 'D', 'E']) {
    items.projects.push((await commitChange(db, ada, createProject(newProjectSchema.parse({name})))).result)
    items.sprints.push(
      (await commitChange(db, ada, createSprint(project.id, newSprintSchema.parse({name})))).result,
    )
    items.stories.push(
      (await commitChange(db, ada, createStory(project.id, newStorySchema.parse({title: name})))).result,
    )
    items.tasks.push(
      (await commitChange(db, ada, createTask(story.id, newTaskSchema.parse({title: name})))).result,
    )
  }
  const cursor = await readHead(db, organization_id)

  for (const [name, list] of Object.entries({
    projects: page => listProjects(db, organization_id, page),
    sprints: page => listSprints(db, organization_id, project.id, page),
    stories: page => listStories(db, organization_id, project.id, page),
    tasks: page => listTasks(db, organization_id, story.id, page),
  } satisfies Record<string, (page: PageRequest) => Promise<Snapshot<Page<{id: string}>>>>)) {
    const expected = items[name as keyof typeof items].sort(byId)
    const pages: Page<{id: string}>[] = []
    let after: string | null | undefined
    while (after !== null) {
      const {result, cursor: at} = await list({limit: 2, ...(after && {after})})
      t.deepEqual(at, cursor)
      pages.push(result)
      after = result.next
    }
    t.deepEqual(
      pages.map(({items}) => items.length),
      [2, 2, 1],
    )
    t.deepEqual<unknown, unknown>(
      pages.flatMap(({items}) => items),
      expected,
    )
    t.deepEqual<unknown, unknown>(
      (await list({limit: 5})).result,
      {items: expected, next: null},
      'a full page at the end of the list has no next page',
    )
    t.deepEqual((await list({limit: 5, after: expected.at(-1)!.id})).result, {items: [], next: null})
  }
})

test('the list of projects of an organization without projects is empty', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {result, cursor} = await listProjects(store.db, ada.organization_id, {limit: 10})
  t.deepEqual(result, {items: [], next: null})
  t.is(cursor.seq, 0)
})

function byId(a: {id: string}, b: {id: string}): number {
  return a.id < b.id ? -1 : 1
}
