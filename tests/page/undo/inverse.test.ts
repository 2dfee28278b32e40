import test from 'ava'
import type {BoardTask, Task} from '../../../src/board/task.ts'
import type {Act, ActStory, TaskField} from '../../../src/page/undo/act.ts'
import {inverseOfStory, inverseOfTask, labelsBefore} from '../../../src/page/undo/inverse.ts'

const me = {user_id: 'ada', organization_id: 'acme', role: 'member', name: 'Ada'} as const
const sample = {
  id: 't1',
  key: 'WEB-1',
  title: 'Fill the tank',
  description: '',
  status: 'available',
  owner_user_id: null,
  priority: null,
  due_on: null,
  estimated_hours: 2,
  label_ids: ['red'],
  story_id: 's1',
  rank: 'm',
  version: 3,
  comment_count: 0,
  discussion_version: 0,
  checklist: [
    {id: 'i1', text: 'One', is_done: false},
    {id: 'i2', text: 'Two', is_done: true},
  ],
  blocked_by_task_ids: [],
  updated_at: '2026-03-01T09:00:00.000Z',
} as unknown as Task
const params = {id: 't1'}

const change = (fields: Partial<Task>, changed = Object.keys(fields) as TaskField[]) =>
  ({
    kind: 'task',
    before: sample,
    after: {...sample, ...fields, version: 4},
    fields: changed,
  }) as const
type OfTask = Parameters<typeof inverseOfTask>[0]
const requestsFor = (act: OfTask, current: Partial<Task> = {}) => {
  const after = (act.kind === 'task' ? act.after : act.task) as Task
  return inverseOfTask(act, me)!.requests.flatMap(request => request({...after, ...current}) ?? [])
}
const isUnchanged = (act: OfTask, fields: Partial<Task> = {}) =>
  inverseOfTask(act, me)!.isUnchanged({...((act.kind === 'task' ? act.after : act.task) as Task), ...fields})

test('an edit is undone with the former values of the fields that it has changed', t => {
  const act = change({
    title: 'Fill it',
    description: 'Slowly',
    priority: 'high',
    due_on: '2026-03-09',
    estimated_hours: 5,
  })
  const body = {title: 'Fill the tank', description: '', priority: null, due_on: null, estimated_hours: 2}
  t.deepEqual(requestsFor(act), [{name: 'PATCH /tasks/{id}', params, body}])
})

test('a move to another story is undone with a move back', t => {
  t.deepEqual(requestsFor(change({story_id: 's2', sprint_id: 'next'}, ['story_id'])), [
    {name: 'PATCH /tasks/{id}', params, body: {story_id: 's1'}},
  ])
})

test('a changed order is undone with the former neighbour', t => {
  const act = {...change({rank: 'x'}), place: {after_task_id: 't0'}}
  t.deepEqual(requestsFor(act), [{name: 'PUT /tasks/{id}/rank', params, body: {after_task_id: 't0'}}])
})

test('a move to another status and place is undone with both', t => {
  const act = {
    ...change({status: 'owned', owner_user_id: 'ada', rank: 'x'}),
    place: {before_task_id: 't2'},
  }
  t.deepEqual(
    requestsFor(act).map(({name}) => name),
    ['DELETE /tasks/{id}/ownership', 'PUT /tasks/{id}/rank'],
  )
})

test('an act is not undone when another member has changed the same field since, but it is when they changed another', t => {
  const act = change({priority: 'high'})
  t.true(isUnchanged(act))
  t.true(isUnchanged(act, {title: 'New', version: 9}))
  t.false(isUnchanged(act, {priority: 'low'}))
  t.false(isUnchanged(change({status: 'owned', owner_user_id: 'ada'}), {owner_user_id: 'bob'}))
  t.false(isUnchanged({...change({rank: 'x'}), place: {after_task_id: 't0'}}, {rank: 'z'}))
})

test('labels of other members stay when a change of labels is undone', t => {
  t.deepEqual(labelsBefore(['red'], ['blue'], ['blue', 'green']), ['green', 'red'])
  t.deepEqual(labelsBefore(['red'], ['blue', 'red'], ['red']), ['red'])
  const act = change({label_ids: ['blue', 'red']})
  t.true(isUnchanged(act, {label_ids: ['blue', 'green', 'red']}))
  t.deepEqual(requestsFor(act, {label_ids: ['blue', 'green', 'red']}), [
    {name: 'PATCH /tasks/{id}', params, body: {label_ids: ['green', 'red']}},
  ])
})

test('a new task is deleted, unless it has other content or was discussed', t => {
  const act: Act = {kind: 'created-task', task: sample}
  t.deepEqual(requestsFor(act), [{name: 'DELETE /tasks/{id}', params}])
  t.true(isUnchanged(act))
  t.false(isUnchanged(act, {title: 'New', version: 4}))
  t.false(isUnchanged(act, {owner_user_id: 'bob', status: 'owned', version: 4}))
  t.false(isUnchanged(act, {checklist: [], version: 4}))
  // A comment and a question do not change the version.
  t.false(isUnchanged(act, {comment_count: 1, discussion_version: 1}))
  t.false(isUnchanged(act, {open_question_count: 1, discussion_version: 1}))
})

test('a new task is deleted after its changes were undone, although they have changed its version', t => {
  const act: Act = {kind: 'created-task', task: sample}
  t.true(isUnchanged(act, {version: 5, updated_at: '2026-03-01T10:00:00.000Z', rank: 'q'}))
})

test('each change of a checklist is undone, unless the item was changed since', t => {
  const [one, two] = sample.checklist
  const item = {id: 't1', item_id: 'i1'}
  const of = (after: Task['checklist'], itemId = 'i1', before = sample.checklist) =>
    ({kind: 'checklist', task: {...sample, checklist: after}, before, after, itemId}) as const

  const ticked = of([{...one!, is_done: true}, two!])
  const patch = 'PATCH /tasks/{id}/checklist/{item_id}'
  t.deepEqual(requestsFor(ticked), [{name: patch, params: item, body: {text: 'One', is_done: false}}])
  t.true(isUnchanged(ticked))
  t.false(isUnchanged(ticked, {checklist: [{...one!, text: 'Uno', is_done: true}, two!]}))

  const moved = of([two!, one!])
  t.deepEqual(requestsFor(moved), [{name: patch, params: item, body: {place: 0}}])
  t.false(isUnchanged(moved, {checklist: [one!, two!]}))

  const added = of([...sample.checklist, {id: 'i3', text: 'Three', is_done: false}], 'i3')
  t.deepEqual(requestsFor(added), [
    {name: 'DELETE /tasks/{id}/checklist/{item_id}', params: {id: 't1', item_id: 'i3'}},
  ])
  t.false(isUnchanged(added, {checklist: sample.checklist}))
})

test('a deleted item of a checklist is created again at its place, and ticked when it was done', t => {
  const [one, two] = sample.checklist
  const act: OfTask = {
    kind: 'checklist',
    task: {...sample, checklist: [one!]},
    before: sample.checklist,
    after: [one!],
    itemId: 'i2',
  }
  t.deepEqual(requestsFor(act), [{name: 'POST /tasks/{id}/checklist', params, body: {text: 'Two', place: 1}}])
  const restored = {checklist: [one!, {...two!, id: 'i9', is_done: false}]}
  t.deepEqual(requestsFor(act, restored).at(-1), {
    name: 'PATCH /tasks/{id}/checklist/{item_id}',
    params: {id: 't1', item_id: 'i9'},
    body: {is_done: true},
  })
  t.true(isUnchanged(act))
  t.false(isUnchanged(act, restored), 'an earlier request, whose response was lost, has created the item')
})

test('an added blocker is removed, and a removed blocker is added', t => {
  const task = {...sample, blocked_by_task_ids: ['t9']}
  const added = {kind: 'blocker', task, blockerId: 't9', isAdded: true} as const
  const blocker = {id: 't1', blocker_id: 't9'}
  t.deepEqual(requestsFor(added), [{name: 'DELETE /tasks/{id}/blockers/{blocker_id}', params: blocker}])
  t.false(isUnchanged(added, {blocked_by_task_ids: []}))
  const removed = {kind: 'blocker', task: sample, blockerId: 't9', isAdded: false} as const
  t.deepEqual(requestsFor(removed), [{name: 'PUT /tasks/{id}/blockers/{blocker_id}', params: blocker}])
})

test('a story moves back to its sprint and its status, and a new story is deleted', t => {
  const story = {id: 's1', title: 'Launch', sprint_id: 'now', status: 'ready', version: 1} as ActStory
  const after: ActStory = {...story, sprint_id: null, status: 'done', version: 2}
  const inverse = inverseOfStory({kind: 'story', before: story, after, fields: ['sprint_id', 'status']}, me)!
  const current = after as Parameters<typeof inverse.isUnchanged>[0]
  t.deepEqual(
    inverse.requests.map(request => request(current)),
    [
      {name: 'PATCH /stories/{id}', params: {id: 's1'}, body: {sprint_id: 'now'}},
      {name: 'PUT /stories/{id}/status', params: {id: 's1'}, body: {status: 'ready'}},
    ],
  )
  t.true(inverse.isUnchanged({...current, title: 'Lift off'}))
  t.false(inverse.isUnchanged({...current, sprint_id: 'later'}))
  const created = inverseOfStory({kind: 'created-story', story: current}, me)!
  t.deepEqual(created.requests[0]!(current), {name: 'DELETE /stories/{id}', params: {id: 's1'}})
  t.true(created.isUnchanged({...current, version: 4}))
  t.false(created.isUnchanged({...current, title: 'Lift off'}))
})

test('a changed order of stories is undone with the former neighbour, unless another member has moved the story since', t => {
  const before = {id: 's1', title: 'Launch', status: 'ready', rank: 'b', version: 1} as ActStory
  const after: ActStory = {...before, rank: 'x', version: 2}
  const place = {after_story_id: 's0'}
  const inverse = inverseOfStory({kind: 'story', before, after, fields: ['rank'], place}, me)!
  const current = after as Parameters<typeof inverse.isUnchanged>[0]
  t.deepEqual(
    inverse.requests.map(request => request(current)),
    [{name: 'PUT /stories/{id}/rank', params: {id: 's1'}, body: place}],
  )
  t.true(inverse.isUnchanged({...current, title: 'Lift off'}))
  t.false(inverse.isUnchanged({...current, rank: 'y'}))
})

test('a viewer can undo nothing, and a member cannot take back a task that they have given away', t => {
  const viewer = {...me, role: 'viewer'} as const
  t.is(inverseOfTask(change({priority: 'high'}), viewer), undefined)
  const mine = {...sample, status: 'owned', owner_user_id: 'ada'} as BoardTask
  const given = {...mine, owner_user_id: 'bob'}
  const act = {kind: 'task', before: mine, after: given, fields: ['status', 'owner_user_id']} as const
  t.is(inverseOfTask(act, me), undefined)
  t.truthy(inverseOfTask(act, {...me, role: 'admin'}))
})
