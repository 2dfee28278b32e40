// Tests the quotas: what concurrent changes may add, and how the bytes of text are counted.
import {sql} from 'kysely'
import {newCommentSchema} from '../../src/board/comment.ts'
import {newEscalationSchema} from '../../src/board/escalation.ts'
import type {Caller} from '../../src/board/member.ts'
import {newProjectSchema} from '../../src/board/project.ts'
import type {QuotaSetting, Quotas} from '../../src/board/quotas.ts'
import {newSprintSchema} from '../../src/board/sprint.ts'
import {newStorySchema} from '../../src/board/story.ts'
import {newTaskSchema} from '../../src/board/task.ts'
import type {Change} from '../../src/changes/change.ts'
import {commentOnTask} from '../../src/changes/comment-on-task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createApiKey} from '../../src/changes/create-api-key.ts'
import {createLabel} from '../../src/changes/create-label.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {createSprint} from '../../src/changes/create-sprint.ts'
import {createStory} from '../../src/changes/create-story.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {deleteProject} from '../../src/changes/delete-project.ts'
import {deleteSprint} from '../../src/changes/delete-sprint.ts'
import {deleteStory} from '../../src/changes/delete-story.ts'
import {deleteTask} from '../../src/changes/delete-task.ts'
import {editProject} from '../../src/changes/edit-project.ts'
import {editSprint} from '../../src/changes/edit-sprint.ts'
import {editStory} from '../../src/changes/edit-story.ts'
import {editTask} from '../../src/changes/edit-task.ts'
import {raiseEscalation} from '../../src/changes/raise-escalation.ts'
import {recordActivity} from '../../src/changes/record-activity.ts'
import {respondToEscalation} from '../../src/changes/respond-to-escalation.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {readConfig} from '../../src/config.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {createApiKey as createExpiredKey} from '../helpers/api-keys.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase(), poolSize: 16, acquireTimeoutMs: 60_000})
})
test.after.always(() => store.close())

const {quotas: defaults} = readConfig({})
const withQuotas = (quotas: Partial<Quotas>): Quotas => ({...defaults, ...quotas})

async function make<T>(by: Caller, change: Change<T>, quotas: Partial<Quotas> = {}): Promise<T> {
  return (await commitChange(store.db, by, change, undefined, withQuotas(quotas))).result
}

type Board = Awaited<ReturnType<typeof createBoard>>

const creators = 16

/**
 * For each quota: changes that add one row each, and the number of rows that `createBoard` has already added. For
 * MAX_TASKS_PER_SPRINT, each change adds a task to a different story.
 */
const additions: Partial<
  Record<QuotaSetting, {existing: number; changes(by: Caller, board: Board): Promise<Change<unknown>[]>}>
> = {
  MAX_PROJECTS: {
    existing: 1,
    changes: async () => sixteen(() => createProject(newProjectSchema.parse({name: 'Rover'}))),
  },
  MAX_SPRINTS_PER_PROJECT: {
    existing: 1,
    changes: async (_, {project}) =>
      sixteen(() => createSprint(project.id, newSprintSchema.parse({name: 'Sprint 2'}))),
  },
  MAX_LABELS_PER_PROJECT: {
    existing: 0,
    changes: async (_, {project}) =>
      Array.from({length: 16}, (_, n) => createLabel(project.id, {name: `Label ${n}`, color: 'red'})),
  },
  MAX_STORIES_PER_PROJECT: {
    existing: 1,
    changes: async (_, {project}) =>
      sixteen(() => createStory(project.id, newStorySchema.parse({title: 'Land'}))),
  },
  MAX_TASKS_PER_STORY: {
    existing: 1,
    changes: async (_, {story}) => sixteen(() => createTask(story.id, newTaskSchema.parse({title: 'Weld'}))),
  },
  MAX_TASKS_PER_SPRINT: {
    existing: 1,
    async changes(by, {project, sprint}) {
      const input = newStorySchema.parse({title: 'Land', sprint_id: sprint.id})
      const stories = await Promise.all(sixteen(() => make(by, createStory(project.id, input))))
      return stories.map(({id}) => createTask(id, newTaskSchema.parse({title: 'Weld'})))
    },
  },
  MAX_COMMENTS_PER_TASK: {
    existing: 0,
    changes: async (_, {task}) =>
      sixteen(() => commentOnTask(task.id, newCommentSchema.parse({body: 'Look'}))),
  },
}

function sixteen<T>(make: () => T): T[] {
  return Array.from({length: creators}, make)
}

for (const [setting, {existing, changes}] of Object.entries(additions)) {
  test(`when 16 members add rows concurrently, exactly ${setting} rows are stored`, async t => {
    const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
    const board = await createBoard(store.db, ada)
    const all = await changes(ada, board)
    const before = (await readEvents(store.db, ada.organization_id)).length
    const limit = existing + 5
    const outcomes = await Promise.allSettled(
      all.map((change, index) => make(index % 2 ? ada : grace, change, {[setting]: limit})),
    )
    const refused = outcomes.filter(outcome => outcome.status === 'rejected')
    t.is(refused.length, creators - 5)
    for (const {reason} of refused) {
      t.is(reason.code, 'quota-exceeded')
      t.deepEqual(reason.data, {setting, limit, used: limit})
    }
    t.is((await readEvents(store.db, ada.organization_id)).length, before + 5)
    t.is(await readTextBytes(ada), await countTextBytes(ada))
  })
}

test('when stories are moved concurrently into a sprint, the sprint has at most MAX_TASKS_PER_SPRINT tasks', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {project, sprint} = await createBoard(store.db, ada)
  const stories = await Promise.all(
    sixteen(() => make(ada, createStory(project.id, newStorySchema.parse({title: 'Land'})))),
  )
  for (const {id} of stories) {
    for (const title of ['Weld', 'Brake']) await make(ada, createTask(id, newTaskSchema.parse({title})))
  }
  const limit = 10 // the sprint has 1 task, so 4 stories with 2 tasks each fit, and a fifth story does not fit
  const outcomes = await Promise.allSettled(
    stories.map(({id}) => make(ada, editStory(id, {sprint_id: sprint.id}), {MAX_TASKS_PER_SPRINT: limit})),
  )
  const refused = outcomes.filter(outcome => outcome.status === 'rejected')
  t.is(refused.length, creators - 4)
  for (const {reason} of refused) {
    t.deepEqual(reason.data, {setting: 'MAX_TASKS_PER_SPRINT', limit, used: 9})
  }
  const {rows} = await sql`select from tasks where sprint_id = ${sprint.id}`.execute(store.db)
  t.is(rows.length, 9)
})

test('a full sprint accepts edits, deletions, and stories without tasks', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {project, sprint, story, task} = await createBoard(store.db, ada)
  const quotas = {MAX_TASKS_PER_SPRINT: 1, MAX_TASKS_PER_STORY: 1}
  const empty = await make(
    ada,
    createStory(project.id, newStorySchema.parse({title: 'Land', sprint_id: sprint.id})),
    quotas,
  )
  await make(ada, editStory(empty.id, {sprint_id: null}), quotas)
  await make(ada, editStory(empty.id, {sprint_id: sprint.id}), quotas)
  await make(ada, editTask(task.id, {title: 'Fill both tanks'}), quotas)
  await make(ada, takeTask(task.id), quotas)
  const another = createTask(story.id, newTaskSchema.parse({title: 'Weld'}))
  await t.throwsAsync(make(ada, another, quotas), {code: 'quota-exceeded'})
  await make(ada, deleteTask(task.id), quotas)
  await t.notThrowsAsync(make(ada, another, quotas))
})

test('a new description with more than MAX_DESCRIPTION_BYTES bytes is rejected, but a task that already has such a description can be edited', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {project, story, task} = await createBoard(store.db, ada)
  const quotas = {MAX_DESCRIPTION_BYTES: 8}
  const data = {setting: 'MAX_DESCRIPTION_BYTES', limit: 8, used: 9}
  const [fits, tooLong] = ['äöüß', '日本語']
  for (const change of [
    createTask(story.id, newTaskSchema.parse({title: 'Weld', description: tooLong})),
    editTask(task.id, {description: tooLong}),
    createStory(project.id, newStorySchema.parse({title: 'Land', description: tooLong})),
    editStory(story.id, {description: tooLong}),
  ]) {
    const problem = await t.throwsAsync<any>(make<unknown>(ada, change, quotas), {code: 'quota-exceeded'})
    t.deepEqual(problem.data, data)
  }
  t.is((await make(ada, editTask(task.id, {description: fits}), quotas)).description, fits)
  await make(ada, editTask(task.id, {description: tooLong}))
  t.is((await make(ada, editTask(task.id, {title: 'Weld'}), quotas)).description, tooLong)
})

test('expired API keys are not counted for MAX_API_KEYS, and concurrent requests cannot exceed this quota', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'admin'})
  const input = {name: 'Robot', role: 'member', expires_at: null} as const
  const expiresAt = new Date(Date.now() - 1_000).toISOString()
  await createExpiredKey(store.db, {...input, organizationId: ada.organization_id, expiresAt})
  const quotas = {MAX_API_KEYS: 5}
  const outcomes = await Promise.allSettled(sixteen(() => make(ada, createApiKey(input), quotas)))
  const refused = outcomes.filter(outcome => outcome.status === 'rejected')
  t.is(refused.length, creators - 5)
  for (const {reason} of refused) t.deepEqual(reason.data, {setting: 'MAX_API_KEYS', limit: 5, used: 5})
})

test('the count of the text bytes is exact after every change, and is zero after everything is deleted', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'admin'})
  const {project, sprint, story, task} = await createBoard(store.db, ada)
  const steps: Change<unknown>[] = [
    editProject(project.id, {name: 'Räkëte', phase: 'bauen'}),
    editSprint(sprint.id, {goal: 'Zum Mond 🚀'}),
    editStory(story.id, {description: '日本語', sprint_id: null}),
    editStory(story.id, {description: ''}),
    editTask(task.id, {description: 'Zwölf', acceptance_criteria_refs: ['ÄK-1', 'ÄK-2']}),
    takeTask(task.id),
    commentOnTask(task.id, newCommentSchema.parse({body: 'Schön!'})),
    recordActivity(project.id, [
      {type: 'agent.started', agent: 'wëlder', run_id: '"1"\\'},
      {
        type: 'pr.created',
        pr: {number: 42, title: 'Füllen\u007f', url: 'https://github.example/1', author: 'bob'},
      },
      {type: 'workflow.error', workflow: 'tëst', message: 'Red\n\u0001\t"quoted" \u2028'},
    ]),
    createTask(story.id, newTaskSchema.parse({title: 'Löten'})),
  ]
  const requireExact = async () => t.is(await readTextBytes(ada), await countTextBytes(ada))
  await requireExact()
  for (const step of steps) {
    await make(ada, step)
    await requireExact()
  }
  const {id} = await make(
    ada,
    raiseEscalation(project.id, newEscalationSchema.parse({question: 'Dürfen wir?'})),
  )
  await requireExact()
  await make(ada, respondToEscalation(id, {response: 'Natürlich.'}))
  await requireExact()
  for (const deletion of [
    deleteTask(task.id),
    deleteSprint(sprint.id),
    deleteStory(story.id),
    deleteProject(project.id),
  ]) {
    await make(ada, deletion)
    await requireExact()
  }
  t.is(await readTextBytes(ada), 0)
})

test('when concurrent changes add text, the organization stores at most MAX_BYTES_PER_ORG bytes, and accepts changes that add no text', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {story, task} = await createBoard(store.db, ada)
  const before = await readTextBytes(ada)
  const quotas = {MAX_BYTES_PER_ORG: before + 5 * 4 + 3}
  const outcomes = await Promise.allSettled(
    sixteen(() => make(ada, createTask(story.id, newTaskSchema.parse({title: 'Weld'})), quotas)),
  )
  const refused = outcomes.filter(outcome => outcome.status === 'rejected')
  t.is(refused.length, creators - 5)
  const used = before + 20
  for (const {reason} of refused) {
    t.deepEqual(reason.data, {setting: 'MAX_BYTES_PER_ORG', limit: quotas.MAX_BYTES_PER_ORG, used})
  }
  t.is(await readTextBytes(ada), used)
  const longer = make(ada, editTask(task.id, {description: '1234'}), quotas)
  await t.throwsAsync(longer, {code: 'quota-exceeded'})
  await t.notThrowsAsync(make(ada, editTask(task.id, {title: 'Weld'}), {MAX_BYTES_PER_ORG: 1}))
  await t.notThrowsAsync(make(ada, takeTask(task.id), {MAX_BYTES_PER_ORG: 1}))
})

async function readTextBytes({organization_id}: Caller): Promise<number> {
  const {rows} = await sql<{text_bytes: number}>`
    select text_bytes from event_streams where organization_id = ${organization_id}`.execute(store.db)
  return rows[0]!.text_bytes
}

/** Counts the bytes of the stored texts without using the counter of the organization. */
async function countTextBytes({organization_id}: Caller): Promise<number> {
  const {rows} = await sql<{bytes: number}>`select stored_text_bytes(${organization_id}) as bytes`.execute(
    store.db,
  )
  return rows[0]!.bytes
}
