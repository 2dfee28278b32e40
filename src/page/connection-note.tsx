/** The note that the page shows while it is offline or signed out: the content is old, and changes will fail. */
import {worstOf} from './connection-badge.tsx'
import type {Connection} from './organization-stream.tsx'
import {useSession} from './session.tsx'

export function ConnectionNote({connections}: {connections: Connection[]}) {
  const {expire} = useSession()
  const {status} = worstOf(connections)
  if (status === 'signed-out') {
    return (
      <p className="note" data-tone="warning">
        You are signed out. Showing the last known state.{' '}
        <button type="button" className="link-button" onClick={expire}>
          Sign in again
        </button>
      </p>
    )
  }
  if (status !== 'offline') return null
  return (
    <p className="note" data-tone="warning">
      You are offline. Showing the last known state; updates resume when you reconnect.
    </p>
  )
}
