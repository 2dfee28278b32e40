import test from 'ava'
import {noBlockers} from '../../src/board/blockers.ts'
import {noChecklist} from '../../src/board/checklist.ts'
import {noDiscussion} from '../../src/board/discussion.ts'
import type {Action, Caller, Role} from '../../src/board/member.ts'
import type {Problem} from '../../src/board/problem.ts'
import {type Task, type TaskStatus, taskSchema, taskStatuses} from '../../src/board/task.ts'
import {edit, mayDelete, release, requireDeletable, setStatus, take} from '../../src/board/task-rules.ts'
import {newId} from '../../src/store/ids.ts'

const organizationId = newId()
const [ada, grace, root] = [caller('ada', 'member'), caller('grace', 'member'), caller('root', 'admin')]
const earlier = '2026-01-31T08:00:00.000Z'
const now = '2026-01-31T08:15:00.000Z'

/**
 * The outcome of `PUT status` when the owner sends the request. Each row is a current status, and each column is a
 * requested status. `moves` means that the status changes, `same` means that nothing changes, and `no` means that the
 * request is rejected.
 */
const statusTable = `
             available owned in_progress completed failed cancelled
available    same      no    no          no        no     moves
owned        no        same  moves       no        no     moves
in_progress  no        moves same        moves     moves  moves
completed    moves     no    no          same      no     no
failed       moves     no    no          no        same   no
cancelled    moves     no    no          no        no     same`

for (const {from, to, answer} of readTable(statusTable)) {
  const task = taskOf(from, ada)
  if (answer === 'moves') {
    test(`setting a task from ${from} to ${to} changes its status and appends status_changed`, t => {
      const {task: after, events} = setStatus(task, to, actionBy(ada))
      t.is(after.status, to)
      t.is(after.version, task.version + 1)
      t.is(after.updated_at, now)
      t.is(after.completed_at, to === 'completed' ? now : null)
      t.like(events[0], {type: 'status_changed', old_status: from, new_status: to, version: after.version})
      t.notThrows(() => taskSchema.parse(after))
    })
  }
  if (answer === 'same') {
    test(`setting a task from ${from} to ${to} changes nothing and appends no event`, t => {
      t.deepEqual(setStatus(task, to, actionBy(grace)), {task, events: []})
    })
  }
  if (answer === 'no') {
    test(`setting a task from ${from} to ${to} is rejected, and the error lists the allowed statuses`, t => {
      const allowed = readTable(statusTable)
        .filter(cell => cell.from === from && cell.answer === 'moves')
        .map(cell => cell.to)
      const error = t.throws<Problem>(() => setStatus(task, to, actionBy(ada)), {code: 'invalid-status-move'})
      t.deepEqual(error.data, {from, to, allowed})
    })
  }
}

test('the table of status changes contains every pair of statuses', t => {
  t.is(readTable(statusTable).length, taskStatuses.length ** 2)
})

for (const [from, to, followedBy] of [
  ['owned', 'in_progress', 'task.started'],
  ['in_progress', 'completed', 'task.completed'],
  ['in_progress', 'failed', 'task.failed'],
  ['in_progress', 'cancelled', 'task.cancelled'],
  ['owned', 'cancelled', 'task.cancelled'],
  ['available', 'cancelled', 'task.cancelled'],
] as const) {
  test(`setting a task from ${from} to ${to} appends status_changed and then ${followedBy} with the same version`, t => {
    const {task, events} = setStatus(taskOf(from, ada), to, actionBy(ada))
    const facts = {
      timestamp: now,
      actor_user_id: ada.user_id,
      project_id: task.project_id,
      sprint_id: task.sprint_id,
      story_id: task.story_id,
      task_id: task.id,
      version: task.version,
    }
    t.deepEqual(events as unknown[], [
      {type: 'status_changed', ...facts, old_status: from, new_status: to, changed_by_user_id: ada.user_id},
      {type: followedBy, ...facts},
    ])
  })
}

test('setting a task from in_progress back to owned keeps the owner and appends only status_changed', t => {
  const {task, events} = setStatus(taskOf('in_progress', ada), 'owned', actionBy(ada))
  t.like(task, {owner_user_id: ada.user_id, owned_at: earlier})
  t.deepEqual(types(events), ['status_changed'])
})

for (const closed of ['completed', 'failed', 'cancelled'] as const) {
  test(`a task that is ${closed} keeps its owner until a member reopens it`, t => {
    const task = taskOf(closed, ada)
    t.is(task.owner_user_id, ada.user_id)
    const {task: after, events} = setStatus(task, 'available', actionBy(grace))
    t.like(after, {status: 'available', owner_user_id: null, owned_at: null, completed_at: null})
    t.deepEqual(types(events), ['status_changed'])
    t.like(events[0], {changed_by_user_id: grace.user_id, previous_owner_user_id: ada.user_id})
  })

  test(`a task that is ${closed} cannot be taken or released`, t => {
    const error = t.throws(() => take(taskOf(closed, ada), actionBy(grace), 'ada'), {
      code: 'invalid-status-move',
    })
    t.like(error, {data: {from: closed, to: 'owned', allowed: ['available']}})
    t.throws(() => release(taskOf(closed, ada), actionBy(ada)), {code: 'task-not-owned'})
  })
}

test('when a task that never had an owner is cancelled and reopened, the previous owner in the event is null', t => {
  const {task: cancelled} = setStatus(taskOf('available'), 'cancelled', actionBy(ada))
  const {events} = setStatus(cancelled, 'available', actionBy(ada))
  t.like(events[0], {type: 'status_changed', previous_owner_user_id: null})
})

for (const held of ['owned', 'in_progress'] as const) {
  test(`only the owner or an admin sets the status of a task that is ${held}`, t => {
    const error = t.throws(() => setStatus(taskOf(held, ada), 'cancelled', actionBy(grace)), {
      code: 'not-the-owner',
    })
    t.like(error, {data: {owner_user_id: ada.user_id}})
    t.is(setStatus(taskOf(held, ada), 'cancelled', actionBy(root)).task.status, 'cancelled')
  })

  test(`taking a task of another member in status ${held} is rejected, and the error names the owner`, t => {
    const error = t.throws(() => take(taskOf(held, ada), actionBy(root), 'ada'), {code: 'task-already-owned'})
    t.like(error, {data: {owner_user_id: ada.user_id, owner_name: 'ada'}})
  })

  test(`when the caller already owns a task in status ${held}, taking the task again changes nothing and appends no event`, t => {
    const task = taskOf(held, ada)
    t.deepEqual(take(task, actionBy(ada), 'ada'), {task, events: []})
  })

  for (const by of [ada, root]) {
    test(`${by.name} can release a task of ada in status ${held}, and the release appends no status_changed`, t => {
      const {task, events} = release(taskOf(held, ada), actionBy(by))
      t.like(task, {status: 'available', owner_user_id: null, owned_at: null, version: 8})
      t.deepEqual(types(events), ['ownership_released'])
      t.like(events[0], {previous_owner_user_id: ada.user_id, actor_user_id: by.user_id, version: 8})
    })
  }

  test(`releasing a task of another member in status ${held} is rejected, and the error names the owner`, t => {
    const error = t.throws(() => release(taskOf(held, ada), actionBy(grace)), {code: 'not-the-owner'})
    t.like(error, {data: {owner_user_id: ada.user_id}})
  })
}

test('when the caller takes an available task, the caller becomes the owner, and no status_changed is appended', t => {
  const {task, events} = take(taskOf('available'), actionBy(ada), null)
  t.like(task, {status: 'owned', owner_user_id: ada.user_id, owned_at: now, updated_at: now, version: 8})
  t.deepEqual(types(events), ['ownership_taken'])
  t.like(events[0], {owner_user_id: ada.user_id, timestamp: now, version: 8})
})

test('releasing an available task is rejected even when the caller is an admin', t => {
  const error = t.throws(() => release(taskOf('available'), actionBy(root)), {code: 'task-not-owned'})
  t.like(error, {data: {task_status: 'available'}})
})

test('every member can edit a task that another member owns, and the event contains the whole task', t => {
  const fields = {title: 'Weld', acceptance_criteria_refs: ['AC-1'], estimated_hours: 1.5}
  const {task, events} = edit(taskOf('owned', ada), fields, actionBy(grace))
  t.deepEqual(task, {...taskOf('owned', ada), ...fields, version: 8, updated_at: now})
  t.deepEqual(types(events), ['task.updated'])
  t.like(events[0], {task, version: 8, actor_user_id: grace.user_id})
})

for (const [what, fields] of Object.entries({
  'no field': {},
  'equal fields': {title: 'Fill the tank', acceptance_criteria_refs: [], estimated_hours: null},
  'fields that are undefined': {title: undefined, description: undefined},
})) {
  test(`an edit with ${what} changes nothing and appends no event`, t => {
    const task = taskOf('available')
    t.deepEqual(edit(task, fields, actionBy(ada)), {task, events: []})
  })
}

test('events of a task without a sprint have no sprint_id', t => {
  const {events} = take({...taskOf('available'), sprint_id: null}, actionBy(ada), null)
  t.false('sprint_id' in events[0]!)
})

test('no rule modifies the given task', t => {
  const task = Object.freeze(taskOf('owned', ada))
  t.notThrows(() => release(task, actionBy(ada)))
  t.notThrows(() => setStatus(task, 'in_progress', actionBy(ada)))
  t.notThrows(() => edit(task, {title: 'Weld'}, actionBy(ada)))
})

function caller(name: string, role: Role): Caller {
  return {user_id: newId(), organization_id: organizationId, role, name}
}

function actionBy(caller: Caller): Action {
  return {caller, timestamp: now}
}

/** Returns a task at version 7 with the given status. `owner` owns the task, but an available task has no owner. */
function taskOf(status: TaskStatus, owner?: Caller): Task {
  const isOwned = status !== 'available' && owner !== undefined
  return {
    id: '00000000-0000-7000-8000-000000000004',
    project_id: '00000000-0000-7000-8000-000000000001',
    sprint_id: '00000000-0000-7000-8000-000000000002',
    story_id: '00000000-0000-7000-8000-000000000003',
    number: 4,
    key: 'MOON-4',
    title: 'Fill the tank',
    description: '',
    status,
    owner_user_id: isOwned ? owner.user_id : null,
    created_by_user_id: grace.user_id,
    rank: 'a0',
    acceptance_criteria_refs: [],
    estimated_hours: null,
    priority: null,
    due_on: null,
    label_ids: [],
    ...noBlockers,
    links: [],
    ...noChecklist,
    has_description: false,
    ...noDiscussion,
    version: 7,
    created_at: earlier,
    updated_at: earlier,
    owned_at: isOwned ? earlier : null,
    completed_at: status === 'completed' ? earlier : null,
  }
}

test('the creator of a task, its owner and admins may delete the task', t => {
  const bob = caller('bob', 'member')
  const task = taskOf('owned', ada) // created by Grace
  for (const deleter of [ada, grace, root]) t.true(mayDelete(task, deleter))
  t.false(mayDelete(task, bob))
  const others = {...task, created_by_user_id: ada.user_id, owner_user_id: ada.user_id}
  t.notThrows(() => requireDeletable([task], grace))
  const problem = t.throws<Problem>(() => requireDeletable([task, others], grace), {
    code: 'not-the-creator-or-owner',
  })
  t.is(problem?.data.created_by_user_id, ada.user_id)
})

function types(events: readonly {type: string}[]): string[] {
  return events.map(({type}) => type)
}

function readTable(table: string): {from: TaskStatus; to: TaskStatus; answer: 'moves' | 'same' | 'no'}[] {
  const [columns, ...rows] = table
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/))
  return rows.flatMap(([from, ...answers]) =>
    answers.map(
      (answer, index) => ({from, to: columns![index], answer}) as ReturnType<typeof readTable>[number],
    ),
  )
}
