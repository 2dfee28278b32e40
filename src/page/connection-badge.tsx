/** Says at any moment whether what is on the page is what is: and if not, of when it is. */
import type {Status} from '../client/client.ts'
import type {Connection} from './news.tsx'
import {clock} from './words.ts'

const labels: Record<Status, string> = {
  live: 'Live',
  connecting: 'Connecting',
  reconnecting: 'Reconnecting',
  offline: 'Offline',
  'signed-out': 'Signed out',
}

/** The worst first: a page is as live as the least live of its streams. */
const severity: Status[] = ['signed-out', 'offline', 'reconnecting', 'connecting', 'live']

/** The connection that is worst off. */
export function worstOf(connections: Connection[]): Connection {
  const rank = ({status}: Connection) => severity.indexOf(status)
  return connections.reduce((worst, other) => (rank(other) < rank(worst) ? other : worst))
}

export function ConnectionBadge({connections}: {connections: Connection[]}) {
  const {status, checkedAt, reconnect} = worstOf(connections)
  const isWaiting = status === 'reconnecting' || status === 'offline'
  return (
    <div className="connection" data-status={status}>
      <span className="connection-dot" aria-hidden="true" />
      <span role="status" className="connection-label">
        {labels[status]}
        {status !== 'live' && checkedAt && (
          <span className="connection-time">
            {' · '}
            <span className="connection-words">last look at </span>
            <time dateTime={checkedAt.toISOString()}>{clock(checkedAt)}</time>
          </span>
        )}
      </span>
      {isWaiting && (
        <button type="button" className="link-button" onClick={reconnect}>
          Retry
        </button>
      )}
    </div>
  )
}
