import {newProjectSchema} from '../../src/board/project.ts'
import {newStorySchema} from '../../src/board/story.ts'
import {newTaskSchema} from '../../src/board/task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {createStory} from '../../src/changes/create-story.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {deleteTask} from '../../src/changes/delete-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let stores: Store[]
test.before(async () => {
  const url = await createDatabase()
  stores = await Promise.all([openStore({url}), openStore({url})])
})
test.after.always(() => Promise.all(stores.map(store => store.close())))

test('a project without a key gets the first letters of its name, with a number when another project has them', async t => {
  const {db} = stores[0]!
  const {ada} = await createOrganization(db, {ada: 'member'})
  const keys: Record<string, string> = {
    'Web shop': 'WEB',
    Webdings: 'WEBD',
    'web 2': 'WEB2',
    'WEB!': 'WEB3',
    Überblick: 'UBER',
    'A New Hope': 'NEW',
    '42 monkeys': 'MONK',
    'x-ray': 'RAY',
    日本: 'PROJ',
    '9 9': 'PROJ2',
    'İstanbul ﬁne': 'ISTA',
  }
  for (const [name, key] of Object.entries(keys)) {
    const {result, records} = await commitChange(db, ada, createProject(newProjectSchema.parse({name})))
    t.is(result.key, key, name)
    t.is(JSON.parse(records[0]!.data).project.key, key)
  }
})

test('a project gets the given key, unless another project of the organization has it', async t => {
  const {db} = stores[0]!
  const {ada} = await createOrganization(db, {ada: 'member'})
  const {bob} = await createOrganization(db, {bob: 'member'})
  const create = (by: typeof ada, key: string) =>
    commitChange(db, by, createProject(newProjectSchema.parse({name: 'Rocket', key})))
  const {result} = await create(ada, 'R2D2')
  t.is(result.key, 'R2D2')
  t.is((await create(bob, 'R2D2')).result.key, 'R2D2')
  const refused = await t.throwsAsync<Error & {data: object}>(create(ada, 'R2D2'), {
    code: 'project-key-in-use',
  })
  t.deepEqual(refused.data, {project_id: result.id})
  for (const key of ['r2', 'R', '2R', 'R-2', 'ABCDEFGHIJK', 'Ä1'])
    t.false(newProjectSchema.safeParse({name: 'Rocket', key}).success, key)
})

test('projects with the same name that are created at the same time get different keys', async t => {
  const {ada, bob} = await createOrganization(stores[0]!.db, {ada: 'member', bob: 'member'})
  const created = await Promise.all(
    Array.from({length: 12}, (_, index) =>
      commitChange(
        stores[index % 2]!.db,
        index % 3 ? ada : bob,
        createProject(newProjectSchema.parse({name: 'Moon'})),
      ),
    ),
  )
  const keys = created.map(({result}) => result.key).sort()
  t.deepEqual(keys, ['MOON', ...Array.from({length: 11}, (_, index) => `MOON${index + 2}`)].sort())
})

test('tasks that are created at the same time get numbers without a gap, even when some creations fail', async t => {
  const {db} = stores[0]!
  const {ada, bob, root} = await createOrganization(db, {ada: 'member', bob: 'member', root: 'admin'})
  const {project, story, task} = await createBoard(db, ada)
  const {result: other} = await commitChange(
    db,
    ada,
    createStory(project.id, newStorySchema.parse({title: 'Land'})),
  )
  const quotas = {MAX_TASKS_PER_STORY: 8} as Parameters<typeof commitChange>[4]
  const all = {
    ...quotas,
    MAX_TASKS_PER_SPRINT: 100,
    MAX_BYTES_PER_ORG: 1e9,
    MAX_DESCRIPTION_BYTES: 1e4,
  } as typeof quotas
  const attempts = await Promise.allSettled(
    Array.from({length: 30}, (_, index) => {
      const creation = createTask(index % 2 ? story.id : other.id, newTaskSchema.parse({title: `${index}`}))
      return commitChange(stores[index % 2]!.db, index % 3 ? ada : bob, creation, undefined, all)
    }),
  )
  const created = attempts.flatMap(attempt => (attempt.status === 'fulfilled' ? [attempt.value.result] : []))
  t.is(created.length, 15, 'each story has 8 tasks')
  const numbers = created.map(({number}) => number).sort((one, two) => one - two)
  t.deepEqual(
    numbers,
    Array.from({length: 15}, (_, index) => index + 2),
  )
  for (const {key, number} of created) t.is(key, `${project.key}-${number}`)

  await commitChange(db, root, deleteTask(created.find(({number}) => number === 16)!.id))
  await commitChange(db, root, deleteTask(task.id))
  const {result: next} = await commitChange(
    db,
    ada,
    createTask(story.id, newTaskSchema.parse({title: 'Next'})),
  )
  t.is(next.number, 17)
  const {task: first} = await createBoard(db, ada)
  t.is(first.number, 1, 'each project has its own numbers')
})
