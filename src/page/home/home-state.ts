/** The data of the dashboard, and how each event changes it. */
import {isUpTo} from '../../client/api-client.ts'
import type {
  BoardEvent,
  DashboardStory,
  Escalation,
  Project,
  Sprint,
  TaskStatus,
} from '../../client/client.ts'

export interface Home {
  projects: Project[]
  sprints: Sprint[]
  /** The numbers of tasks are unknown for old stories of a very long list. */
  stories: DashboardStory[]
  escalations: Escalation[]
  /** The position of the data in the log. Undefined when the lists were read separately. */
  cursor?: string
}

/**
 * Returns the data after the event. When the event changes nothing, returns the same object. For example, an event
 * changes nothing when the data already contains the same version of the item or a newer version. `projectId` is the
 * only project to show, or undefined to show all projects. `cursor` is the position of the event in the log.
 */
export function applyToHome(
  home: Home,
  event: BoardEvent,
  projectId: string | undefined,
  cursor: string,
): Home {
  if (projectId && 'project_id' in event && event.project_id !== projectId) return home
  if (isUpTo(cursor, home.cursor)) return home
  switch (event.type) {
    case 'project.created':
    case 'project.updated':
      return {...home, projects: putNewer(home.projects, event.project)}
    case 'project.phase.changed': {
      const known = home.projects.find(({id}) => id === event.project_id)
      if (!known) return home
      const project = {...known, phase: event.new_phase, version: event.version, updated_at: event.timestamp}
      return {...home, projects: putNewer(home.projects, project)}
    }
    case 'project.deleted':
      return withoutProject(home, event.project_id)
    case 'sprint.created':
    case 'sprint.updated':
    case 'sprint.status.changed':
      return {...home, sprints: putNewer(home.sprints, event.sprint)}
    case 'sprint.deleted':
      return {...home, sprints: home.sprints.filter(({id}) => id !== event.sprint_id)}
    case 'story.created':
      return {...home, stories: putNewer(home.stories, {...noTasks, ...event.story})}
    case 'story.updated':
    case 'story.moved': {
      const known = home.stories.find(({id}) => id === event.story_id)
      return {...home, stories: putNewer(home.stories, {...known, ...event.story})}
    }
    case 'task.created':
      return addTasks(home, event.story_id, 1, 0)
    case 'task.moved': {
      // Without `from_story_id`, the task has moved with its story.
      if (!event.from_story_id) return home
      const {tasks, completed} = countsOf(event.task.status)
      const left = addTasks(home, event.from_story_id, -tasks, -completed)
      return addTasks(left, event.story_id, tasks, completed)
    }
    case 'status_changed': {
      const {story_id, old_status, new_status} = event
      const [before, after] = [countsOf(old_status), countsOf(new_status)]
      return addTasks(home, story_id, after.tasks - before.tasks, after.completed - before.completed)
    }
    case 'story.status.changed': {
      const known = home.stories.find(({id}) => id === event.story_id)
      if (!known) return home
      const story = {...known, status: event.new_status, version: event.version, updated_at: event.timestamp}
      return {...home, stories: putNewer(home.stories, story)}
    }
    case 'story.ranked': {
      const known = home.stories.find(({id}) => id === event.story_id)
      if (!known) return home
      const story = {...known, rank: event.rank, version: event.version, updated_at: event.timestamp}
      return {...home, stories: putNewer(home.stories, story)}
    }
    case 'story.deleted':
      return {...home, stories: home.stories.filter(({id}) => id !== event.story_id)}
    case 'escalation.created':
      if (home.escalations.some(({id}) => id === event.escalation.id)) return home
      return {...home, escalations: [...home.escalations, event.escalation]}
    case 'escalation.responded':
      return {...home, escalations: put(home.escalations, event.escalation)}
    default:
      return home
  }
}

/** Returns the numbers of tasks of the stories together. A story whose numbers are unknown counts as a story without tasks. */
export function progressOf(stories: readonly DashboardStory[]): {completed: number; total: number} {
  return {
    completed: stories.reduce((sum, {completed_task_count = 0}) => sum + completed_task_count, 0),
    total: stories.reduce((sum, {task_count = 0}) => sum + task_count, 0),
  }
}

const noTasks = {task_count: 0, completed_task_count: 0}

/**
 * Returns whether only the server knows the numbers of tasks after the event. The event of a deleted task does not
 * contain the status of the task, and the event of an import contains no tasks and no stories.
 */
export function makesCountsUnknown({stories}: Home, event: BoardEvent): boolean {
  if (event.type === 'board.imported') return true
  if (event.type === 'task.deleted') return stories.some(({id}) => id === event.story_id)
  const isNew = event.type === 'task.created' || (event.type === 'task.moved' && event.from_story_id)
  return !!isNew && !stories.some(({id}) => id === event.story_id)
}

function addTasks(home: Home, storyId: string, tasks: number, completed: number): Home {
  const story = home.stories.find(({id}) => id === storyId)
  if (story?.task_count === undefined || story.completed_task_count === undefined) return home
  if (tasks === 0 && completed === 0) return home
  const counts = {
    task_count: story.task_count + tasks,
    completed_task_count: story.completed_task_count + completed,
  }
  return {...home, stories: put(home.stories, {...story, ...counts})}
}

function countsOf(status: TaskStatus): {tasks: number; completed: number} {
  return {tasks: status === 'cancelled' ? 0 : 1, completed: status === 'completed' ? 1 : 0}
}

function withoutProject(home: Home, projectId: string): Home {
  const isOther = (item: {project_id: string}) => item.project_id !== projectId
  return {
    ...home,
    projects: home.projects.filter(({id}) => id !== projectId),
    sprints: home.sprints.filter(isOther),
    stories: home.stories.filter(isOther),
    escalations: home.escalations.filter(isOther),
  }
}

function putNewer<T extends {id: string; version: number}>(items: T[], item: T): T[] {
  const known = items.find(({id}) => id === item.id)
  return known && known.version >= item.version ? items : put(items, item)
}

/**
 * Replaces the item with the same id, or appends the item. The list stays sorted by id, because a new id is greater
 * than all other ids.
 */
function put<T extends {id: string}>(items: T[], item: T): T[] {
  const index = items.findIndex(({id}) => id === item.id)
  return index === -1 ? [...items, item] : items.with(index, item)
}
