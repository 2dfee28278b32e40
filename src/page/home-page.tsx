/** The dashboard: projects with their sprints and stories, what waits for an answer, and what happens around them. */
import {useEffect, useState} from 'react'
import type {Escalation} from '../board/escalation.ts'
import type {Project} from '../board/project.ts'
import type {Sprint} from '../board/sprint.ts'
import type {Story} from '../board/story.ts'
import type {Api} from '../client/api.ts'
import {Problem} from '../client/client.ts'
import {ActivityFeed} from './activity-feed.tsx'
import {ConnectionNote} from './connection-note.tsx'
import {NewProject} from './edit-project.tsx'
import {Escalations} from './escalations.tsx'
import {applyToHome, type Home} from './home-state.ts'
import {PlusIcon} from './icons.tsx'
import {type Loaded, useLoaded} from './loaded.ts'
import {useNews} from './news.tsx'
import {Empty, Failure, Waiting} from './page-states.tsx'
import {ProjectSection} from './project-section.tsx'
import {readAll, useSession} from './session.tsx'
import {TopBar} from './top-bar.tsx'
import './home.css'

interface HomePageProps {
  /** Only this project; absent: all of them. */
  projectId?: string
}

export function HomePage({projectId}: HomePageProps) {
  const {api, me} = useSession()
  const [isAdding, setAdding] = useState(false)
  const {connection, isReady} = useNews({
    onEvent: event => home.change(known => applyToHome(known, event, projectId)),
    onReset: () => home.reload(),
  })
  const home: Loaded<Home> = useLoaded(isReady && `home ${projectId}`, () => readHome(api, projectId))
  const projects = home.value?.projects ?? []
  const title = projectId ? projects[0]?.name : 'Projects'
  const trail = projectId && title ? [{label: title, href: `/projects/${projectId}`}] : []
  useEffect(() => {
    if (title) document.title = `${title} · Boardcast`
  }, [title])

  const isGone = isNotFound(home.error) || home.value?.projects.length === 0
  if (projectId && isGone) return <Gone />
  if (home.error && !home.value) return <HomeFailure error={home.error} onRetry={home.reload} />
  return (
    <>
      <TopBar trail={trail} connections={[connection]} />
      <ConnectionNote connections={[connection]} />
      <main className="home">
        <div className="home-head">
          <h1>{title}</h1>
          {!projectId && me.role !== 'viewer' && (
            <button type="button" className="button" onClick={() => setAdding(true)}>
              <PlusIcon />
              Project
            </button>
          )}
        </div>
        {home.value ? <HomeContent home={home.value} projectId={projectId} /> : <Waiting />}
      </main>
      {isAdding && <NewProject onClose={() => setAdding(false)} />}
    </>
  )
}

function HomeContent({home, projectId}: {home: Home; projectId: string | undefined}) {
  if (home.projects.length === 0) {
    return (
      <Empty title="No projects yet" detail="A project has sprints and stories; its board moves by itself." />
    )
  }
  return (
    <div className="home-columns">
      <div className="home-projects">
        {home.projects.map(project => (
          <ProjectSection
            key={project.id}
            project={project}
            isOne={projectId !== undefined}
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
  const detail = error instanceof Problem ? error.message : 'The server does not answer.'
  return <Failure title="The projects could not be read" detail={detail} onRetry={onRetry} />
}

function isNotFound(error: unknown): boolean {
  return error instanceof Problem && error.data.status === 404
}

function Gone() {
  return <Failure title="There is no such project" detail="It was deleted, or the address is not right." />
}

async function readHome(api: Api, projectId: string | undefined): Promise<Home> {
  const projects = projectId
    ? [await api.call<Project>('GET', `/projects/${projectId}`)]
    : await readAll<Project>(api, '/projects')
  const ofEach = async <T,>(what: string) =>
    (await Promise.all(projects.map(({id}) => readAll<T>(api, `/projects/${id}/${what}`)))).flat()
  const [sprints, stories, escalations] = await Promise.all([
    ofEach<Sprint>('sprints'),
    ofEach<Story>('stories'),
    ofEach<Escalation>('escalations'),
  ])
  return {projects, sprints, stories, escalations}
}
