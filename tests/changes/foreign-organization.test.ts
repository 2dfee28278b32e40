// A caller cannot distinguish a resource of another organization from a resource that does not exist.
import {newCommentSchema} from '../../src/board/comment.ts'
import {newEscalationSchema} from '../../src/board/escalation.ts'
import {newLabelSchema} from '../../src/board/label.ts'
import type {Caller} from '../../src/board/member.ts'
import type {Problem, ProblemCode} from '../../src/board/problem.ts'
import {newSprintSchema} from '../../src/board/sprint.ts'
import {newStorySchema} from '../../src/board/story.ts'
import {newTaskSchema} from '../../src/board/task.ts'
import {addLabel, removeLabel} from '../../src/changes/change-task-labels.ts'
import {changeTasks} from '../../src/changes/change-tasks.ts'
import {commentOnTask} from '../../src/changes/comment-on-task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createLabel} from '../../src/changes/create-label.ts'
import {createSprint} from '../../src/changes/create-sprint.ts'
import {createStory} from '../../src/changes/create-story.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {deleteProject} from '../../src/changes/delete-project.ts'
import {deleteSprint} from '../../src/changes/delete-sprint.ts'
import {deleteStory} from '../../src/changes/delete-story.ts'
import {deleteTask} from '../../src/changes/delete-task.ts'
import {deleteTasks} from '../../src/changes/delete-tasks.ts'
import {editProject} from '../../src/changes/edit-project.ts'
import {editSprint} from '../../src/changes/edit-sprint.ts'
import {editStory} from '../../src/changes/edit-story.ts'
import {editTask} from '../../src/changes/edit-task.ts'
import {raiseEscalation} from '../../src/changes/raise-escalation.ts'
import {releaseTask} from '../../src/changes/release-task.ts'
import {setSprintStatus} from '../../src/changes/set-sprint-status.ts'
import {setStoryStatus} from '../../src/changes/set-story-status.ts'
import {setTaskStatus} from '../../src/changes/set-task-status.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {type Database, openStore, type Store} from '../../src/store/connection.ts'
import {readHead} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {search} from '../../src/store/search.ts'
import {
  listComments,
  listEscalations,
  listProjects,
  listSprints,
  listStories,
  listTasks,
  readBacklog,
  readBoard,
  readProject,
  readSprint,
  readStory,
  readTask,
} from '../../src/store/snapshots.ts'
import {readBurndown, readVelocity} from '../../src/store/sprint-days.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

interface Ids {
  project: string
  sprint: string
  story: string
  task: string
  label: string
}

type Attempt = (db: Database, by: Caller, ids: Ids, own: Ids) => Promise<unknown>

const newSprint = newSprintSchema.parse({name: 'Sprint 2'})
const newStory = newStorySchema.parse({title: 'Land again'})
const newTask = newTaskSchema.parse({title: 'Weld'})
const page = {limit: 10}

const attempts: Record<string, [ProblemCode, Attempt]> = {
  'creating a sprint': [
    'project-not-found',
    (db, by, {project}) => commitChange(db, by, createSprint(project, newSprint)),
  ],
  'creating a story': [
    'project-not-found',
    (db, by, {project}) => commitChange(db, by, createStory(project, newStory)),
  ],
  'creating a story of the caller’s organization in a sprint': [
    'sprint-not-found',
    (db, by, {sprint}, own) =>
      commitChange(db, by, createStory(own.project, {...newStory, sprint_id: sprint})),
  ],
  'creating a task': [
    'story-not-found',
    (db, by, {story}) => commitChange(db, by, createTask(story, newTask)),
  ],
  'taking a task': ['task-not-found', (db, by, {task}) => commitChange(db, by, takeTask(task))],
  'releasing a task': ['task-not-found', (db, by, {task}) => commitChange(db, by, releaseTask(task))],
  'setting the status of a task': [
    'task-not-found',
    (db, by, {task}) => commitChange(db, by, setTaskStatus(task, 'cancelled')),
  ],
  'editing a task': [
    'task-not-found',
    (db, by, {task}) => commitChange(db, by, editTask(task, {title: 'Mine'})),
  ],
  'editing a task at an expected version': [
    'task-not-found',
    (db, by, {task}) => commitChange(db, by, editTask(task, {}, [7])),
  ],
  'deleting a task': ['task-not-found', (db, by, {task}) => commitChange(db, by, deleteTask(task))],
  'adding a label to a task': [
    'task-not-found',
    (db, by, {task}, own) => commitChange(db, by, addLabel(task, own.label)),
  ],
  'removing a label from a task': [
    'task-not-found',
    (db, by, {task}, own) => commitChange(db, by, removeLabel(task, own.label)),
  ],
  'adding a label of another organization to a task of the caller’s organization': [
    'label-not-found',
    (db, by, {label}, own) => commitChange(db, by, addLabel(own.task, label)),
  ],
  'changing several tasks': [
    'tasks-not-changed',
    (db, by, {task}, own) =>
      commitChange(db, by, changeTasks({task_ids: [own.task, task], changes: {priority: 'low'}})),
  ],
  'moving several tasks of the caller’s organization to a story': [
    'story-not-found',
    (db, by, {story}, own) =>
      commitChange(db, by, changeTasks({task_ids: [own.task], changes: {story_id: story}})),
  ],
  'deleting several tasks': [
    'tasks-not-changed',
    (db, by, {task}, own) => commitChange(db, by, deleteTasks({task_ids: [own.task, task]})),
  ],
  'commenting on a task': [
    'task-not-found',
    (db, by, {task}) => commitChange(db, by, commentOnTask(task, newCommentSchema.parse({body: 'Mine'}))),
  ],
  'raising an escalation in a project': [
    'project-not-found',
    (db, by, {project}) =>
      commitChange(db, by, raiseEscalation(project, newEscalationSchema.parse({question: 'Mine?'}))),
  ],
  'raising an escalation in a project of the caller’s organization about a task': [
    'task-not-found',
    (db, by, {task}, own) =>
      commitChange(
        db,
        by,
        raiseEscalation(own.project, newEscalationSchema.parse({question: 'Mine?', task_id: task})),
      ),
  ],
  'editing a story': [
    'story-not-found',
    (db, by, {story}) => commitChange(db, by, editStory(story, {title: 'Mine'})),
  ],
  'moving a story of the caller’s organization to a sprint': [
    'sprint-not-found',
    (db, by, {sprint}, own) => commitChange(db, by, editStory(own.story, {sprint_id: sprint})),
  ],
  'moving a story': [
    'story-not-found',
    (db, by, {story}) => commitChange(db, by, editStory(story, {sprint_id: null})),
  ],
  'setting the status of a story': [
    'story-not-found',
    (db, by, {story}) => commitChange(db, by, setStoryStatus(story, 'done')),
  ],
  'deleting a story': ['story-not-found', (db, by, {story}) => commitChange(db, by, deleteStory(story))],
  'editing a sprint': [
    'sprint-not-found',
    (db, by, {sprint}) => commitChange(db, by, editSprint(sprint, {goal: 'Mine'})),
  ],
  'starting a sprint': [
    'sprint-not-found',
    (db, by, {sprint}) => commitChange(db, by, setSprintStatus(sprint, {status: 'active'})),
  ],
  'reading the burndown of a sprint': [
    'sprint-not-found',
    (db, by, {sprint}) => readBurndown(db, by.organization_id, sprint),
  ],
  'reading the velocity of a project': [
    'project-not-found',
    (db, by, {project}) => readVelocity(db, by.organization_id, project),
  ],
  'deleting a sprint': ['sprint-not-found', (db, by, {sprint}) => commitChange(db, by, deleteSprint(sprint))],
  'editing a project': [
    'project-not-found',
    (db, by, {project}) => commitChange(db, by, editProject(project, {phase: 'mine'})),
  ],
  'deleting a project': [
    'project-not-found',
    (db, by, {project}) => commitChange(db, by, deleteProject(project)),
  ],
  'listing comments': [
    'task-not-found',
    (db, by, {task}) => listComments(db, by.organization_id, task, page),
  ],
  'listing escalations': [
    'project-not-found',
    (db, by, {project}) => listEscalations(db, by.organization_id, project, page),
  ],
  'reading a board': ['sprint-not-found', (db, by, {sprint}) => readBoard(db, by.organization_id, sprint)],
  'reading a backlog': [
    'project-not-found',
    (db, by, {project}) => readBacklog(db, by.organization_id, project),
  ],
  'reading a project': [
    'project-not-found',
    (db, by, {project}) => readProject(db, by.organization_id, project),
  ],
  'reading a sprint': ['sprint-not-found', (db, by, {sprint}) => readSprint(db, by.organization_id, sprint)],
  'reading a story': ['story-not-found', (db, by, {story}) => readStory(db, by.organization_id, story)],
  'reading a task': ['task-not-found', (db, by, {task}) => readTask(db, by.organization_id, task)],
  'listing sprints': [
    'project-not-found',
    (db, by, {project}) => listSprints(db, by.organization_id, project, page),
  ],
  'listing stories': [
    'project-not-found',
    (db, by, {project}) => listStories(db, by.organization_id, project, page),
  ],
  'listing tasks': ['story-not-found', (db, by, {story}) => listTasks(db, by.organization_id, story, page)],
  'searching a project': [
    'project-not-found',
    (db, {organization_id}, {project: projectId}) =>
      search(db, organization_id, {words: ['tank'], projectId, limit: 10}),
  ],
}

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

for (const [what, [code, attempt]] of Object.entries(attempts)) {
  test(`${what} of another organization throws the same error as for an unknown id, and changes nothing`, async t => {
    const {ada} = await createOrganization(store.db, {ada: 'member'})
    const {eve} = await createOrganization(store.db, {eve: 'admin'})
    const theirs = await createIds(ada)
    const own = await createIds(eve)
    const unknown: Ids = {project: newId(), sprint: newId(), story: newId(), task: newId(), label: newId()}
    const before = await stateOf(ada, theirs)

    const toForeign = await t.throwsAsync<Problem>(attempt(store.db, eve, theirs, own), {code})
    const toUnknown = await t.throwsAsync<Problem>(attempt(store.db, eve, unknown, own), {code})
    t.deepEqual(
      {message: toForeign?.message, data: withNames(toForeign?.data, theirs)},
      {message: toUnknown?.message, data: withNames(toUnknown?.data, unknown)},
    )
    t.deepEqual(await stateOf(ada, theirs), before)
    t.is(
      (await readHead(store.db, eve.organization_id)).seq,
      5,
      'the log contains only the events that created the caller’s board',
    )
    const toOwn = await attempt(store.db, eve, own, own).catch(error => error.code)
    t.not(toOwn, code)
  })
}

test('a search and the lists of projects and members contain only resources of the caller’s organization', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {eve} = await createOrganization(store.db, {eve: 'admin'})
  await createBoard(store.db, ada)
  const own = await createBoard(store.db, eve)
  const {result: projects} = await listProjects(store.db, eve.organization_id, page)
  t.deepEqual(projects, {items: [own.project], next: null})
  for (const words of [['tank'], ['orbit'], ['o', ada.organization_id.slice(0, 8)]]) {
    const {result} = await search(store.db, eve.organization_id, {words, key: 'ROCK-1', limit: 10})
    for (const {project_id} of result.items) t.is(project_id, own.project.id)
    t.true(result.items.length > 0)
  }
  const {result: board} = await readBoard(store.db, eve.organization_id, own.sprint.id)
  t.deepEqual(board.members, [{id: eve.user_id, name: 'eve'}])
})

async function stateOf({organization_id}: Caller, {sprint, project}: Ids) {
  return {
    board: await readBoard(store.db, organization_id, sprint),
    sprints: await listSprints(store.db, organization_id, project, page),
    stories: await listStories(store.db, organization_id, project, page),
  }
}

async function createIds(by: Caller): Promise<Ids> {
  const {project, sprint, story, task} = await createBoard(store.db, by)
  const newLabel = newLabelSchema.parse({name: 'Safety'})
  const {result: label} = await commitChange(store.db, by, createLabel(project.id, newLabel))
  return {project: project.id, sprint: sprint.id, story: story.id, task: task.id, label: label.id}
}

/** A problem is allowed to repeat the ids of the request. This function replaces these ids with the names of the resources. */
function withNames(data: object | undefined, ids: Ids): unknown {
  const names = new Map(Object.entries(ids).map(([name, id]) => [id, name]))
  return JSON.parse(JSON.stringify(data ?? null).replaceAll(/[0-9a-f-]{36}/g, id => names.get(id) ?? id))
}
