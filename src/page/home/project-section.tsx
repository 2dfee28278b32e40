/** A project on the dashboard: its sprints with their stories, and its backlog. */
import {useState} from 'react'
import type {DashboardStory, Project, Sprint} from '../../client/client.ts'
import {count, dateRange, timeLeft} from '../parts/format.ts'
import {IconButton} from '../parts/icon-button.tsx'
import {ChevronIcon, PenIcon, PlusIcon} from '../parts/icons.tsx'
import {ProgressBar} from '../parts/progress-bar.tsx'
import {Link} from '../parts/route.tsx'
import {EditProject} from '../plan/edit-project.tsx'
import {NewSprint} from '../plan/edit-sprint.tsx'
import {EditStory, NewStory} from '../plan/edit-story.tsx'
import {StoryStatusSelect} from '../plan/story-status-select.tsx'
import {useSession} from '../session/session.tsx'

interface ProjectSectionProps {
  project: Project
  /**
   * Whether the page shows only this project. If the page shows only this project, the name of the project is the
   * heading of the page.
   */
  isOnlyProject: boolean
  sprints: Sprint[]
  stories: DashboardStory[]
}

/**
 * The open dialog. `'sprint'` and `'story'` are the dialogs for a new sprint and a new story. `'project'` is the dialog
 * that edits the project. When the value is a `DashboardStory`, the open dialog edits this story.
 */
type Open = 'sprint' | 'story' | 'project' | DashboardStory

export function ProjectSection({project, isOnlyProject, sprints, stories}: ProjectSectionProps) {
  const {me} = useSession()
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)
  const backlog = stories.filter(story => !sprints.some(({id}) => id === story.sprint_id))
  // The latest sprint comes first, because most viewers look for the latest sprint.
  const latestFirst = sprints.toReversed()

  return (
    <section className="project" aria-label={project.name}>
      <header className="project-head">
        <h2 className={isOnlyProject ? 'visually-hidden' : undefined}>
          <Link href={`/projects/${project.id}`}>{project.name}</Link>
        </h2>
        <span className="phase">{project.phase}</span>
        {me.role !== 'viewer' && (
          <span className="project-actions">
            <button type="button" className="button" onClick={() => setOpen('sprint')}>
              <PlusIcon />
              New sprint
            </button>
            <button type="button" className="button" onClick={() => setOpen('story')}>
              <PlusIcon />
              New story
            </button>
            <IconButton
              label={`Edit project: ${project.name}`}
              title="Edit project"
              onClick={() => setOpen('project')}
            >
              <PenIcon />
            </IconButton>
          </span>
        )}
      </header>
      {latestFirst.map(sprint => (
        <SprintBlock
          key={sprint.id}
          sprint={sprint}
          stories={stories.filter(({sprint_id}) => sprint_id === sprint.id)}
          onEdit={setOpen}
        />
      ))}
      {backlog.length > 0 && (
        <div className="sprint-block">
          <div className="sprint-block-head">
            <h3>Backlog</h3>
            <span className="muted">{count(backlog.length, 'story', 'stories')}</span>
          </div>
          <StoryRows stories={backlog} onEdit={setOpen} />
        </div>
      )}
      {sprints.length + stories.length === 0 && <p className="muted">No sprints or stories yet.</p>}
      {open === 'sprint' && <NewSprint projectId={project.id} onClose={close} />}
      {open === 'story' && <NewStory projectId={project.id} sprintId={null} onClose={close} />}
      {open === 'project' && <EditProject project={project} onClose={close} />}
      {typeof open === 'object' && <EditStory story={open} onClose={close} />}
    </section>
  )
}

interface SprintBlockProps {
  sprint: Sprint
  stories: DashboardStory[]
  onEdit(story: DashboardStory): void
}

function SprintBlock({sprint, stories, onEdit}: SprintBlockProps) {
  const {id, name, goal, starts_on, ends_on} = sprint
  const done = stories.filter(({status}) => status === 'done').length
  const dates = [dateRange(starts_on, ends_on), timeLeft(starts_on, ends_on, new Date())]
    .filter(Boolean)
    .join(' · ')
  return (
    <div className="sprint-block">
      <Link href={`/sprints/${id}`} className="sprint-link">
        <span className="sprint-link-text">
          <h3>{name}</h3>
          {goal && <span className="muted">{goal}</span>}
        </span>
        <span className="sprint-link-facts">
          {dates && <span className="muted">{dates}</span>}
          {stories.length > 0 && (
            <span className="sprint-link-progress">
              <ProgressBar done={done} total={stories.length} />
              <span className="muted">
                {done} of {count(stories.length, 'story', 'stories')} done
              </span>
            </span>
          )}
        </span>
        <span className="sprint-link-action">
          Open board
          <ChevronIcon />
        </span>
      </Link>
      <StoryRows stories={stories} onEdit={onEdit} />
    </div>
  )
}

function StoryRows({stories, onEdit}: {stories: DashboardStory[]; onEdit(story: DashboardStory): void}) {
  const {me} = useSession()
  const mayChange = me.role !== 'viewer'
  return (
    <ul className="story-rows">
      {stories.map(story => (
        <li key={story.id}>
          {mayChange ? (
            <button type="button" className="story-title" onClick={() => onEdit(story)}>
              {story.title}
            </button>
          ) : (
            <span className="story-title">{story.title}</span>
          )}
          <StoryStatusSelect story={story} />
        </li>
      ))}
    </ul>
  )
}
