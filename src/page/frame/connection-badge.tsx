/**
 * Shows whether the page is live. While the page reconnects, also shows when the page was last up to date. The hover text
 * shows when the board was last compared with the server's board.
 */
import type {Status} from '../../client/client.ts'
import type {Connection} from '../organization/organization-stream.tsx'
import {clockTime, shortTime} from '../parts/format.ts'
import {connectionLabels, pollingText} from '../parts/words.ts'

/** The statuses, from the worst status to the best status. */
const severity: Status[] = ['signed-out', 'offline', 'reconnecting', 'connecting', 'live']

/** Returns the connection with the worst status, because a page is live only when all of its streams are live. */
export function worstOf(connections: Connection[]): Connection {
  const rank = ({status}: Connection) => severity.indexOf(status)
  return connections.reduce((worst, other) => (rank(other) < rank(worst) ? other : worst))
}

export function ConnectionBadge({connections}: {connections: Connection[]}) {
  const {status, checkedAt, reconnect} = worstOf(connections)
  const isPolling = status === 'live' && connections.some(({transport}) => transport === 'poll')
  const verified = connections.find(({verified}) => verified)?.verified
  const isConnecting = status === 'connecting' || status === 'reconnecting'
  const isWaiting = status === 'reconnecting' || status === 'offline'
  const hoverTexts = [isPolling && pollingText, verified && `Verified at ${shortTime(verified.at)}`]
  return (
    <div
      className="connection"
      data-status={status}
      title={hoverTexts.filter(Boolean).join('\n') || undefined}
    >
      <span className="connection-dot" aria-hidden="true" />
      <span role="status" className="connection-label">
        {connectionLabels[status]}
        {isConnecting && checkedAt && (
          <span className="connection-time">
            {' · '}
            <span className="connection-prefix">last updated </span>
            <time dateTime={checkedAt.toISOString()}>{clockTime(checkedAt)}</time>
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
