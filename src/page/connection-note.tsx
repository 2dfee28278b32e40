/** Where the viewer must know more than the badge says: what they see may be old, or what they do will be refused. */
import {worstOf} from './connection-badge.tsx'
import type {Connection} from './news.tsx'
import {useSession} from './session.tsx'

export function ConnectionNote({connections}: {connections: Connection[]}) {
  const {expire} = useSession()
  const {status} = worstOf(connections)
  if (status === 'signed-out') {
    return (
      <p className="note" data-tone="warning">
        You are signed out. All stands as you last saw it.{' '}
        <button type="button" className="link-button" onClick={expire}>
          Sign in again
        </button>
      </p>
    )
  }
  if (status !== 'offline') return null
  return (
    <p className="note" data-tone="warning">
      You are offline. All stands as you last saw it, and moves on when the network is back.
    </p>
  )
}
