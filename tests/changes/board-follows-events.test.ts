// These tests read a board or a backlog, and apply the events after its cursor. The result must equal the board that is
// read after these events.
import assert from 'node:assert/strict'
import test from 'ava'
import fc from 'fast-check'
import {sql} from 'kysely'
import {applyEvent} from '../../src/board/apply-event.ts'
import {type Backlog, type Board, backlogSchema, boardSchema} from '../../src/board/board.ts'
import {newEscalationSchema} from '../../src/board/escalation.ts'
import {type BoardEvent, boardEventSchema} from '../../src/board/events.ts'
import {actionFacts} from '../../src/board/facts.ts'
import {oneLine} from '../../src/board/fields.ts'
import {labelColors, newLabelSchema} from '../../src/board/label.ts'
import type {Caller} from '../../src/board/member.ts'
import {Problem} from '../../src/board/problem.ts'
import {newProjectSchema} from '../../src/board/project.ts'
import {newSprintSchema, sprintStatuses} from '../../src/board/sprint.ts'
import {newStorySchema, storyStatuses} from '../../src/board/story.ts'
import {
  newTaskSchema,
  type TaskEdit,
  type TaskStatus,
  taskPriorities,
  taskStatuses,
} from '../../src/board/task.ts'
import type {TaskBatch} from '../../src/board/task-batch.ts'
import {changeBy, startAction} from '../../src/changes/change.ts'
import {addBlocker, removeBlocker} from '../../src/changes/change-blockers.ts'
import {addChecklistItem, editChecklistItem, removeChecklistItem} from '../../src/changes/change-checklist.ts'
import {addLabel, removeLabel} from '../../src/changes/change-task-labels.ts'
import {changeTasks} from '../../src/changes/change-tasks.ts'
import {commentOnTask} from '../../src/changes/comment-on-task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createLabel} from '../../src/changes/create-label.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {createSprint} from '../../src/changes/create-sprint.ts'
import {createStory} from '../../src/changes/create-story.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {deleteComment} from '../../src/changes/delete-comment.ts'
import {deleteLabel} from '../../src/changes/delete-label.ts'
import {deleteProject} from '../../src/changes/delete-project.ts'
import {deleteSprint} from '../../src/changes/delete-sprint.ts'
import {deleteStory} from '../../src/changes/delete-story.ts'
import {deleteTask} from '../../src/changes/delete-task.ts'
import {deleteTasks} from '../../src/changes/delete-tasks.ts'
import {editComment} from '../../src/changes/edit-comment.ts'
import {editLabel} from '../../src/changes/edit-label.ts'
import {editProject} from '../../src/changes/edit-project.ts'
import {editSprint} from '../../src/changes/edit-sprint.ts'
import {editStory} from '../../src/changes/edit-story.ts'
import {editTask} from '../../src/changes/edit-task.ts'
import {giveTask} from '../../src/changes/give-task.ts'
import {raiseEscalation} from '../../src/changes/raise-escalation.ts'
import {rankStory} from '../../src/changes/rank-story.ts'
import {rankTask} from '../../src/changes/rank-task.ts'
import {releaseTask} from '../../src/changes/release-task.ts'
import {respondToEscalation} from '../../src/changes/respond-to-escalation.ts'
import {setSprintStatus} from '../../src/changes/set-sprint-status.ts'
import {setStoryStatus} from '../../src/changes/set-story-status.ts'
import {setTaskStatus} from '../../src/changes/set-task-status.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {readBoardContent} from '../../src/store/board-content.ts'
import {digestOf} from '../../src/store/board-digest.ts'
import {type Database, openStore, type Store} from '../../src/store/connection.ts'
import {readBacklog, readBoard, readTask, type Snapshot} from '../../src/store/snapshots.ts'
import {openEmbeddedStore} from '../helpers/data-folder.ts'
import {createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test as testOnPostgres} from '../helpers/postgres.ts'
import {withoutDescriptions} from '../helpers/same-board.ts'

const stores: Store[] = []
test.after.always(() => Promise.all(stores.map(store => store.close())))

// Shrinking a failing case would take minutes. The printed seed reproduces the failure.
const endOnFailure = true

test('in the embedded store, a board that is updated with events equals the board that is read after these events', async t => {
  const {db} = await open(openEmbeddedStore())
  const property = fc.asyncProperty(fc.array(attempts, {minLength: 15, maxLength: 40}), async attempts => {
    const scene = await startScene(db)
    const snapshots = [await readBoards(db, scene)]
    for (const [index, attempt] of attempts.entries()) {
      await make(db, scene, attempt)
      if (index % 3 === 0) snapshots.push(await readBoards(db, scene))
    }
    snapshots.push(await readBoards(db, scene))
    await requireContinuity(db, scene, snapshots)
  })
  await t.notThrowsAsync(fc.assert(property, {numRuns: 20, endOnFailure}))
})

testOnPostgres(
  'while changes run concurrently, applying events to a board gives the same board as reading the board after these events',
  async t => {
    const url = await createDatabase()
    const [one, two] = await Promise.all([open(openStore({url})), open(openStore({url}))])
    const property = fc.asyncProperty(fc.array(attempts, {minLength: 30, maxLength: 60}), async attempts => {
      const scene = await startScene(one.db)
      const snapshots = [await readBoards(one.db, scene)]
      let isChanging = true
      const changeAtOnce = async () => {
        const sequences = scene.members.map((_, member) => attempts.filter(({by}) => by === member))
        await Promise.all(
          sequences.map(async (own, member) => {
            for (const attempt of own) await make(member % 2 ? one.db : two.db, scene, attempt)
          }),
        )
        isChanging = false
      }
      const readMeanwhile = async () => {
        while (isChanging) snapshots.push(await readBoards(two.db, scene))
      }
      await Promise.all([changeAtOnce(), readMeanwhile()])
      snapshots.push(await readBoards(two.db, scene))
      await requireContinuity(one.db, scene, snapshots)
    })
    await t.notThrowsAsync(fc.assert(property, {numRuns: 10, endOnFailure}))
  },
)

/** An organization, and the ids of the resources that its members have created so far. */
interface Scene {
  organizationId: string
  /** The last member is the admin. Only the admin can delete sprints and projects. */
  members: Caller[]
  projects: string[]
  labels: string[]
  sprints: string[]
  stories: string[]
  tasks: string[]
}

/** A change that a member attempts. The numbers select the member and the resources. */
interface Attempt {
  by: number
  does: keyof typeof verbs
  which: number
  where: number
  status: TaskStatus
  title: string
  fields: TaskEdit
}

const verbs = {
  createProject: async (db: Database, by: Caller, scene: Scene, {title}: Attempt) => {
    const {result} = await commitChange(db, by, createProject(newProjectSchema.parse({name: title})))
    scene.projects.push(result.id)
  },
  editProject: (db: Database, by: Caller, {projects}: Scene, {title, where}: Attempt) =>
    commitChange(db, by, editProject(choose(projects, where), {name: title, phase: title})),
  createSprint: (db: Database, by: Caller, {projects}: Scene, {title, where}: Attempt) =>
    commitChange(db, by, createSprint(choose(projects, where), newSprintSchema.parse({name: title}))),
  createLabel: async (db: Database, by: Caller, scene: Scene, {title, where}: Attempt) => {
    const newLabel = newLabelSchema.parse({name: title, color: choose(labelColors, where)})
    const project = choose([scene.projects[0]!, ...scene.projects], where)
    const {result} = await commitChange(db, by, createLabel(project, newLabel))
    if (project === scene.projects[0]) scene.labels.push(result.id)
  },
  editLabel: (db: Database, by: Caller, {labels}: Scene, {title, which}: Attempt) =>
    commitChange(db, by, editLabel(choose(labels, which), {name: title})),
  labelTask: (db: Database, by: Caller, {tasks, labels}: Scene, {which, where}: Attempt) => {
    const label_ids = where % 4 ? [choose(labels, where), choose(labels, which)] : []
    return commitChange(db, by, editTask(choose(tasks, which), {label_ids}))
  },
  addLabel: (db: Database, by: Caller, {tasks, labels}: Scene, {which, where}: Attempt) =>
    commitChange(db, by, addLabel(choose(tasks, which), choose(labels, where))),
  removeLabel: async (db: Database, by: Caller, {tasks}: Scene, {which, where}: Attempt) => {
    const task = choose(tasks, which)
    const {result} = await readTask(db, by.organization_id, task)
    await commitChange(db, by, removeLabel(task, choose(result.label_ids, where)))
  },
  /** Changes several tasks in an order that differs between attempts. */
  changeTasks: (
    db: Database,
    by: Caller,
    {tasks, labels, stories, members}: Scene,
    {which, where, status, fields: {priority}}: Attempt,
  ) => {
    const task_ids = [which + where, which, where].map(index => choose(tasks, index))
    const {user_id} = choose(members, where)
    const changes = choose<TaskBatch['changes']>(
      [
        {status},
        {owner_user_id: user_id, status: 'in_progress'},
        {status, ...(priority !== undefined && {priority})},
        {owner_user_id: null},
        {add_label_ids: [choose(labels, where)]},
        {story_id: choose(stories, where)},
      ],
      where + which,
    )
    return commitChange(db, by, changeTasks({task_ids, changes}))
  },
  deleteTasks: (db: Database, _: Caller, {tasks, members}: Scene, {which, where}: Attempt) =>
    commitChange(
      db,
      members.at(-1)!,
      deleteTasks({task_ids: [choose(tasks, where), choose(tasks, which + where)]}),
    ),
  deleteLabel: async (db: Database, by: Caller, scene: Scene, {which}: Attempt) => {
    const label = choose(scene.labels, which)
    await commitChange(db, by, deleteLabel(label))
    scene.labels = scene.labels.filter(id => id !== label)
  },
  createStory: async (db: Database, by: Caller, scene: Scene, {title, where, which}: Attempt) => {
    const newStory = newStorySchema.parse({title, sprint_id: choose([...scene.sprints, null], which)})
    const {result} = await commitChange(db, by, createStory(choose(scene.projects, where), newStory))
    scene.stories.push(result.id)
  },
  createTask: async (db: Database, by: Caller, scene: Scene, {title, fields, where}: Attempt) => {
    const newTask = newTaskSchema.parse({title, ...fields})
    const {result} = await commitChange(db, by, createTask(choose(scene.stories, where), newTask))
    scene.tasks.push(result.id)
  },
  takeTask: (db: Database, by: Caller, {tasks}: Scene, {which}: Attempt) =>
    commitChange(db, by, takeTask(choose(tasks, which))),
  giveTask: (db: Database, by: Caller, {tasks, members}: Scene, {which, where}: Attempt) =>
    commitChange(db, by, giveTask(choose(tasks, which), choose(members, where).user_id)),
  releaseTask: (db: Database, by: Caller, {tasks}: Scene, {which}: Attempt) =>
    commitChange(db, by, releaseTask(choose(tasks, which))),
  setTaskStatus: (db: Database, by: Caller, {tasks}: Scene, {which, status}: Attempt) =>
    commitChange(db, by, setTaskStatus(choose(tasks, which), status)),
  editTask: (db: Database, by: Caller, {tasks}: Scene, {which, fields}: Attempt) =>
    commitChange(db, by, editTask(choose(tasks, which), fields)),
  moveTask: (db: Database, by: Caller, {tasks, stories}: Scene, {which, where, fields}: Attempt) =>
    commitChange(db, by, editTask(choose(tasks, which), {...fields, story_id: choose(stories, where)})),
  deleteTask: (db: Database, by: Caller, {tasks}: Scene, {which}: Attempt) =>
    commitChange(db, by, deleteTask(choose(tasks, which))),
  editStory: (db: Database, by: Caller, {stories}: Scene, {where, title}: Attempt) =>
    commitChange(db, by, editStory(choose(stories, where), {title})),
  moveStory: (db: Database, by: Caller, {stories, sprints}: Scene, {where, which, title}: Attempt) =>
    commitChange(
      db,
      by,
      editStory(choose(stories, where), {
        sprint_id: choose([...sprints.slice(0, 2), null], which),
        ...(title.length % 2 && {title}),
      }),
    ),
  setStoryStatus: (db: Database, by: Caller, {stories}: Scene, {where, which}: Attempt) =>
    commitChange(db, by, setStoryStatus(choose(stories, where), choose(storyStatuses, which))),
  deleteStory: (db: Database, by: Caller, {stories}: Scene, {where}: Attempt) =>
    // The first two stories are never deleted, so that there are always stories to change.
    commitChange(db, by, deleteStory(choose(stories.slice(2), where))),
  editSprint: (db: Database, by: Caller, {sprints}: Scene, {which, title}: Attempt) =>
    commitChange(db, by, editSprint(choose(sprints, which), {goal: title})),
  setSprintStatus: (db: Database, by: Caller, {sprints}: Scene, {which, where}: Attempt) => {
    const sprint = choose(sprints, which)
    const status = choose(sprintStatuses, where)
    const target = choose([...sprints.slice(0, 2), null], where + which)
    const body = status === 'closed' ? {status, open_to_sprint_id: target} : {status}
    return commitChange(db, by, setSprintStatus(sprint, body))
  },
  deleteSprint: async (
    db: Database,
    by: Caller,
    {projects, sprints, members}: Scene,
    {title, where, which}: Attempt,
  ) => {
    const {result} = await commitChange(
      db,
      by,
      createSprint(projects[0]!, newSprintSchema.parse({name: title})),
    )
    sprints.push(result.id)
    await commitChange(db, members.at(-1)!, deleteSprint(choose(sprints.slice(2), where + which)))
  },
  deleteProject: async (db: Database, _: Caller, {projects, members}: Scene, {where}: Attempt) =>
    commitChange(db, members.at(-1)!, deleteProject(choose(projects.slice(1), where))),
  commentOnTask: (db: Database, by: Caller, {tasks, members}: Scene, {which, title}: Attempt) =>
    commitChange(
      db,
      by,
      commentOnTask(choose(tasks, which), {body: title, mentions: [choose(members, which).user_id]}),
    ),
  /** Comments, edits the comment, and deletes every second comment. */
  changeComment: async (
    db: Database,
    by: Caller,
    {tasks, members}: Scene,
    {which, where, title}: Attempt,
  ) => {
    const {result} = await commitChange(
      db,
      by,
      commentOnTask(choose(tasks, which), {body: title, mentions: []}),
    )
    const mentions = [choose(members, where).user_id]
    await commitChange(db, by, editComment(result.id, {body: `${title}!`, mentions}))
    if (where % 2) await commitChange(db, by, deleteComment(result.id))
  },
  rankTask: (db: Database, by: Caller, {tasks}: Scene, {which, where}: Attempt) =>
    commitChange(db, by, rankTask(choose(tasks, which), {after_task_id: choose([...tasks, null], where)})),
  rankStory: (db: Database, by: Caller, {stories}: Scene, {which, where}: Attempt) =>
    commitChange(
      db,
      by,
      rankStory(choose(stories, which), {before_story_id: choose([...stories, null], where)}),
    ),
  addBlocker: (db: Database, by: Caller, {tasks}: Scene, {which, where}: Attempt) =>
    commitChange(db, by, addBlocker(choose(tasks, which), choose(tasks, where))),
  removeBlocker: async (db: Database, by: Caller, {tasks}: Scene, {which, where}: Attempt) => {
    const task = choose(tasks, which)
    const {result} = await readTask(db, by.organization_id, task)
    await commitChange(db, by, removeBlocker(task, choose(result.blocked_by_task_ids, where)))
  },
  addChecklistItem: (db: Database, by: Caller, {tasks}: Scene, {which, where, title}: Attempt) =>
    commitChange(db, by, addChecklistItem(choose(tasks, which), {text: title, place: where})),
  editChecklistItem: async (db: Database, by: Caller, {tasks}: Scene, {which, where, title}: Attempt) => {
    const task = choose(tasks, which)
    const {result} = await readTask(db, by.organization_id, task)
    const fields = {
      ...(where % 2 && {text: title}),
      ...(where % 3 && {is_done: which % 2 === 0}),
      place: where % 4,
    }
    await commitChange(db, by, editChecklistItem(task, choose(result.checklist, where).id, fields))
  },
  removeChecklistItem: async (db: Database, by: Caller, {tasks}: Scene, {which, where}: Attempt) => {
    const task = choose(tasks, which)
    const {result} = await readTask(db, by.organization_id, task)
    await commitChange(db, by, removeChecklistItem(task, choose(result.checklist, where).id))
  },
  /** Asks a question about a task. Every second question gets an answer. */
  askAboutTask: async (db: Database, by: Caller, {tasks}: Scene, {which, where, title}: Attempt) => {
    const task = choose(tasks, which)
    const {result} = await readTask(db, by.organization_id, task)
    const question = newEscalationSchema.parse({question: title, task_id: task})
    const escalation = await commitChange(db, by, raiseEscalation(result.project_id, question))
    if (where % 2) await commitChange(db, by, respondToEscalation(escalation.result.id, {response: title}))
  },
  /** Asks the owner of a task for the task. The admin answers every second request. */
  askForTask: async (db: Database, by: Caller, {tasks, members}: Scene, {which, where, title}: Attempt) => {
    const task_id = choose(tasks, which)
    const {result} = await readTask(db, by.organization_id, task_id)
    const request = newEscalationSchema.parse({kind: 'release', question: title, task_id})
    const {result: asked} = await commitChange(db, by, raiseEscalation(result.project_id, request))
    const answer = respondToEscalation(asked.id, {approved: where % 4 > 0})
    if (where % 2) await commitChange(db, members.at(-1)!, answer)
  },
  /** Changes a task several times. Otherwise, few tasks would reach the statuses completed and failed. */
  workOnTask: async (db: Database, by: Caller, {tasks}: Scene, {which, status}: Attempt) => {
    const task = choose(tasks, which)
    await commitChange(db, by, takeTask(task))
    await commitChange(db, by, setTaskStatus(task, 'in_progress'))
    await (status === 'available'
      ? commitChange(db, by, releaseTask(task))
      : commitChange(db, by, setTaskStatus(task, status)))
  },
  rename: (db: Database, by: Caller, _: Scene, {title}: Attempt) => rename(db, by, title),
}

const words = fc.string({unit: 'grapheme', maxLength: 12}).map(text => text.replaceAll('\0', ''))
const title = words.map(text => oneLine(`A ${text}`).trim())
const attempts: fc.Arbitrary<Attempt> = fc.record({
  by: fc.nat({max: 3}),
  does: fc.oneof(
    fc.constantFrom(...(Object.keys(verbs) as Attempt['does'][])),
    fc.constantFrom('takeTask', 'setTaskStatus', 'workOnTask', 'workOnTask'),
    fc.constantFrom('moveStory', 'createTask', 'moveTask', 'createStory', 'setSprintStatus'),
    fc.constantFrom('createLabel', 'labelTask', 'labelTask', 'deleteLabel'),
  ),
  // Members choose among few tasks, so that several members often compete for the same task.
  which: fc.nat({max: 3}),
  where: fc.nat({max: 20}),
  status: fc.constantFrom(...taskStatuses),
  title,
  fields: fc.record(
    {
      title,
      description: words,
      acceptance_criteria_refs: fc.array(title, {maxLength: 3}),
      estimated_hours: fc.option(fc.double({min: 0, max: 100_000, noNaN: true})),
      priority: fc.option(fc.constantFrom(...taskPriorities)),
      due_on: fc.option(fc.constantFrom('0001-01-01', '2026-02-28', '9999-12-31')),
    },
    {requiredKeys: []},
  ),
})

/** Creates three members, an admin, two projects and two sprints. Each sprint has a story with a task. */
async function startScene(db: Database): Promise<Scene> {
  const roles = {ada: 'member', grace: 'member', edsger: 'member', root: 'admin'} as const
  const {ada, ...others} = await createOrganization(db, roles)
  const {result: project} = await commitChange(
    db,
    ada,
    createProject(newProjectSchema.parse({name: 'Rocket'})),
  )
  const {result: other} = await commitChange(db, ada, createProject(newProjectSchema.parse({name: 'Rover'})))
  const scene: Scene = {
    organizationId: ada.organization_id,
    members: [ada, ...Object.values(others)],
    projects: [project.id, other.id],
    labels: [],
    sprints: [],
    stories: [],
    tasks: [],
  }
  for (const name of ['Sprint 1', 'Sprint 2']) {
    const {result: sprint} = await commitChange(
      db,
      ada,
      createSprint(project.id, newSprintSchema.parse({name})),
    )
    const newStory = newStorySchema.parse({title: `Story of ${name}`, sprint_id: sprint.id})
    const {result: story} = await commitChange(db, ada, createStory(project.id, newStory))
    const {result: task} = await commitChange(
      db,
      ada,
      createTask(story.id, newTaskSchema.parse({title: 'Weld'})),
    )
    scene.sprints.push(sprint.id)
    scene.stories.push(story.id)
    scene.tasks.push(task.id)
  }
  return scene
}

/** Renames a member in the same way as the module `identity` does when a token contains a new name. */
async function rename(db: Database, by: Caller, name: string): Promise<unknown> {
  const change = changeBy('member', async trx => {
    await trx
      .updateTable('members')
      .set({name})
      .where('organization_id', '=', by.organization_id)
      .where('id', '=', by.user_id)
      .execute()
    const member = {id: by.user_id, name}
    const event = {type: 'member.updated', ...actionFacts(startAction(by)), member} as const
    return {result: member, events: [{event}]}
  })
  return commitChange(db, by, change)
}

type Snapshots = [Snapshot<Board>, Snapshot<Board>, Snapshot<Backlog>]

/** Reads the boards of the first two sprints, and the backlog of their project. Each of them has its own cursor. */
async function readBoards(
  db: Database,
  {organizationId, sprints: [one, other], projects}: Scene,
): Promise<Snapshots> {
  const readChecked = async (sprint: string) => {
    const board = await readBoard(db, organizationId, sprint)
    const content = (await readBoardContent(db, organizationId, sprint))!
    const {members: _, labels: __, ...expected} = board.result
    if (content.cursor.seq === board.cursor.seq) assert.deepEqual(content.result, expected)
    return board
  }
  return Promise.all([readChecked(one!), readChecked(other!), readBacklog(db, organizationId, projects[0]!)])
}

/**
 * Compares every two successive boards of the same sprint, and every two successive backlogs. Applies the events between the two boards to the earlier
 * board, and throws when the result differs from the later board.
 */
async function requireContinuity(db: Database, scene: Scene, snapshots: Snapshots[]): Promise<void> {
  await requireBlockers(db, scene.organizationId)
  const events = await readEvents(db, scene.organizationId)
  for (const event of events) assert.deepEqual(boardEventSchema.parse(event), event)

  for (const place of [0, 1, 2] as const) {
    const [first, ...later] = snapshots.map(boards => boards[place] as Snapshot<Board | Backlog>)
    let earlier = first!
    for (const snapshot of later) {
      const passed = events.slice(earlier.cursor.seq, snapshot.cursor.seq)
      const until = events.slice(0, snapshot.cursor.seq)
      const names = namesAfter(scene, until)
      const updated = passed.reduce<Board | Backlog>(applyEvent, earlier.result)
      if ('sprint' in updated && 'sprint' in snapshot.result)
        assert.equal(digestOf(updated), digestOf(snapshot.result))
      requireSameBoard(updated, snapshot.result, names)
      requireDescriptions(updated, passed, until)
      requireChecklists(updated, until)
      // The board already includes these events, so applying the events again changes nothing.
      requireSameBoard(passed.reduce<Board | Backlog>(applyEvent, snapshot.result), snapshot.result, names)
      requireMembersOfTasks(snapshot.result)
      earlier = snapshot
    }
    const schema = 'sprint' in earlier.result ? boardSchema : backlogSchema
    assert.deepEqual(schema.parse(earlier.result), earlier.result)
  }
}

/** Throws when the blockers in a task differ from the blockers in the table of blockers. */
async function requireBlockers(db: Database, organizationId: string): Promise<void> {
  const {rows} = await sql<{actual: unknown; expected: unknown}>`
    select
      jsonb_build_array(t.blocked_by_task_ids, t.open_blocker_count) as actual,
      jsonb_build_array(
        coalesce(array_agg(b.blocker_id order by b.blocker_id) filter (where b.blocker_id is not null), '{}'),
        count(o.id) filter (where o.status not in ('completed', 'cancelled'))
      ) as expected
    from tasks t
    left join task_blockers b on b.organization_id = t.organization_id and b.task_id = t.id
    left join tasks o on o.organization_id = b.organization_id and o.id = b.blocker_id
    where t.organization_id = ${organizationId}
    group by t.organization_id, t.id`.execute(db)
  for (const {actual, expected} of rows) assert.deepEqual(actual, expected)
}

/**
 * Throws when the boards differ. A board that was updated with events may lack members, because an event contains
 * only the ids of members. The names of the members on the board must be current. Descriptions are ignored, because the
 * server omits them.
 */
function requireSameBoard(
  updatedBoard: Board | Backlog,
  {members: _, ...later}: Board | Backlog,
  names: ReadonlyMap<string, string>,
): void {
  const {members, ...updated} = withoutDescriptions(updatedBoard)
  assert.deepEqual(updated, later)
  for (const {id, name} of members) assert.equal(name, names.get(id))
}

/**
 * Throws when a description on the board is not the current description, or when the board lacks a description that an
 * event has delivered. `passed` contains the events that were applied to the board. `until` contains all events up to
 * the cursor of the board that was read after these events.
 */
function requireDescriptions(
  {stories}: Board | Backlog,
  passed: readonly BoardEvent[],
  until: readonly BoardEvent[],
): void {
  const delivered = descriptionsIn(passed)
  const current = descriptionsIn(until)
  for (const {id, description} of stories.flatMap(story => [story, ...story.tasks])) {
    if (description !== undefined) assert.equal(description, current.get(id))
    if (delivered.has(id)) assert.notEqual(description, undefined)
  }
}

/** Throws when a checklist on the board is not the current checklist. */
function requireChecklists({stories}: Board | Backlog, until: readonly BoardEvent[]): void {
  const tasks = until.flatMap(event => ('task' in event ? [event.task] : []))
  const current = new Map(tasks.map(({id, checklist}) => [id, checklist]))
  for (const {id, checklist, ...task} of stories.flatMap(({tasks}) => tasks)) {
    const items = current.get(id)!
    if (checklist) assert.deepEqual(checklist, items)
    assert.equal(task.checklist_count, items.length)
    assert.equal(task.checklist_done_count, items.filter(({is_done}) => is_done).length)
  }
}

/** Returns the last description of each story and task in the events. */
function descriptionsIn(events: readonly BoardEvent[]): ReadonlyMap<string, string> {
  const resources = events.flatMap(event => [
    ...('task' in event ? [event.task] : []),
    ...('story' in event ? [event.story] : []),
  ])
  return new Map(resources.map(({id, description}) => [id, description]))
}

function requireMembersOfTasks({stories, members}: Board | Backlog): void {
  const tasks = stories.flatMap(story => story.tasks)
  const ids = tasks.flatMap(({owner_user_id, created_by_user_id}) => [owner_user_id, created_by_user_id])
  const expected = new Set(ids.filter(id => id !== null))
  assert.deepEqual(
    members.map(({id}) => id),
    [...expected].sort(),
  )
}

/** Returns the name that each member has after the events. The keys are the ids of the members. */
function namesAfter({members}: Scene, events: readonly BoardEvent[]): ReadonlyMap<string, string> {
  const names = new Map(members.map(({user_id, name}) => [user_id, name]))
  for (const event of events) {
    if (event.type === 'member.updated') names.set(event.member.id, event.member.name)
  }
  return names
}

/** Makes the change, or does nothing when a rule rejects the change. */
async function make(db: Database, scene: Scene, attempt: Attempt): Promise<void> {
  try {
    await verbs[attempt.does](db, scene.members[attempt.by]!, scene, attempt)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
  }
}

async function open(opening: Promise<Store>): Promise<Store> {
  const store = await opening
  stores.push(store)
  return store
}

/** Throws Problem 'not-found' when the list is empty. */
function choose<T>(choices: readonly T[], pick: number): T {
  if (choices.length === 0) throw new Problem('not-found', 'No such resource has been created yet.')
  return choices[pick % choices.length]!
}
