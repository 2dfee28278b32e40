import {readFileSync} from 'node:fs'
import test from 'ava'
import {applyEvent} from '../../src/board/apply-event.ts'
import {noBlockers} from '../../src/board/blockers.ts'
import {type Backlog, type Board, backlogSchema, boardSchema} from '../../src/board/board.ts'
import {noChecklist} from '../../src/board/checklist.ts'
import {noDiscussion} from '../../src/board/discussion.ts'
import {type BoardEvent, eventSchemas} from '../../src/board/events.ts'
import {sprintFacts, storyFacts, taskFacts} from '../../src/board/facts.ts'
import type {Action, Caller} from '../../src/board/member.ts'
import type {Sprint} from '../../src/board/sprint.ts'
import type {Story} from '../../src/board/story.ts'
import type {Task} from '../../src/board/task.ts'
import {edit, release, setStatus, take} from '../../src/board/task-rules.ts'

const made = '2026-01-31T08:00:00.000Z'
const now = '2026-01-31T08:15:00.000Z'
const ada: Caller = {user_id: uuid(90), organization_id: uuid(99), role: 'member', name: 'Ada'}
const action: Action = {caller: ada, timestamp: now}

const sprint: Sprint = {
  ...fresh(20),
  project_id: uuid(10),
  name: 'One',
  goal: '',
  starts_on: null,
  ends_on: null,
  status: 'planned',
  started_at: null,
  closed_at: null,
}
const board: Board = {
  sprint,
  stories: [
    {...storyOf(31), tasks: [taskOf(41, 31), taskOf(44, 31)]},
    {...storyOf(34), tasks: [taskOf(42, 34)]},
  ],
  labels: [],
  members: [
    {id: uuid(90), name: 'Ada'},
    {id: uuid(93), name: 'Grace'},
  ],
}

const task = taskOf(41, 31)
const owned = take(task, action, null)
const started = setStatus(owned.task, 'in_progress', action)
const completed = setStatus(started.task, 'completed', action)

for (const [what, earlier, {task: later, events}] of [
  ['taking', task, owned],
  ['releasing', started.task, release(started.task, action)],
  ['starting', owned.task, started],
  ['completing', started.task, completed],
  ['failing', started.task, setStatus(started.task, 'failed', action)],
  ['cancelling', task, setStatus(task, 'cancelled', action)],
  ['reopening', completed.task, setStatus(completed.task, 'available', action)],
  ['editing', task, edit(task, {title: 'Weld', estimated_hours: 3}, action)],
] as const) {
  const before = boardWith(earlier)
  const after = boardWith(later)

  test(`after the events of ${what} a task, the board contains the task that the rule returned`, t => {
    t.deepEqual(events.reduce(applyEvent, before), after)
  })

  test(`the events of ${what} a task change nothing when they are applied again`, t => {
    t.is(events.reduce(applyEvent, after), after)
  })

  test(`the events of ${what} a task match their schemas`, t => {
    for (const event of events) t.deepEqual<BoardEvent, unknown>(event, eventSchemas[event.type].parse(event))
  })

  test(`the events of ${what} a task do not change a board that does not contain the task`, t => {
    const other = {...before, stories: before.stories.slice(1)}
    t.is(events.reduce(applyEvent, other), other)
  })
}

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const vectors = read('../vectors/apply-event.jsonl')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line))
const steps = vectors.filter(({event}) => event)

test('applyEvent returns the boards and backlogs of the test vectors', t => {
  let current!: Board | Backlog
  for (const {event, board, case: name} of vectors) {
    if (!event) {
      ;('sprint' in board ? boardSchema : backlogSchema).parse(board)
      current = board
      continue
    }
    const isEarlier = name.startsWith('the event of an earlier version of the server')
    if (!isEarlier) t.deepEqual(eventSchemas[event.type as BoardEvent['type']].parse(event), event, name)
    const next = applyEvent(current, event)
    t.is(next === current, board === null, name)
    t.deepEqual(next, board ?? current, name)
    t.is(applyEvent(next, event), next, name)
    current = next
  }
})

test('the test vectors contain every type of event that changes a board', t => {
  const changing = new Set(steps.filter(({board}) => board).map(({event}) => event.type as string))
  const handled = [...read('../../src/board/apply-event.ts').matchAll(/case '(.*)':/g)].map(
    ([, type]) => type!,
  )
  t.deepEqual([...changing].sort(), handled.toSorted())
})

test('an event of an earlier version of the server keeps the known discussion, and later numbers are applied to a task without numbers', t => {
  const known = applyEvent(board, {
    type: 'task.questions.changed',
    ...taskFacts(task, action),
    comment_count: 2,
    open_question_count: 1,
    discussion_version: 3,
  })
  const after = {...task, title: 'Weld', version: task.version + 1}
  const {comment_count, open_question_count, discussion_version, ...earlier} = after
  const edit = {type: 'task.updated', ...taskFacts(after, action), task: earlier} as unknown as BoardEvent
  t.like(applyEvent(known, edit).stories[0]!.tasks[0], {
    title: 'Weld',
    comment_count: 2,
    open_question_count: 1,
  })
  const created = {...edit, type: 'task.created', task: {...earlier, id: uuid(49)}} as BoardEvent
  const commented = {type: 'task.questions.changed', ...taskFacts({...after, id: uuid(49)}, action)} as const
  const numbers = {comment_count: 1, open_question_count: 0, discussion_version: 1}
  const tasks = [created, {...commented, ...numbers}].reduce(applyEvent, board).stories[0]!.tasks
  t.like(
    tasks.find(({id}) => id === uuid(49)),
    numbers,
  )
})

test('an event of an earlier version of the server keeps the fields that this version does not know', t => {
  const known = {priority: 'high', due_on: '2026-12-31'} as const
  const before = {...board, stories: [{...board.stories[0]!, tasks: [{...task, ...known}]}]}
  const {priority, due_on, ...earlier} = {...task, title: 'Weld', version: task.version + 1}
  const edit = {type: 'task.updated', ...taskFacts({...task, ...earlier}, action), task: earlier}
  const after = applyEvent(before, edit as unknown as BoardEvent)
  t.like(after.stories[0]!.tasks[0], {title: 'Weld', ...known})
})

test('task.started, task.completed, task.failed and task.cancelled do not change a board', t => {
  for (const type of ['task.started', 'task.completed', 'task.failed', 'task.cancelled'] as const) {
    t.is(applyEvent(board, {type, ...taskFacts({...task, version: 9}, action)}), board)
  }
})

test('task.created inserts the task and keeps the tasks sorted by id', t => {
  const created = (id: number): BoardEvent => {
    const task = taskOf(id, 31)
    return {type: 'task.created', ...taskFacts(task, action), task}
  }
  const after = [created(45), created(40), created(43)].reduce(applyEvent, board)
  t.deepEqual(idsOf(after.stories[0]!.tasks), [40, 41, 43, 44, 45].map(uuid))
  t.is(after.stories[1], board.stories[1], 'the other story is unchanged')
})

test('task.deleted removes the task; the same event changes nothing when it is applied again', t => {
  const event: BoardEvent = {type: 'task.deleted', ...taskFacts({...task, version: 2}, action)}
  const after = applyEvent(board, event)
  t.deepEqual(idsOf(after.stories[0]!.tasks), [uuid(44)])
  t.is(applyEvent(after, event), after)
})

test('an event changes nothing when its version is older than the version of the task on the board', t => {
  const known = boardWith({...task, title: 'Newer', version: 5})
  for (const event of [...owned.events, ...edit(task, {title: 'Older'}, action).events]) {
    t.is(applyEvent(known, event), known)
  }
})

test('story.created inserts the story with an empty list of tasks, and keeps the stories sorted by id', t => {
  const after = applyEvent(board, storyCreated(storyOf(32)))
  t.deepEqual(idsOf(after.stories), [31, 32, 34].map(uuid))
  t.deepEqual(after.stories[1]!.tasks, [])
})

test('a newer story.created replaces the story and keeps the tasks of the story; a story.created with the current version changes nothing', t => {
  t.is(applyEvent(board, storyCreated(storyOf(31))), board)
  const later = {...storyOf(31), title: 'Land again', version: 2}
  t.deepEqual(applyEvent(board, storyCreated(later)).stories, [
    {...later, tasks: board.stories[0]!.tasks},
    board.stories[1]!,
  ])
})

test('story.created changes nothing when the story does not belong to the sprint of the board', t => {
  t.is(applyEvent(board, storyCreated({...storyOf(32), sprint_id: uuid(29)})), board)
  t.is(applyEvent(board, storyCreated({...storyOf(32), sprint_id: null})), board)
})

test('story.updated replaces the story and keeps its tasks; the same event changes nothing when it is applied again', t => {
  const later = {...storyOf(31), title: 'Land again', version: 2}
  const event: BoardEvent = {type: 'story.updated', ...storyFacts(later, action), story: later}
  const after = applyEvent(board, event)
  t.deepEqual(after.stories, [{...later, tasks: board.stories[0]!.tasks}, board.stories[1]!])
  t.is(applyEvent(after, event), after)
})

test('story.status.changed changes only the status; the same event changes nothing when it is applied again', t => {
  const later = {...storyOf(31), version: 2}
  const event: BoardEvent = {
    type: 'story.status.changed',
    ...storyFacts(later, action),
    old_status: 'ready',
    new_status: 'done',
  }
  const after = applyEvent(board, event)
  t.deepEqual(after.stories[0], {...board.stories[0]!, status: 'done', version: 2, updated_at: now})
  t.is(applyEvent(after, event), after)
})

test('story.deleted removes the story; the same event changes nothing when it is applied again', t => {
  const gone = {...storyOf(31), version: 2}
  const event: BoardEvent = {type: 'story.deleted', ...storyFacts(gone, action), story: gone}
  const after = applyEvent(board, event)
  t.deepEqual(idsOf(after.stories), [uuid(34)])
  t.is(applyEvent(after, event), after)
})

test('when a story moves to another sprint, the story and its tasks disappear from the old board and appear on the new board', t => {
  const away = move(20, 29, 2)
  const there: Board = {...board, sprint: {...sprint, id: uuid(29)}, stories: []}
  const left = away.reduce(applyEvent, board)
  t.deepEqual(idsOf(left.stories), [uuid(34)])
  t.is(away.reduce(applyEvent, left), left)
  const joined = away.reduce(applyEvent, there)
  t.deepEqual(idsOf(joined.stories), [uuid(31)])
  t.deepEqual(idsOf(joined.stories[0]!.tasks), [uuid(41), uuid(44)])
  t.is(away.reduce(applyEvent, joined), joined)

  const back = move(29, 20, 3)
  t.deepEqual(back.reduce(applyEvent, joined).stories, [])
  const returned = back.reduce(applyEvent, left)
  t.deepEqual(idsOf(returned.stories), [31, 34].map(uuid))
  t.is(away.reduce(applyEvent, returned), returned, 'a story that has moved back is not removed')
})

test('when a task moves to another sprint, the old board loses the task, even when the story of the task stays on the old board', t => {
  const [, first] = move(20, 29, 2)
  t.deepEqual(idsOf(applyEvent(board, first!).stories[0]!.tasks), [uuid(44)])
})

test('when a task moves to another story of the board, the old story loses the task and the new story gets it', t => {
  const moved = {...taskOf(41, 34), version: 2}
  const sprints = {from_sprint_id: uuid(20), to_sprint_id: uuid(20)}
  const stories = {from_story_id: uuid(31), to_story_id: uuid(34)}
  const event: BoardEvent = {
    type: 'task.moved',
    ...taskFacts(moved, action),
    ...sprints,
    ...stories,
    task: moved,
  }
  const after = applyEvent(board, event)
  t.deepEqual(idsOf(after.stories[0]!.tasks), [uuid(44)])
  t.deepEqual(after.stories[1]!.tasks, [moved, board.stories[1]!.tasks[0]!])
  t.is(applyEvent(after, event), after)

  const edited = edit(task, {title: 'Weld'}, action).events[0]!
  t.is(applyEvent(after, edited), after, 'an earlier event does not bring the task back into the old story')
  const back = {...taskOf(41, 31), version: 3}
  const reverse = {from_story_id: uuid(34), to_story_id: uuid(31)}
  const returned = applyEvent(after, {
    type: 'task.moved',
    ...taskFacts(back, action),
    ...sprints,
    ...reverse,
    task: back,
  })
  t.deepEqual(returned.stories, [
    {...board.stories[0]!, tasks: [back, board.stories[0]!.tasks[1]!]},
    board.stories[1]!,
  ])
  t.is(applyEvent(returned, event), returned)
})

test('when a task moves to a story of another sprint, the old board loses the task and the new board gets it', t => {
  const moved = {...taskOf(41, 38), sprint_id: uuid(29), version: 2}
  const sprints = {from_sprint_id: uuid(20), to_sprint_id: uuid(29)}
  const stories = {from_story_id: uuid(31), to_story_id: uuid(38)}
  const event: BoardEvent = {
    type: 'task.moved',
    ...taskFacts(moved, action),
    ...sprints,
    ...stories,
    task: moved,
  }
  const left = applyEvent(board, event)
  t.deepEqual(idsOf(left.stories[0]!.tasks), [uuid(44)])
  t.is(applyEvent(left, event), left)
  const there: Board = {
    ...board,
    sprint: {...sprint, id: uuid(29)},
    stories: [{...storyOf(38), sprint_id: uuid(29), tasks: []}],
  }
  t.deepEqual(applyEvent(there, event).stories[0]!.tasks, [moved])
})

test('a newer sprint.updated replaces the sprint of the board; sprint.updated of another sprint changes nothing', t => {
  const later = {...sprint, goal: 'Up and back', version: 2}
  const event: BoardEvent = {type: 'sprint.updated', ...sprintFacts(later, action), sprint: later}
  const after = applyEvent(board, event)
  t.deepEqual(after, {...board, sprint: later})
  t.is(applyEvent(after, event), after)
  const other = {...later, id: uuid(29), version: 9}
  t.is(applyEvent(board, {type: 'sprint.updated', ...sprintFacts(other, action), sprint: other}), board)
})

test('member.updated inserts or renames a member, and keeps the members sorted by id; an event with the current name changes nothing', t => {
  const updated = (id: number, name: string): BoardEvent => ({
    type: 'member.updated',
    timestamp: now,
    actor_user_id: uuid(id),
    member: {id: uuid(id), name},
  })
  t.deepEqual(idsOf(applyEvent(board, updated(91, 'Edsger')).members), [90, 91, 93].map(uuid))
  t.is(applyEvent(board, updated(93, 'Grace H.')).members[1]!.name, 'Grace H.')
  t.is(applyEvent(board, updated(93, 'Grace')), board)
})

test('sprint.created and project.created do not change a board', t => {
  const facts = {timestamp: now, actor_user_id: ada.user_id, project_id: uuid(10), version: 1}
  const project = {...fresh(10), key: 'MOON', name: 'Rocket', phase: 'planning', wip_limits: {}}
  t.is(applyEvent(board, {type: 'sprint.created', ...facts, sprint_id: uuid(20), sprint}), board)
  t.is(applyEvent(board, {type: 'project.created', ...facts, project}), board)
})

test('applyEvent does not modify the given board', t => {
  const before = structuredClone(board)
  owned.events.reduce(applyEvent, board)
  applyEvent(board, {type: 'task.deleted', ...taskFacts(task, action)})
  applyEvent(board, storyCreated(storyOf(32)))
  t.deepEqual(board, before)
})

/** Returns a copy of the board in which `task` replaces task 41. */
function boardWith(task: Task): Board {
  const [first, second] = board.stories
  return {...board, stories: [{...first!, tasks: [task, first!.tasks[1]!]}, second!]}
}

function storyOf(id: number): Story {
  return {
    ...fresh(id),
    project_id: uuid(10),
    sprint_id: uuid(20),
    title: 'Reach orbit',
    description: '',
    status: 'ready',
    rank: `g${id}`,
  }
}

/**
 * Returns the events that move story 31 and its two tasks from sprint `from` to sprint `to`. All events have the
 * given version.
 */
function move(from: number, to: number, version: number): BoardEvent[] {
  const fromTo = {from_sprint_id: uuid(from), to_sprint_id: uuid(to)}
  const story = {...storyOf(31), sprint_id: uuid(to), version}
  const tasks = [41, 44].map(id => ({...taskOf(id, 31), sprint_id: uuid(to), version}))
  return [
    {type: 'story.moved', ...storyFacts(story, action), ...fromTo, story},
    ...tasks.map((task): BoardEvent => ({type: 'task.moved', ...taskFacts(task, action), ...fromTo, task})),
  ]
}

function storyCreated(story: Story): BoardEvent {
  return {type: 'story.created', ...storyFacts(story, action), story}
}

function taskOf(id: number, storyId: number): Task {
  return {
    ...fresh(id),
    project_id: uuid(10),
    sprint_id: uuid(20),
    story_id: uuid(storyId),
    number: id,
    key: `MOON-${id}`,
    title: 'Fill the tank',
    description: '',
    status: 'available',
    owner_user_id: null,
    created_by_user_id: uuid(90),
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
    rank: `g${id}`,
    owned_at: null,
    completed_at: null,
  }
}

function fresh(id: number) {
  return {id: uuid(id), version: 1, created_at: made, updated_at: made}
}

function uuid(number: number): string {
  return `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
}

function idsOf(things: readonly {id: string}[]): string[] {
  return things.map(({id}) => id)
}
