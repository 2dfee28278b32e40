/** The messages that the page shows when content is loading, is empty, or could not be loaded. */
import type {ReactNode} from 'react'
import type {Fetched} from './fetched.ts'
import {Link} from './route.tsx'
import {ScreenHeading} from './screen-heading.tsx'
import './page-states.css'

/**
 * The message while content is loading. The style sheet shows the message after a delay, so that a fast response causes
 * no flicker.
 */
export function Loading({label = 'Loading'}: {label?: string}) {
  return (
    <div className="loading" role="progressbar" aria-label={label}>
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
  /** Tries again. When `onRetry` is undefined, the page shows only a link to the home page, unless it is the home page. */
  onRetry?: () => void
  /** Whether the page shows a button that reloads the page. Default false. */
  isReloadable?: boolean
}

export function Failure({title, detail, onRetry, isReloadable = false}: FailureProps) {
  return (
    <main className="failure">
      <ScreenHeading>{title}</ScreenHeading>
      <p>{detail}</p>
      <p className="failure-actions">
        {onRetry && (
          <button type="button" className="button" data-kind="primary" onClick={onRetry}>
            Try again
          </button>
        )}
        {isReloadable && (
          <button type="button" className="button" onClick={() => location.reload()}>
            Reload page
          </button>
        )}
        {location.pathname !== '/' && (
          <Link href="/" className="button" data-kind={onRetry ? undefined : 'primary'}>
            All projects
          </Link>
        )}
      </p>
    </main>
  )
}

/**
 * The message that replaces a part of the page when this part could not be loaded. Renders nothing when there is no
 * error, or when an earlier value has been loaded.
 */
export function LoadError({
  of: {value, error, refetch},
  children,
}: {
  of: Pick<Fetched<unknown>, 'value' | 'error' | 'refetch'>
  children: ReactNode
}) {
  if (error === undefined || value !== undefined) return null
  return (
    <p className="form-error">
      {children}{' '}
      <button type="button" className="link-button" onClick={refetch}>
        Try again
      </button>
    </p>
  )
}
