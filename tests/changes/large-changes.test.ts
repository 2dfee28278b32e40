import test from 'ava'
import {sql} from 'kysely'
import type {Action, Caller} from '../../src/board/member.ts'
import type {Story} from '../../src/board/story.ts'
import {newTaskSchema} from '../../src/board/task.ts'
import {addNotifications} from '../../src/changes/add-notifications.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {deleteProject} from '../../src/changes/delete-project.ts'
import {storyMoves} from '../../src/changes/story-moves.ts'
import type {Store} from '../../src/store/connection.ts'
import type {NewEvent} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {aBoard, aTask} from '../helpers/sample-board.ts'
import {recordStatements} from '../helpers/statements.ts'
import {countTurns} from '../helpers/turns.ts'

let store: Store
test.before(async () => {
  store = await openNewStore()
})
test.after.always(() => store.close())

const tasksPerStory = 2_000
const caller: Caller = {user_id: 'ada', organization_id: newId(), role: 'member', name: 'Ada'}
const action: Action = {caller, timestamp: '2026-12-01T09:00:00.000Z'}

test('the events of a large move are created over several turns of the event loop, each story before its tasks', async t => {
  const {events, turns} = await moveTwoStories()
  t.true(turns >= (2 * tasksPerStory) / 500 - 1, `${turns} turns`)
  const found = events.map(({event}) => event as {type: string; story_id: string; task_id?: string})
  const expected = ['one', 'two'].flatMap(story_id => [
    {type: 'story.moved', story_id},
    ...taskIdsOf(story_id).map(task_id => ({type: 'task.moved', story_id, task_id})),
  ])
  t.is(found.length, expected.length)
  for (const [index, one] of expected.entries()) t.like(found[index], one)
})

test('the notifications of a large move are created over several turns of the event loop, each after its event', async t => {
  const {events: moves} = await moveTwoStories()
  // The owner of a task is notified of a move of the task, not of a move of its story.
  const events = moves.map((move): NewEvent => {
    const {event} = move
    return event.type === 'task.moved' ? {...move, event: {...event, from_story_id: 'three'}} : move
  })
  let all: readonly NewEvent[] = []
  const turns = await store.db.transaction().execute(trx =>
    countTurns(async () => {
      const notified = await addNotifications(trx, caller.organization_id, events)
      all = notified.events
      t.is(notified.writes.length, 2)
    }),
  )
  t.true(turns >= (4 * tasksPerStory) / 500 - 2, `${turns} turns`)
  t.is(all.length, events.length + 2 * tasksPerStory)
  for (const [index, {event}] of all.entries()) {
    if (event.type !== 'task.moved') continue
    const next = all[index + 1]!
    t.like(next, {recipients: ['bob'], event: {type: 'notification.created'}})
    t.is((next.event as {task_id?: string}).task_id, event.task_id)
  }
})

test('the deletion of a project does not read the descriptions of its tasks, but counts their bytes', async t => {
  const {db} = store
  const {root} = await createOrganization(db, {root: 'admin'})
  const bytes = async () => {
    const {rows} = await sql<{text_bytes: number}>`
      select text_bytes from event_streams where organization_id = ${root.organization_id}`.execute(db)
    return rows[0]!.text_bytes
  }
  const {project, story} = await createBoard(db, root)
  const task = {
    title: 'Fill the tank',
    description: '日'.repeat(1_000),
    acceptance_criteria_refs: ['AC-1', 'é'],
  }
  await commitChange(db, root, createTask(story.id, newTaskSchema.parse(task)))
  t.true((await bytes()) > 3_000)
  const statements = await recordStatements(async () => {
    await commitChange(db, root, deleteProject(project.id))
  })
  const locks = statements.filter(({text}) => /from "tasks".*for update/.test(text))
  t.is(locks.length, 1)
  t.false(locks[0]!.text.includes('"description"'))
  t.is(await bytes(), 0)
})

function taskIdsOf(storyId: string): string[] {
  return Array.from({length: tasksPerStory}, (_, index) => `${storyId} ${index}`)
}

/**
 * Moves two stories. Bob owns all their tasks. Returns the events of the move, and the number of turns in which the
 * events were created.
 */
async function moveTwoStories(): Promise<{events: readonly NewEvent[]; turns: number}> {
  const ofStory = (story_id: string) =>
    taskIdsOf(story_id).map(id => aTask({id, story_id, owner_user_id: 'bob', created_by_user_id: 'bob'}))
  const tasks = [...ofStory('two'), ...ofStory('one')]
  const moves = aBoard({one: [], two: []}).stories.map(({tasks: _, ...story}) => ({
    before: story as Story,
    after: {...story, sprint_id: 'next'} as Story,
  }))
  let events: readonly NewEvent[] = []
  const turns = await store.db.transaction().execute(trx =>
    countTurns(async () => {
      events = (await storyMoves(trx, action, moves, tasks)).events
    }),
  )
  return {events, turns}
}
