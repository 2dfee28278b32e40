/**
 * A project on the dashboard: its current sprint, then the backlog and the other sprints. The stories are folded, so that
 * an organization with many stories can be read at a glance.
 */

import type {DashboardStory, Label, Project, Sprint} from '../../client/client.ts'
import {UnreadCount} from '../organization/unread-count.tsx'
import {count, dateRange, timeLeft} from '../parts/format.ts'
import {IconButton} from '../parts/icon-button.tsx'
import {PenIcon, PlusIcon} from '../parts/icons.tsx'
import {ChevronIcon} from '../parts/more-icons.tsx'
import {useToday} from '../parts/now.ts'
import {ProgressBar} from '../parts/progress-bar.tsx'
import {Link} from '../parts/route.tsx'
import {useSession} from '../session/session.tsx'
import {currentAndOthers} from './current-sprint.ts'
import {progressOf} from './home-state.ts'
import {ProjectMenu} from './project-menu.tsx'
import {doneText, type RowActions, type StoryPlace, StoryRows} from './story-rows.tsx'

interface ProjectSectionProps {
  project: Project
  /**
   * Whether the page shows only this project. The head of the page then contains the name, phase and actions of the
   * project.
   */
  isOnlyProject: boolean
  sprints: Sprint[]
  stories: DashboardStory[]
  /** Opens a dialog. */
  onPlan(planned: Planned): void
}

/** What a dialog creates, edits or shows. */
export type Planned =
  | {kind: 'new-sprint' | 'new-story' | 'edit-project' | 'velocity' | 'import'; project: Project}
  | {kind: 'edit-story'; story: DashboardStory}
  | {kind: 'new-task'; story: DashboardStory; labels: readonly Label[]}

export function ProjectSection({project, isOnlyProject, sprints, stories, onPlan}: ProjectSectionProps) {
  const backlog = stories.filter(story => !sprints.some(({id}) => id === story.sprint_id))
  const {current, others} = currentAndOthers(sprints, useToday())
  const rowActions: RowActions = {
    onEdit: story => onPlan({kind: 'edit-story', story}),
    onAddTask: (story, labels) => onPlan({kind: 'new-task', story, labels}),
  }
  const places = [...sprints.filter(({status}) => status !== 'closed'), {id: project.id, name: 'The backlog'}]
  const placesBut = (id: string) => places.filter(place => place.id !== id)
  const storiesOf = (sprint: Sprint) => stories.filter(({sprint_id}) => sprint_id === sprint.id)

  return (
    <section className="project" aria-label={project.name} data-thing={project.id}>
      {isOnlyProject ? (
        <h2 className="visually-hidden">Sprints and stories</h2>
      ) : (
        <header className="project-head">
          <h2>
            <Link href={`/projects/${project.id}`}>{project.name}</Link>
          </h2>
          <ProjectActions project={project} onPlan={onPlan} />
        </header>
      )}
      {current && (
        <SprintBlock
          sprint={current}
          stories={storiesOf(current)}
          places={placesBut(current.id)}
          {...rowActions}
        />
      )}
      {backlog.length > 0 && (
        <div className="sprint-block" data-drop={project.id}>
          <StoryRows
            summary={`Backlog: ${count(backlog.length, 'story', 'stories')}`}
            stories={backlog}
            places={placesBut(project.id)}
            {...rowActions}
          />
        </div>
      )}
      {others.length > 0 && (
        <details className="other-sprints">
          <summary>{count(others.length, 'other sprint')}</summary>
          {others.map(sprint => (
            <SprintBlock
              key={sprint.id}
              sprint={sprint}
              stories={storiesOf(sprint)}
              places={placesBut(sprint.id)}
              {...rowActions}
            />
          ))}
        </details>
      )}
      {sprints.length + stories.length === 0 && <p className="muted">No sprints or stories yet.</p>}
    </section>
  )
}

/** The phase of a project, and the buttons that show its velocity, add to it and edit it. */
export function ProjectActions({project, onPlan}: Pick<ProjectSectionProps, 'project' | 'onPlan'>) {
  const {me} = useSession()
  return (
    <>
      <span className="phase">{project.phase}</span>
      <UnreadCount projectId={project.id} />
      <span className="project-actions">
        <button type="button" className="button" onClick={() => onPlan({kind: 'velocity', project})}>
          Velocity
        </button>
        {me.role !== 'viewer' && (
          <>
            <button type="button" className="button" onClick={() => onPlan({kind: 'new-sprint', project})}>
              <PlusIcon />
              New sprint
            </button>
            <button type="button" className="button" onClick={() => onPlan({kind: 'new-story', project})}>
              <PlusIcon />
              New story
            </button>
            <IconButton
              label={`Edit project: ${project.name}`}
              title="Edit project"
              onClick={() => onPlan({kind: 'edit-project', project})}
            >
              <PenIcon />
            </IconButton>
          </>
        )}
        <ProjectMenu
          project={project}
          onImport={me.role === 'viewer' ? undefined : () => onPlan({kind: 'import', project})}
        />
      </span>
    </>
  )
}

interface SprintBlockProps extends RowActions {
  sprint: Sprint
  stories: DashboardStory[]
  places: readonly StoryPlace[]
}

function SprintBlock({sprint, stories, places, ...rowActions}: SprintBlockProps) {
  const {id, name, goal, status, starts_on, ends_on} = sprint
  const {completed, total} = progressOf(stories)
  const isClosed = status === 'closed'
  const today = useToday()
  const dates = [dateRange(starts_on, ends_on), isClosed ? 'Closed' : timeLeft(starts_on, ends_on, today)]
    .filter(Boolean)
    .join(' · ')
  return (
    <div className="sprint-block" data-thing={id} data-drop={isClosed ? undefined : id}>
      <Link href={`/sprints/${id}`} className="sprint-link">
        <span className="sprint-link-text">
          <h3>{name}</h3>
          {goal && <span className="muted">{goal}</span>}
        </span>
        <span className="sprint-link-facts">
          {dates && <span className="muted">{dates}</span>}
          {total > 0 && (
            <span className="sprint-link-progress">
              <ProgressBar done={completed} total={total} />
              <span className="muted">{doneText(completed, total)}</span>
            </span>
          )}
        </span>
        <span className="sprint-link-action">
          Open board
          <ChevronIcon />
        </span>
      </Link>
      {stories.length > 0 && (
        <StoryRows
          summary={count(stories.length, 'story', 'stories')}
          stories={stories}
          places={places}
          {...rowActions}
          onAddTask={isClosed ? undefined : rowActions.onAddTask}
        />
      )}
    </div>
  )
}
