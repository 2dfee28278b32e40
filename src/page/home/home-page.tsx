/** The dashboard: projects with their sprints and stories, open questions, and recent activity. */
import {useEffect, useState} from 'react'
import {Problem} from '../../client/client.ts'
import {ConnectionNote} from '../frame/connection-note.tsx'
import {TopBar} from '../frame/top-bar.tsx'
import {useOrganizationEvents} from '../organization/organization-stream.tsx'
import {type Fetched, useFetched} from '../parts/fetched.ts'
import {PlusIcon} from '../parts/icons.tsx'
import {Empty, Failure, Loading} from '../parts/page-states.tsx'
import {failureSentence} from '../parts/words.ts'
import {NewProject} from '../plan/edit-project.tsx'
import {Escalations} from '../questions/escalations.tsx'
import {useSession} from '../session/session.tsx'
import {ActivityFeed} from './activity-feed.tsx'
import {fetchHome} from './fetch-home.ts'
import {applyToHome, type Home} from './home-state.ts'
import {ProjectSection} from './project-section.tsx'
import './home.css'

interface HomePageProps {
  /** The only project to show, or undefined to show all projects. */
  projectId?: string
}

export function HomePage({projectId}: HomePageProps) {
  const {api, me} = useSession()
  const [isAdding, setAdding] = useState(false)
  const {connection, isReady} = useOrganizationEvents({
    onEvent: event => home.update(known => applyToHome(known, event, projectId)),
    onReset: () => home.refetch(),
  })
  const home: Fetched<Home> = useFetched(isReady && `home ${projectId}`, () => fetchHome(api, projectId))
  const projects = home.value?.projects ?? []
  const title = projectId ? projects[0]?.name : 'Projects'
  const trail = projectId && title ? [{label: title, href: `/projects/${projectId}`}] : []
  useEffect(() => {
    if (title) document.title = `${title} · Boardcast`
  }, [title])

  const isMissing = isNotFound(home.error) || home.value?.projects.length === 0
  return (
    <>
      <TopBar trail={trail} connections={[connection]} />
      <ConnectionNote connections={[connection]} />
      {content()}
      {isAdding && <NewProject onClose={() => setAdding(false)} />}
    </>
  )

  function content() {
    if (projectId && isMissing) {
      return <Failure title="Project not found" detail="The project was deleted, or the address is wrong." />
    }
    if (home.error && !home.value) return <HomeFailure error={home.error} onRetry={home.refetch} />
    return (
      <main className="home">
        <div className="home-head">
          <h1>{title}</h1>
          {!projectId && me.role !== 'viewer' && (
            <button type="button" className="button" onClick={() => setAdding(true)}>
              <PlusIcon />
              New project
            </button>
          )}
        </div>
        {home.value ? <HomeContent home={home.value} projectId={projectId} /> : <Loading />}
      </main>
    )
  }
}

function HomeContent({home, projectId}: {home: Home; projectId: string | undefined}) {
  if (home.projects.length === 0) {
    return (
      <Empty title="No projects yet" detail="A project contains stories, which are planned in sprints." />
    )
  }
  return (
    <div className="home-columns">
      <div className="home-projects">
        {home.projects.map(project => (
          <ProjectSection
            key={project.id}
            project={project}
            isOnlyProject={projectId !== undefined}
            sprints={home.sprints.filter(({project_id}) => project_id === project.id)}
            stories={home.stories.filter(({project_id}) => project_id === project.id)}
          />
        ))}
      </div>
      <aside className="home-aside">
        <Escalations escalations={home.escalations} projects={home.projects} />
        <ActivityFeed projects={home.projects} projectId={projectId} />
      </aside>
    </div>
  )
}

function HomeFailure({error, onRetry}: {error: unknown; onRetry(): void}) {
  return <Failure title="Could not load the projects" detail={failureSentence(error)} onRetry={onRetry} />
}

function isNotFound(error: unknown): boolean {
  return error instanceof Problem && error.code === 'project-not-found'
}
