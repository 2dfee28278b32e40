/** The data of the dashboard, and how each event changes it. */
import type {BoardEvent, DashboardStory, Escalation, Project, Sprint} from '../../client/client.ts'

export interface Home {
  projects: Project[]
  sprints: Sprint[]
  stories: DashboardStory[]
  escalations: Escalation[]
}

/**
 * Returns the data after the event. When the event changes nothing, returns the same object. For example, an event
 * changes nothing when the data already contains the same version of the item or a newer version. `projectId` is the
 * only project to show, or undefined to show all projects.
 */
export function applyToHome(home: Home, event: BoardEvent, projectId: string | undefined): Home {
  if (projectId && 'project_id' in event && event.project_id !== projectId) return home
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
      return {...home, sprints: putNewer(home.sprints, event.sprint)}
    case 'sprint.deleted':
      return {...home, sprints: home.sprints.filter(({id}) => id !== event.sprint_id)}
    case 'story.created':
    case 'story.updated':
    case 'story.moved':
      return {...home, stories: putNewer(home.stories, event.story)}
    case 'story.status.changed': {
      const known = home.stories.find(({id}) => id === event.story_id)
      if (!known) return home
      const story = {...known, status: event.new_status, version: event.version, updated_at: event.timestamp}
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
