/** The logo, which links to the home page. */
import {Link} from './route.tsx'
import './brand.css'

export function Brand() {
  return (
    <Link href="/" className="brand">
      <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="8" className="brand-background" />
        <rect x="7" y="8" width="4.5" height="16" rx="2.25" opacity=".55" />
        <rect x="13.75" y="8" width="4.5" height="11" rx="2.25" opacity=".8" />
        <rect x="20.5" y="8" width="4.5" height="7" rx="2.25" />
      </svg>
      <span>Boardcast</span>
    </Link>
  )
}
