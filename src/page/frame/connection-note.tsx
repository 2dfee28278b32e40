/**
 * The note that the page shows while the browser is offline, or after the session has ended. While the note is shown,
 * the content of the page may be out of date, and requests that change the content fail.
 */
import {useEffect, useRef} from 'react'
import type {Connection} from '../organization/organization-stream.tsx'
import {clockTime} from '../parts/format.ts'
import {useSession} from '../session/session.tsx'
import {worstOf} from './connection-badge.tsx'

export function ConnectionNote({connections}: {connections: Connection[]}) {
  const {signIns, askToSignIn, offerSignIn} = useSession()
  const {status, checkedAt} = worstOf(connections)
  const isSignedOut = status === 'signed-out'
  const updated = checkedAt && ` This page was last updated at ${clockTime(checkedAt)}.`
  useEffect(() => {
    if (isSignedOut) offerSignIn()
  }, [isSignedOut, offerSignIn])

  const latest = useRef(connections)
  latest.current = connections
  // biome-ignore lint/correctness/useExhaustiveDependencies: the effect must run after each sign-in
  useEffect(() => {
    for (const connection of latest.current) if (connection.status === 'signed-out') connection.reconnect()
  }, [signIns])
  return (
    <section aria-label="Connection">
      {/* The live region is always present, because screen readers often ignore the text in a new region. */}
      <div role="alert">
        {isSignedOut && (
          <p className="note" data-tone="warning">
            Your session has ended.{updated}{' '}
            <button type="button" className="link-button" onClick={askToSignIn}>
              Sign in again
            </button>
          </p>
        )}
      </div>
      {status === 'offline' && (
        <p className="note" data-tone="warning">
          You are offline.{updated} Changes cannot be saved.
        </p>
      )}
    </section>
  )
}
