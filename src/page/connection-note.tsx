/**
 * The note that the page shows while the viewer is offline or signed out. While the note is shown, the content of the
 * page may be out of date, and requests that change the content fail.
 */
import {worstOf} from './connection-badge.tsx'
import type {Connection} from './organization-stream.tsx'
import {useSession} from './session.tsx'

export function ConnectionNote({connections}: {connections: Connection[]}) {
  const {expire} = useSession()
  const {status} = worstOf(connections)
  if (status === 'signed-out') {
    return (
      <p className="note" data-tone="warning">
        You are signed out. This page shows the last known state.{' '}
        <button type="button" className="link-button" onClick={expire}>
          Sign in again
        </button>
      </p>
    )
  }
  if (status !== 'offline') return null
  return (
    <p className="note" data-tone="warning">
      You are offline. This page shows the last known state; updates resume when you reconnect.
    </p>
  )
}
