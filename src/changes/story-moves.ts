import {sql, type Transaction} from 'kysely'
import {nextVersion} from '../board/alter.ts'
import {storyFacts, taskFacts} from '../board/facts.ts'
import type {Action} from '../board/member.ts'
import type {Story} from '../board/story.ts'
import type {Task} from '../board/task.ts'
import type {NewEvent} from '../store/event-log.ts'
import type {CountedRows} from '../store/quotas.ts'
import {anyOf} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import type {Effects} from './change.ts'
import {mapInTurns} from './map-in-turns.ts'
import {taskAudience} from './task-audience.ts'

export interface StoryMove {
  before: Story
  after: Story
}

/**
 * Moves locked stories and all their tasks to one sprint, or removes the stories and tasks from their sprint. Each
 * `story.moved` event precedes the `task.moved` events of the story's tasks, because a board can add a task only to a
 * story that the board already has.
 */
export async function storyMoves(
  trx: Transaction<Tables>,
  action: Action,
  moves: readonly StoryMove[],
  tasks: readonly Task[],
): Promise<Effects> {
  const [first] = moves
  if (!first) return {events: [], writes: []}
  const organizationId = action.caller.organization_id
  const ids = moves.map(({before}) => before.id)
  const moved = {
    sprint_id: first.after.sprint_id,
    version: sql<number>`version + 1`,
    updated_at: action.timestamp,
  }
  return {
    events: await moveEvents(action, moves, tasks),
    writes: [
      trx
        .updateTable('stories')
        .set(moved)
        .where('organization_id', '=', organizationId)
        .where('id', '=', anyOf(ids)),
      trx
        .updateTable('tasks')
        .set(moved)
        .where('organization_id', '=', organizationId)
        .where('story_id', '=', anyOf(ids)),
    ],
  }
}

/**
 * Returns the rows to count for the quota MAX_TASKS_PER_SPRINT. `tasks` is the number of tasks that a change adds to
 * the sprint.
 */
export function addedToSprint(tasks: number, sprintId: string | null): CountedRows[] {
  if (sprintId === null || tasks === 0) return []
  const parent = {column: 'sprint_id', id: sprintId} as const
  return [{setting: 'MAX_TASKS_PER_SPRINT', added: tasks, table: 'tasks', parent}]
}

/** Like `addedToSprint`, for the quota MAX_TASKS_PER_STORY. */
export function addedToStory(tasks: number, storyId: string): CountedRows[] {
  const parent = {column: 'story_id', id: storyId} as const
  return [{setting: 'MAX_TASKS_PER_STORY', added: tasks, table: 'tasks', parent}]
}

/** A story, or a task of the story. */
interface Moved extends StoryMove {
  task?: Task
}

async function moveEvents(
  action: Action,
  moves: readonly StoryMove[],
  tasks: readonly Task[],
): Promise<NewEvent[]> {
  const tasksOf = new Map(moves.map(({before}) => [before.id, [] as Task[]]))
  for (const task of tasks) tasksOf.get(task.story_id)!.push(task)
  const all = moves.flatMap((move): Moved[] => [
    move,
    ...tasksOf.get(move.before.id)!.map(task => ({...move, task})),
  ])
  return mapInTurns(all, moved => moveEvent(action, moved))
}

function moveEvent(action: Action, {before, after: story, task: taskBefore}: Moved): NewEvent {
  const {sprint_id} = story
  const fromTo = {from_sprint_id: before.sprint_id, to_sprint_id: sprint_id}
  if (!taskBefore) return {event: {type: 'story.moved', ...storyFacts(story, action), ...fromTo, story}}
  const task = nextVersion({...taskBefore, sprint_id}, action)
  const event = {type: 'task.moved', ...taskFacts(task, action), ...fromTo, task} as const
  return {event, before: taskBefore, ...taskAudience(action, taskBefore, task)}
}
