/** What stands where content will be or should be: waiting, nothing there, and what went wrong. */
import type {ReactNode} from 'react'
import {Link} from './route.tsx'
import './page-states.css'

/** Shown only after a moment, so that a quick answer makes nothing flicker. */
export function Waiting({label = 'Loading'}: {label?: string}) {
  return (
    <div className="waiting" role="progressbar" aria-label={label}>
      <span />
      <span />
      <span />
    </div>
  )
}

interface EmptyProps {
  title: string
  detail?: string
  children?: ReactNode
}

export function Empty({title, detail, children}: EmptyProps) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {detail && <p>{detail}</p>}
      {children}
    </div>
  )
}

interface FailureProps {
  title: string
  detail: string
  onRetry?: () => void
}

export function Failure({title, detail, onRetry}: FailureProps) {
  return (
    <main className="failure">
      <h1>{title}</h1>
      <p>{detail}</p>
      <p className="failure-acts">
        {onRetry && (
          <button type="button" className="button" data-kind="primary" onClick={onRetry}>
            Try again
          </button>
        )}
        <Link href="/" className="button">
          All projects
        </Link>
      </p>
    </main>
  )
}
