/** The live list of activities of agents, pull requests and workflows. */
import type {ReactNode} from 'react'
import type {Project} from '../../client/client.ts'
import {useOrganizationEvents} from '../organization/organization-stream.tsx'
import {useFetched} from '../parts/fetched.ts'
import {dateAndTime, timeAgo} from '../parts/format.ts'
import {AlertIcon} from '../parts/icons.tsx'
import {AgentIcon, MergeIcon} from '../parts/more-icons.tsx'
import {useNow} from '../parts/now.ts'
import {LoadError} from '../parts/page-states.tsx'
import {useSession} from '../session/session.tsx'
import {type ActivityItem, activityFromEvent, activityKey, maxActivities, newestFirst} from './activity.ts'

interface ActivityFeedProps {
  projects: Project[]
  /** The only project to show, or undefined to show all projects. */
  projectId: string | undefined
}

export function ActivityFeed({projects, projectId}: ActivityFeedProps) {
  const {api} = useSession()
  const now = useNow()
  const {isReady} = useOrganizationEvents({
    onEvent(event) {
      const activity = activityFromEvent(event, projectId)
      if (activity) activities.update(known => newestFirst([activity, ...known]))
    },
    onReset: () => activities.refetch(),
  })
  const activities = useFetched<ActivityItem[]>(isReady && `activity ${projectId}`, async () => {
    const pages = projects.map(({id}) =>
      api.call('GET /projects/{id}/activity', {params: {id}, query: {limit: maxActivities}}),
    )
    return newestFirst((await Promise.all(pages)).flatMap(({items}) => items))
  })

  return (
    <section className="block" aria-label="Activity">
      <header className="block-head">
        <h2>Activity</h2>
      </header>
      <LoadError of={activities}>Could not load the activity.</LoadError>
      <ul className="feed">
        {activities.value?.map(activity => (
          <li key={activityKey(activity)} data-tone={isFailure(activity) ? 'danger' : undefined}>
            {activityIcon(activity)}
            <span className="feed-text">{activityText(activity)}</span>
            <time dateTime={activity.timestamp} title={dateAndTime(activity.timestamp)}>
              {timeAgo(activity.timestamp, now)}
            </time>
          </li>
        ))}
        {activities.value?.length === 0 && <li className="muted">No activity yet.</li>}
      </ul>
    </section>
  )
}

function isFailure(activity: ActivityItem): boolean {
  return (
    activity.type === 'workflow.error' ||
    (activity.type === 'agent.completed' && activity.outcome === 'failed')
  )
}

function activityIcon({type}: ActivityItem): ReactNode {
  if (type === 'workflow.error') return <AlertIcon />
  return type === 'pr.created' || type === 'pr.merged' ? <MergeIcon /> : <AgentIcon />
}

const outcomeTexts = {succeeded: 'succeeded', failed: 'failed', cancelled: 'was cancelled'}

function activityText(activity: ActivityItem): ReactNode {
  switch (activity.type) {
    case 'agent.started':
      return `${activity.agent} started`
    case 'agent.completed':
      return `${activity.agent} ${outcomeTexts[activity.outcome]}`
    case 'pr.created':
    case 'pr.merged': {
      const {number, title, url, author} = activity.pr
      return (
        <>
          {author} {activity.type === 'pr.created' ? 'opened' : 'merged'}{' '}
          <a href={url} target="_blank" rel="noreferrer">
            #{number} {title}
          </a>
        </>
      )
    }
    case 'workflow.error':
      return `${activity.workflow} failed: ${activity.message}`
  }
}
