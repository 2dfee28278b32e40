// Sample boards, tasks and events for tests of pure functions.
import type {Board} from '../../src/board/board.ts'
import type {BoardEvent} from '../../src/board/events.ts'
import type {Task} from '../../src/board/task.ts'

const timestamp = '2026-03-01T10:00:00.000Z'
const made = {created_at: timestamp, updated_at: timestamp}
const project_id = 'project'
const sprint_id = 'sprint'

/** Creates a task. Without `fields`, the task is available. */
export function aTask(fields: Partial<Task> & {id: string}): Task {
  return {
    project_id,
    sprint_id,
    story_id: 'story',
    number: 1,
    key: 'MOON-1',
    title: fields.id,
    description: '',
    status: 'available',
    owner_user_id: null,
    created_by_user_id: 'ada',
    acceptance_criteria_refs: [],
    estimated_hours: null,
    priority: null,
    due_on: null,
    label_ids: [],
    blocked_by_task_ids: [],
    open_blocker_count: 0,
    links: [],
    checklist: [],
    checklist_count: 0,
    checklist_done_count: 0,
    has_description: false,
    comment_count: 0,
    open_question_count: 0,
    discussion_version: 0,
    rank: fields.id,
    version: 1,
    owned_at: null,
    completed_at: null,
    ...made,
    ...fields,
  }
}

/** Creates a board with the members Ada and Bob. Each key of `stories` is the title and the id of a story. */
export function aBoard(stories: Record<string, Task[]>): Board {
  const sprint = {
    id: sprint_id,
    project_id,
    name: 'Sprint 1',
    goal: '',
    starts_on: null,
    ends_on: null,
    status: 'planned' as const,
    started_at: null,
    closed_at: null,
  }
  return {
    sprint: {...sprint, version: 1, ...made},
    stories: Object.entries(stories).map(([title, tasks]) => ({
      id: title,
      project_id,
      sprint_id,
      title,
      description: '',
      status: 'ready',
      rank: title,
      version: 1,
      ...made,
      tasks: tasks.map(task => ({...task, story_id: title})),
    })),
    labels: [],
    members: [
      {id: 'ada', name: 'Ada Lovelace'},
      {id: 'bob', name: 'Bob'},
    ],
  }
}

/** Creates an event of a change by Bob. A test can omit the fields that the test does not use. */
export function anEvent(fields: {type: BoardEvent['type']} & Record<string, unknown>): BoardEvent {
  const event = {timestamp, actor_user_id: 'bob', project_id, sprint_id, version: 2, ...fields}
  return event as unknown as BoardEvent
}
