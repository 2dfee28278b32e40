/** What agents, pull requests and workflows do, as it happens. */
import type {ReactNode} from 'react'
import type {Activity} from '../board/activity.ts'
import type {Project} from '../board/project.ts'
import {type Happening, happeningOf, keyOf, mostHappenings, newestFirst} from './activity.ts'
import {AgentIcon, AlertIcon, MergeIcon} from './icons.tsx'
import {useLoaded} from './loaded.ts'
import {useNews} from './news.tsx'
import {useNow} from './now.ts'
import {useSession} from './session.tsx'
import {ago, moment} from './words.ts'

interface ActivityFeedProps {
  projects: Project[]
  /** The only one that is shown; undefined: all are. */
  projectId: string | undefined
}

export function ActivityFeed({projects, projectId}: ActivityFeedProps) {
  const {api} = useSession()
  const now = useNow()
  const {isReady} = useNews({
    onEvent(event) {
      const happening = happeningOf(event, projectId)
      if (happening) feed.change(known => newestFirst([happening, ...known]))
    },
    onReset: () => feed.reload(),
  })
  const feed = useLoaded<Happening[]>(isReady && `activity ${projectId}`, async () => {
    const pages = projects.map(({id}) =>
      api.call<{items: Activity[]}>('GET', `/projects/${id}/activity?limit=${mostHappenings}`),
    )
    return newestFirst((await Promise.all(pages)).flatMap(({items}) => items))
  })

  return (
    <section className="block" aria-label="Activity">
      <header className="block-head">
        <h2>Activity</h2>
      </header>
      {feed.error !== undefined && !feed.value && (
        <p className="field-error">
          The activity could not be read.{' '}
          <button type="button" className="link-button" onClick={feed.reload}>
            Try again
          </button>
        </p>
      )}
      <ul className="feed">
        {feed.value?.map(happening => (
          <li key={keyOf(happening)} data-tone={isBad(happening) ? 'danger' : undefined}>
            {iconOf(happening)}
            <span className="feed-text">{tellHappening(happening)}</span>
            <time dateTime={happening.timestamp} title={moment(happening.timestamp)}>
              {ago(happening.timestamp, now)}
            </time>
          </li>
        ))}
        {feed.value?.length === 0 && <li className="muted">Nothing has happened yet.</li>}
      </ul>
    </section>
  )
}

function isBad(happening: Happening): boolean {
  return (
    happening.type === 'workflow.error' ||
    (happening.type === 'agent.completed' && happening.outcome === 'failed')
  )
}

function iconOf({type}: Happening): ReactNode {
  if (type === 'workflow.error') return <AlertIcon />
  return type === 'pr.created' || type === 'pr.merged' ? <MergeIcon /> : <AgentIcon />
}

function tellHappening(happening: Happening): ReactNode {
  switch (happening.type) {
    case 'agent.started':
      return `${happening.agent} has started`
    case 'agent.completed':
      return `${happening.agent} ${happening.outcome}`
    case 'pr.created':
    case 'pr.merged': {
      const {number, title, url, author} = happening.pr
      return (
        <>
          {author} {happening.type === 'pr.created' ? 'opened' : 'merged'}{' '}
          <a href={url} target="_blank" rel="noreferrer">
            #{number} {title}
          </a>
        </>
      )
    }
    case 'workflow.error':
      return `${happening.workflow} failed: ${happening.message}`
  }
}
