/** The bar at the top of every page: breadcrumbs, connection, help, notifications and account. */
import {Fragment, useState} from 'react'
import {Bell} from '../notifications/bell.tsx'
import type {Connection} from '../organization/organization-stream.tsx'
import {Brand} from '../parts/brand.tsx'
import {QuestionIcon} from '../parts/icons.tsx'
import {lazyDialog} from '../parts/lazy-part.tsx'
import {Link} from '../parts/route.tsx'
import {Account} from './account.tsx'
import {ConnectionBadge} from './connection-badge.tsx'
import './top-bar.css'

const ShortcutsHelp = lazyDialog(async () => (await import('./shortcuts-help.tsx')).ShortcutsHelp)

interface TopBarProps {
  /** The breadcrumbs. The last breadcrumb is the current page. Default: no breadcrumbs. */
  trail?: {label: string; href: string}[]
  /** The connections of the page's streams. */
  connections: Connection[]
}

export function TopBar({trail = [], connections}: TopBarProps) {
  const [isHelping, setHelping] = useState(false)
  return (
    <header className="top-bar">
      <button type="button" className="button skip-button" onClick={skipToContent}>
        Skip to content
      </button>
      <Brand />
      <nav aria-label="Breadcrumbs" className="trail">
        {trail.map(({label, href}, index) => (
          <Fragment key={href}>
            <span aria-hidden="true" className="trail-divider">
              /
            </span>
            <Link href={href} aria-current={index === trail.length - 1 ? 'page' : undefined}>
              {label}
            </Link>
          </Fragment>
        ))}
      </nav>
      <ConnectionBadge connections={connections} />
      <button
        type="button"
        className="icon-button help-button"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
        onClick={() => setHelping(true)}
      >
        <QuestionIcon />
      </button>
      <Bell />
      <Account />
      {isHelping && <ShortcutsHelp onClose={() => setHelping(false)} />}
    </header>
  )
}

/** Moves the focus behind the bar. A link would change the part of the address that names the open task. */
function skipToContent(): void {
  const main = document.querySelector('main')
  if (!main) return
  main.tabIndex = -1
  main.focus()
}
