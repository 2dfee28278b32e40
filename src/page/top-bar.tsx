/** The bar at the top of every page: where one is, whether what one sees is live, what waits, and who one is. */
import {Fragment, useState} from 'react'
import {Account} from './account.tsx'
import {Bell} from './bell.tsx'
import {Brand} from './brand.tsx'
import {ConnectionBadge} from './connection-badge.tsx'
import {QuestionIcon} from './icons.tsx'
import type {Connection} from './news.tsx'
import {Link} from './route.tsx'
import {ShortcutsHelp} from './shortcuts-help.tsx'
import './top-bar.css'

interface TopBarProps {
  /** From the whole to the part; the last one is where the viewer is. */
  trail?: {label: string; href: string}[]
  /** Of what the page shows. */
  connections: Connection[]
}

export function TopBar({trail = [], connections}: TopBarProps) {
  const [isHelping, setHelping] = useState(false)
  return (
    <header className="top-bar">
      <Brand />
      <nav aria-label="You are here" className="trail">
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
