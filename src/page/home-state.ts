/** What the dashboard knows, and what each event does to it. */
import type {Escalation} from '../board/escalation.ts'
import type {BoardEvent} from '../board/events.ts'
import type {Project} from '../board/project.ts'
import type {Sprint} from '../board/sprint.ts'
import type {Story} from '../board/story.ts'

export interface Home {
  projects: Project[]
  sprints: Sprint[]
  stories: Story[]
  escalations: Escalation[]
}

/**
 * After the event; the same where it alters nothing. What is known already, by `version`, alters nothing. `projectId`:
 * only this project is shown; undefined: all are.
 */
export function applyToHome(home: Home, event: BoardEvent, projectId: string | undefined): Home {
  if (projectId && 'project_id' in event && event.project_id !== projectId) return home
  switch (event.type) {
    case 'project.created':
    case 'project.updated':
      return {...home, projects: placeNewer(home.projects, event.project)}
    case 'project.phase.changed': {
      const known = home.projects.find(({id}) => id === event.project_id)
      if (!known) return home
      const project = {...known, phase: event.new_phase, version: event.version, updated_at: event.timestamp}
      return {...home, projects: placeNewer(home.projects, project)}
    }
    case 'project.deleted':
      return withoutProject(home, event.project_id)
    case 'sprint.created':
    case 'sprint.updated':
      return {...home, sprints: placeNewer(home.sprints, event.sprint)}
    case 'sprint.deleted':
      return {...home, sprints: home.sprints.filter(({id}) => id !== event.sprint_id)}
    case 'story.created':
    case 'story.updated':
    case 'story.moved':
      return {...home, stories: placeNewer(home.stories, event.story)}
    case 'story.status.changed': {
      const known = home.stories.find(({id}) => id === event.story_id)
      if (!known) return home
      const story = {...known, status: event.new_status, version: event.version, updated_at: event.timestamp}
      return {...home, stories: placeNewer(home.stories, story)}
    }
    case 'story.deleted':
      return {...home, stories: home.stories.filter(({id}) => id !== event.story_id)}
    case 'escalation.created':
      if (home.escalations.some(({id}) => id === event.escalation.id)) return home
      return {...home, escalations: [...home.escalations, event.escalation]}
    case 'escalation.responded':
      return {...home, escalations: place(home.escalations, event.escalation)}
    default:
      return home
  }
}

/** What still waits for an answer, the oldest first; then what was answered, the latest first. */
export function escalationsInOrder(escalations: readonly Escalation[]): {
  open: Escalation[]
  answered: Escalation[]
} {
  const open = escalations.filter(({status}) => status === 'open')
  const answered = escalations.filter(({status}) => status !== 'open')
  open.sort((one, other) => (one.created_at < other.created_at ? -1 : 1))
  answered.sort((one, other) => (one.responded_at! > other.responded_at! ? -1 : 1))
  return {open, answered}
}

function withoutProject(home: Home, projectId: string): Home {
  const isOther = (thing: {project_id: string}) => thing.project_id !== projectId
  return {
    ...home,
    projects: home.projects.filter(({id}) => id !== projectId),
    sprints: home.sprints.filter(isOther),
    stories: home.stories.filter(isOther),
    escalations: home.escalations.filter(isOther),
  }
}

function placeNewer<T extends {id: string; version: number}>(things: T[], thing: T): T[] {
  const known = things.find(({id}) => id === thing.id)
  return known && known.version >= thing.version ? things : place(things, thing)
}

/** In place of its earlier self, or at the end: ids are in the order of making. */
function place<T extends {id: string}>(things: T[], thing: T): T[] {
  const index = things.findIndex(({id}) => id === thing.id)
  return index === -1 ? [...things, thing] : things.with(index, thing)
}
