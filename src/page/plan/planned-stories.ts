/** The stories of a sprint and of the backlog, with the moves that the server has not confirmed, as pure functions. */
import {compareRanks} from '../../client/board.ts'
import type {BoardStory, DashboardStory} from '../../client/client.ts'

/** A story with the sums of its tasks that are not cancelled. */
export interface PlannedStory {
  id: string
  title: string
  rank: string
  version: number
  /** Undefined when the server has not counted the tasks, because the project has too many stories. */
  tasks: number | undefined
  /** The estimates of the tasks that are not completed. */
  openHours: number
}

export interface StoryMove {
  story: PlannedStory
  isToSprint: boolean
  /** The version of the story after the move. Undefined until the server has responded. */
  version?: number
}

export interface Plan {
  sprint: PlannedStory[]
  backlog: PlannedStory[]
}

export function storyOfBoard({id, title, rank, version, tasks}: BoardStory): PlannedStory {
  const counted = tasks.filter(({status}) => status !== 'cancelled')
  const open = counted.filter(({status}) => status !== 'completed')
  const openHours = open.reduce((hours, {estimated_hours}) => hours + (estimated_hours ?? 0), 0)
  return {id, title, rank, version, tasks: counted.length, openHours}
}

/** Returns the stories that belong to no sprint and are not done. A story with an open task is not done, whatever its status. */
export function backlogOf(stories: readonly DashboardStory[]): PlannedStory[] {
  return stories
    .filter(({sprint_id, ...story}) => sprint_id === null && !isDone(story))
    .map(({id, title, rank, version, task_count, estimated_hours = 0, completed_hours = 0}) => ({
      id,
      title,
      rank,
      version,
      tasks: task_count,
      openHours: estimated_hours - completed_hours,
    }))
}

function isDone({
  status,
  task_count = 0,
  completed_task_count = 0,
}: Omit<DashboardStory, 'sprint_id'>): boolean {
  return status === 'done' && completed_task_count === task_count
}

/** Returns both lists after the moves, in the order of the ranks. */
export function planAfter(known: Plan, moves: readonly StoryMove[]): Plan {
  const sprint = new Map(known.sprint.map(story => [story.id, story]))
  const backlog = new Map(known.backlog.map(story => [story.id, story]))
  // The board has the events of its own stories, so it is right about a story that is in both lists.
  for (const id of sprint.keys()) backlog.delete(id)
  for (const {story, isToSprint} of moves) {
    const latest = sprint.get(story.id) ?? backlog.get(story.id) ?? story
    sprint.delete(story.id)
    backlog.delete(story.id)
    ;(isToSprint ? sprint : backlog).set(story.id, latest)
  }
  return {
    sprint: [...sprint.values()].sort(compareRanks),
    backlog: [...backlog.values()].sort(compareRanks),
  }
}

/** Returns the moves that the server has not confirmed, or that the lists do not contain yet. */
export function unconfirmed({sprint, backlog}: Plan, moves: readonly StoryMove[]): StoryMove[] {
  const known = [...sprint, ...backlog]
  return moves.filter(
    ({story: {id}, version}) =>
      version === undefined || known.some(story => story.id === id && story.version < version),
  )
}

/** `isPartial`: the tasks of some stories are not counted. */
export function sumsOf(stories: readonly PlannedStory[]): {
  tasks: number
  openHours: number
  isPartial: boolean
} {
  return {
    isPartial: stories.some(({tasks}) => tasks === undefined),
    tasks: stories.reduce((sum, {tasks = 0}) => sum + tasks, 0),
    openHours: stories.reduce((sum, {openHours}) => sum + openHours, 0),
  }
}
