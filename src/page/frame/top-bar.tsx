/** The bar at the top of every page: breadcrumbs, connection, search, help, notifications and account. */
import {Fragment, useEffect, useState} from 'react'
import {Bell, InboxPanel} from '../notifications/bell.tsx'
import type {Connection} from '../organization/organization-stream.tsx'
import {Brand} from '../parts/brand.tsx'
import {QuestionIcon, SearchIcon} from '../parts/icons.tsx'
import {isMac, keyName} from '../parts/keys.ts'
import {lazyDialog, usePreload} from '../parts/lazy-part.tsx'
import {openModals} from '../parts/modals.ts'
import {Link} from '../parts/route.tsx'
import {Account, AccountPanel} from './account.tsx'
import {ConnectionBadge} from './connection-badge.tsx'
import './top-bar.css'

const ShortcutsHelp = lazyDialog(async () => (await import('./shortcuts-help.tsx')).ShortcutsHelp)

const SearchPalette = lazyDialog(async () => (await import('./search-palette.tsx')).SearchPalette)

interface TopBarProps {
  /** The breadcrumbs. The last breadcrumb is the current page. Default: no breadcrumbs. */
  trail?: {label: string; href: string}[]
  /** The connections of the page's streams. */
  connections: Connection[]
}

export function TopBar({trail = [], connections}: TopBarProps) {
  const [isHelping, setHelping] = useState(false)
  const [isSearching, setSearching] = useState(false)
  useSearchKey(() => setSearching(true))
  usePreload([SearchPalette, InboxPanel, AccountPanel])
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
      {trail[0]?.href !== '/my-work' && (
        <Link href="/my-work" className="my-work-link">
          My work
        </Link>
      )}
      <ConnectionBadge connections={connections} />
      <button
        type="button"
        className="icon-button"
        aria-label="Search"
        title="Search (Ctrl+K or ⌘K)"
        aria-haspopup="dialog"
        aria-keyshortcuts="Control+K Meta+K"
        onClick={() => setSearching(true)}
      >
        <SearchIcon />
      </button>
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
      {isSearching && <SearchPalette onClose={() => setSearching(false)} />}
      {isHelping && <ShortcutsHelp onClose={() => setHelping(false)} />}
    </header>
  )
}

/** Ctrl+K and ⌘K work everywhere, except while a dialog is open. */
function useSearchKey(onKey: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const {ctrlKey, metaKey, altKey, shiftKey, target} = event
      if (keyName(event) !== 'k' || ctrlKey === metaKey || altKey || shiftKey) return
      // On a Mac, Ctrl+K in a text field deletes the rest of the line.
      if (ctrlKey && isMac() && (target as Element).matches(':read-write')) return
      event.preventDefault() // the browser would search the web
      if (openModals.get().length === 0) onKey()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  })
}

/** Moves the focus behind the bar. A link would change the part of the address that names the open task. */
function skipToContent(): void {
  const main = document.querySelector('main')
  if (!main) return
  main.tabIndex = -1
  main.focus()
}
