/** The dashboard: projects with their sprints and stories, open questions, and recent activity. */

import {useState} from 'react'
import {type Escalation, Problem} from '../../client/client.ts'
import {ConnectionNote} from '../frame/connection-note.tsx'
import {TopBar} from '../frame/top-bar.tsx'
import {useCommands} from '../parts/commands.ts'
import type {Fetched} from '../parts/fetched.ts'
import {PlusIcon} from '../parts/icons.tsx'
import {addStyles} from '../parts/late-styles.ts'
import {lazyDialog, usePreload} from '../parts/lazy-part.tsx'
import {useObservable} from '../parts/observable.ts'
import {Empty, Failure, Loading} from '../parts/page-states.tsx'
import {usePageTitle} from '../parts/page-title.ts'
import {useOpened} from '../parts/route.tsx'
import {ScreenHeading} from '../parts/screen-heading.tsx'
import {failureSentence} from '../parts/words.ts'
import {Escalations} from '../questions/escalations.tsx'
import {useAnsweredMeanwhile} from '../questions/unsent-answers.ts'
import {useSession} from '../session/session.tsx'
import {ActivityFeed} from './activity-feed.tsx'
import {ForMe} from './for-me.tsx'
import styles from './home.css?inline'
import type {Home} from './home-state.ts'
import {useLiveHome} from './live-home.ts'
import type {OwnTasks} from './own-tasks.ts'
import {placeConnections} from './place-connections.ts'
import {type Planned, ProjectActions, ProjectSection} from './project-section.tsx'
import {useShowCreated} from './show-created.ts'
import {StoryTasks} from './story-rows.tsx'

addStyles(styles)

const BacklogTask = lazyDialog(async () => (await import('./backlog-task.tsx')).BacklogTask, 'side')

const PlanDialog = lazyDialog(async () => (await import('./plan-dialog.tsx')).PlanDialog)

interface HomePageProps {
  /** The only project to show, or undefined to show all projects. */
  projectId?: string
}

export function HomePage({projectId}: HomePageProps) {
  const {me} = useSession()
  const [planned, setPlanned] = useState<Planned | {kind: 'new-project'}>()
  const {home, startError, ownTasks, connections: ownConnections} = useLiveHome(projectId)
  const connections = [...ownConnections, ...useObservable(placeConnections)]
  const [{taskId}, open] = useOpened()
  const projects = home.value?.projects ?? []
  useShowCreated()
  usePreload([PlanDialog, StoryTasks, ...(projectId ? [BacklogTask] : [])])
  const onlyProject = projectId === undefined ? undefined : projects[0]
  const title = projectId ? onlyProject?.name : 'Projects'
  const trail = projectId && title ? [{label: title, href: `/projects/${projectId}`}] : []
  usePageTitle(title)

  const mayCreate = !projectId && me.role !== 'viewer'
  const createProject = () => setPlanned({kind: 'new-project'})
  useCommands({
    projectId,
    commands: [
      ...(mayCreate ? [{label: 'New project', run: createProject}] : []),
      ...(onlyProject && me.role !== 'viewer'
        ? [
            {label: 'New story', run: () => setPlanned({kind: 'new-story', project: onlyProject})},
            {label: 'New sprint', run: () => setPlanned({kind: 'new-sprint', project: onlyProject})},
            {label: 'Import a file', run: () => setPlanned({kind: 'import', project: onlyProject})},
          ]
        : []),
    ],
  })
  const isMissing = isNotFound(home.error) || home.value?.projects.length === 0
  return (
    <>
      <TopBar trail={trail} connections={connections} />
      <ConnectionNote connections={connections} />
      {content()}
      {planned && (
        <PlanDialog
          planned={planned}
          home={home.value}
          onImported={home.refetch}
          onClose={() => setPlanned(undefined)}
        />
      )}
      {taskId && onlyProject && <BacklogTask projectId={onlyProject.id} onClose={() => open({})} />}
    </>
  )

  function content() {
    if (projectId && isMissing) {
      return <Failure title="Project not found" detail="The project was deleted, or the address is wrong." />
    }
    if (home.error && !home.value) return <HomeFailure error={home.error} onRetry={home.refetch} />
    if (startError) return <HomeFailure error={startError} onRetry={connections[0]!.reconnect} />
    return (
      <main className="home">
        <div className="home-head">
          <ScreenHeading>{title}</ScreenHeading>
          {onlyProject && <ProjectActions project={onlyProject} onPlan={setPlanned} />}
          {mayCreate && home.value?.projects.length !== 0 && (
            <button type="button" className="button" onClick={createProject}>
              <PlusIcon />
              New project
            </button>
          )}
        </div>
        {home.value ? (
          <HomeContent
            home={home.value}
            ownTasks={ownTasks}
            projectId={projectId}
            onCreateProject={mayCreate ? createProject : undefined}
            onPlan={setPlanned}
          />
        ) : (
          <Loading />
        )}
      </main>
    )
  }
}

interface HomeContentProps {
  home: Home
  ownTasks: Fetched<OwnTasks>
  projectId: string | undefined
  /** Undefined when the viewer is not allowed to create projects. */
  onCreateProject: (() => void) | undefined
  /** Opens a dialog. */
  onPlan(planned: Planned): void
}

function HomeContent({home, ownTasks, projectId, onCreateProject, onPlan}: HomeContentProps) {
  const {me} = useSession()
  const kept = useAnsweredMeanwhile(home.escalations)
  if (home.projects.length === 0) {
    return (
      <Empty title="No projects yet" detail="A project contains stories, which are planned in sprints.">
        {onCreateProject && (
          <button type="button" className="button" data-kind="primary" onClick={onCreateProject}>
            New project
          </button>
        )}
      </Empty>
    )
  }
  return (
    <div className="home-columns">
      <div className="home-projects">
        <ForMe tasks={ownTasks} questions={home.escalations.filter(isForMe)} projects={home.projects} />
        {home.projects.map(project => (
          <ProjectSection
            key={project.id}
            project={project}
            isOnlyProject={projectId !== undefined}
            sprints={home.sprints.filter(({project_id}) => project_id === project.id)}
            stories={home.stories.filter(({project_id}) => project_id === project.id)}
            onPlan={onPlan}
          />
        ))}
      </div>
      <aside className="home-aside">
        <Escalations
          escalations={home.escalations.filter(escalation => !isForMe(escalation))}
          projects={home.projects}
        />
        <ActivityFeed projects={home.projects} projectId={projectId} />
      </aside>
    </div>
  )

  /** A question to which the viewer is writing an answer stays in its place when another member answers. */
  function isForMe({id, status, assignee_user_id}: Escalation): boolean {
    return assignee_user_id === me.user_id && (status === 'open' || kept.has(id))
  }
}

function HomeFailure({error, onRetry}: {error: unknown; onRetry(): void}) {
  return <Failure title="Could not load the projects" detail={failureSentence(error)} onRetry={onRetry} />
}

function isNotFound(error: unknown): boolean {
  return error instanceof Problem && error.code === 'project-not-found'
}
