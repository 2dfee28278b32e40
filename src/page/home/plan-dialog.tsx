/**
 * The open dialog of the dashboard. The dialog is no part of a project's section, so that it stays open, with its unsaved
 * text, when another member deletes the project.
 */
import {lazyDialog} from '../parts/lazy-part.tsx'
import {EditProject, NewProject} from '../plan/edit-project.tsx'
import {NewSprint} from '../plan/edit-sprint.tsx'
import {EditStory, NewStory} from '../plan/edit-story.tsx'
import {VelocityDialog} from '../plan/velocity.tsx'
import {NewTask} from '../task/edit-task.tsx'
import type {Home} from './home-state.ts'
import type {Planned} from './project-section.tsx'

const ImportDialog = lazyDialog(async () => (await import('../plan/import-dialog.tsx')).ImportDialog)

interface PlanDialogProps {
  planned: Planned | {kind: 'new-project'}
  /** Undefined while the data of the dashboard are not loaded. */
  home: Home | undefined
  /** Called after the import of a file, also when the dialog is closed by then. */
  onImported(): void
  onClose(): void
}

export function PlanDialog({planned, home, onImported, onClose}: PlanDialogProps) {
  const isGone = (list: readonly {id: string}[] = [], id: string) => !list.some(item => item.id === id)
  switch (planned.kind) {
    case 'new-project':
      return <NewProject onClose={onClose} />
    case 'new-sprint':
      return <NewSprint projectId={planned.project.id} onClose={onClose} />
    case 'new-story':
      return <NewStory projectId={planned.project.id} sprintId={null} onClose={onClose} />
    case 'velocity':
      return <VelocityDialog project={planned.project} onClose={onClose} />
    case 'import': {
      const {project} = planned
      const sprints = home?.sprints.filter(({project_id}) => project_id === project.id) ?? []
      return <ImportDialog project={project} sprints={sprints} onImported={onImported} onClose={onClose} />
    }
    case 'edit-project': {
      const {project} = planned
      return <EditProject project={project} isGone={isGone(home?.projects, project.id)} onClose={onClose} />
    }
    case 'new-task': {
      const {story, labels} = planned
      return (
        <NewTask
          stories={home?.stories.filter(({id}) => id === story.id) ?? []}
          storyId={story.id}
          sprintId={story.sprint_id ?? ''}
          projectId={story.project_id}
          labels={labels}
          onCreated={() => {}}
          onClose={onClose}
        />
      )
    }
    case 'edit-story': {
      const {story} = planned
      return <EditStory story={story} isGone={isGone(home?.stories, story.id)} onClose={onClose} />
    }
  }
}
