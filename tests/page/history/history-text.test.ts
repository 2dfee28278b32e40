import test from 'ava'
import type {FieldChange, HistoryItem} from '../../../src/client/client.ts'
import {type HistoryOf, historyText, type Names} from '../../../src/page/history/history-text.ts'

const members: Record<string, string> = {ada: 'Ada', bob: 'Bob', cid: 'Cid'}
const names: Names = {
  member: id => members[id] ?? 'Someone',
  titles: new Map([
    ['story-1', 'Reach orbit'],
    ['story-2', null],
    ['sprint-1', 'Sprint 1'],
    ['sprint-2', 'Sprint 2'],
    ['task-1', 'Fill the tank'],
    ['task-2', null],
    ['label-1', 'Safety'],
    ['label-2', 'Fuel'],
    ['label-3', null],
  ]),
}
const task: HistoryOf = {kind: 'task', id: 'task-9'}
const sprint: HistoryOf = {kind: 'sprint', id: 'sprint-1'}

type Given = Partial<Omit<HistoryItem, 'type'>> & {type?: string}

function sentence(subject: HistoryOf, item: Given): string {
  const {actor, text} = historyText(
    {
      seq: 1,
      timestamp: '2026-03-02T10:00:00.000Z',
      actor_user_id: 'ada',
      changes: [],
      ...item,
    } as HistoryItem,
    subject,
    names,
  )
  return `${actor} ${text}`
}
const ofTask = (type: string, changes: FieldChange[] = [], more: Given = {}) =>
  sentence(task, {type, changes, ...more})
const updated = (...changes: FieldChange[]) => ofTask('task.updated', changes)
const ofSprint = (type: string, changes: FieldChange[] = [], more: Given = {}) =>
  sentence(sprint, {type, changes, ...more})

test('a change of the owner names the actor, the former and the new owner', t => {
  const owner = (type: string, from: string | null, to: string | null) =>
    ofTask(type, [{field: 'owner_user_id', from, to}])
  t.is(owner('ownership_taken', null, 'ada'), 'Ada took this task')
  t.is(owner('ownership_released', 'ada', null), 'Ada released this task')
  t.is(owner('ownership_released', 'bob', null), 'Ada released this task, which Bob owned')
  t.is(owner('ownership_transferred', null, 'bob'), 'Ada assigned this task to Bob')
  t.is(owner('ownership_transferred', 'ada', 'bob'), 'Ada gave this task to Bob')
  t.is(owner('ownership_transferred', 'bob', 'cid'), 'Ada reassigned this task from Bob to Cid')
  t.is(owner('ownership_transferred', 'bob', 'ada'), 'Ada took over this task from Bob')
  t.is(owner('ownership_transferred', null, 'gone'), 'Ada assigned this task to Someone')
})

test('a change of the status, a creation, a comment and a question are one sentence each', t => {
  const status = (from: string, to: string) => ofTask('status_changed', [{field: 'status', from, to}])
  t.is(status('owned', 'in_progress'), 'Ada moved this task from Owned to In progress')
  t.is(status('owned', 'in_review'), 'Ada moved this task from Owned to in_review')
  t.is(ofTask('task.created'), 'Ada created this task')
  t.is(ofTask('task.commented'), 'Ada wrote a comment')
  t.is(ofTask('task.comment.edited'), 'Ada edited a comment')
  t.is(ofTask('task.comment.deleted'), 'Ada deleted a comment')
  t.is(ofTask('escalation.created'), 'Ada asked a question')
  t.is(ofTask('escalation.responded'), 'Ada answered a question')
})

test('a change of a field names the old and the new value, and a change of a list names its items', t => {
  t.is(updated({field: 'title', from: 'A', to: 'B'}), 'Ada renamed this task from “A” to “B”')
  t.is(updated({field: 'description'}), 'Ada edited the description')
  t.is(updated({field: 'estimated_hours', from: null, to: 1.5}), 'Ada set the estimate to 1.5 h')
  t.is(updated({field: 'estimated_hours', from: 1, to: null}), 'Ada removed the estimate')
  t.is(updated({field: 'priority', from: 'low', to: 'urgent'}), 'Ada changed the priority from Low to Urgent')
  t.regex(updated({field: 'due_on', from: null, to: '2026-03-05'}), /^Ada set the due date to .*5/)
  t.is(
    updated({field: 'acceptance_criteria_refs', added: ['AC-1'], removed: []}),
    'Ada added the acceptance criterion AC-1',
  )
  t.is(
    updated({field: 'label_ids', added: ['label-1', 'label-2'], removed: ['label-3']}),
    'Ada added the label “Safety” and the label “Fuel” and removed a deleted label',
  )
  t.is(updated({field: 'checklist'}), 'Ada edited the checklist')
  const checklist = (...counts: FieldChange[]) => updated({field: 'checklist'}, ...counts)
  t.is(checklist({field: 'checklist_count', from: 1, to: 2}), 'Ada added an item to the checklist')
  t.is(checklist({field: 'checklist_count', from: 3, to: 1}), 'Ada removed 2 items from the checklist')
  t.is(checklist({field: 'checklist_done_count', from: 0, to: 1}), 'Ada checked an item of the checklist')
  t.is(checklist({field: 'checklist_done_count', from: 2, to: 0}), 'Ada unchecked 2 items of the checklist')
  const removed = [
    {field: 'checklist_count', from: 3, to: 2},
    {field: 'checklist_done_count', from: 1, to: 0},
  ]
  t.is(checklist(...removed), 'Ada removed an item from the checklist')
})

test('several fields become one sentence', t => {
  t.is(
    updated(
      {field: 'title', from: 'A', to: 'B'},
      {field: 'description'},
      {field: 'priority', from: 'high', to: null},
    ),
    'Ada renamed this task from “A” to “B”, edited the description, and removed the priority',
  )
})

test('a change of the place, the blockers or the links names the stories, sprints and tasks', t => {
  const moved = (...changes: FieldChange[]) => ofTask('task.moved', changes)
  const toStory = {field: 'story_id', from: 'story-1', to: 'story-2'}
  const toBacklog = {field: 'sprint_id', from: 'sprint-1', to: null}
  t.is(moved(toStory), 'Ada moved this task from the story “Reach orbit” to a deleted story')
  t.is(
    moved(toBacklog, toStory),
    'Ada moved this task from the story “Reach orbit” to a deleted story and from the sprint “Sprint 1” to the backlog',
  )
  t.is(moved(toBacklog), 'Ada moved this task with its story from the sprint “Sprint 1” to the backlog')
  t.is(
    moved({field: 'sprint_id', from: 'sprint-9', to: 'sprint-2'}),
    'Ada moved this task with its story from a sprint to the sprint “Sprint 2”',
  )
  const blockers = (...changes: FieldChange[]) => ofTask('task.blockers.changed', changes)
  const count = {field: 'open_blocker_count', from: 0, to: 1}
  t.is(
    blockers({field: 'blocked_by_task_ids', added: ['task-1'], removed: []}, count),
    'Ada marked this task as blocked by the task “Fill the tank”',
  )
  t.is(
    blockers({field: 'blocked_by_task_ids', added: [], removed: ['task-2']}),
    'Ada removed a deleted task as a blocker',
  )
  t.is(blockers(count), 'Ada reopened a task that blocks this task')
  t.is(blockers({...count, from: 1, to: 0}), 'Ada closed a task that blocked this task')
  t.is(
    ofTask('task.links.changed', [{field: 'links'}], {actor_user_id: null}),
    'GitHub updated the pull requests and commits of this task',
  )
})

test('a change of a sprint is one sentence', t => {
  t.is(ofSprint('sprint.created'), 'Ada created this sprint')
  const status = (from: string, to: string) =>
    ofSprint('sprint.status.changed', [{field: 'status', from, to}])
  t.is(status('planned', 'active'), 'Ada started this sprint')
  t.is(status('active', 'closed'), 'Ada closed this sprint')
  const totals = {task_count: 16, completed_task_count: 7, estimated_hours: 40, completed_hours: 17.5}
  const closed = (moved_story_count: number, to_sprint_id: string | null) =>
    ofSprint('sprint.status.changed', [{field: 'status', from: 'active', to: 'closed'}], {
      summary: {...totals, to_sprint_id, moved_story_count, moved_task_count: 9},
    })
  t.is(
    closed(3, 'sprint-2'),
    'Ada closed this sprint: 7 of 16 tasks completed, 3 stories moved to the sprint “Sprint 2”',
  )
  t.is(closed(1, null), 'Ada closed this sprint: 7 of 16 tasks completed, 1 story moved to the backlog')
  t.is(closed(0, null), 'Ada closed this sprint: 7 of 16 tasks completed')
  t.is(status('closed', 'active'), 'Ada reopened this sprint')
  t.is(status('active', 'planned'), 'Ada moved this sprint from active to planned')
  const changed = (...changes: FieldChange[]) => ofSprint('sprint.updated', changes)
  t.is(changed({field: 'name', from: 'A', to: 'B'}), 'Ada renamed this sprint from “A” to “B”')
  t.is(changed({field: 'goal'}), 'Ada edited the goal')
  t.is(changed({field: 'starts_on', from: '2026-03-02', to: null}), 'Ada removed the start date')
  t.regex(
    changed({field: 'ends_on', from: '2026-03-02', to: '2026-03-09'}),
    /^Ada changed the end date from /,
  )
})

test('the history of a sprint names the stories and tasks that were added, moved and deleted', t => {
  const story = {story_id: 'story-1', title: 'Reach space'}
  t.is(ofSprint('story.created', [], story), 'Ada added the story “Reach orbit”')
  const deletedStory = {story_id: 'story-2', title: 'Land'}
  t.is(ofSprint('story.deleted', [], deletedStory), 'Ada deleted the story “Land”')
  t.is(ofSprint('task.created', [], {task_id: 'task-1'}), 'Ada added the task “Fill the tank”')
  t.is(ofSprint('task.deleted', [], {task_id: 'task-2'}), 'Ada deleted a task')
  const move = (from: string | null, to: string | null) => [{field: 'sprint_id', from, to}]
  t.is(
    ofSprint('story.moved', move(null, 'sprint-1'), story),
    'Ada moved the story “Reach orbit” from the backlog to this sprint',
  )
  t.is(
    ofSprint('task.moved', move('sprint-1', 'sprint-2'), {task_id: 'task-1'}),
    'Ada moved the task “Fill the tank” to the sprint “Sprint 2”',
  )
})

test('unknown types and fields of a newer server get a neutral sentence', t => {
  t.is(ofTask('task.painted'), 'Ada changed this task')
  t.is(updated({field: 'colour', from: 'red', to: 'blue'}), 'Ada changed this task')
  t.is(updated({field: 'colour'}, {field: 'description'}), 'Ada edited the description')
  t.is(ofSprint('sprint.painted', [], {actor_user_id: null}), 'Boardcast changed this sprint')
})
