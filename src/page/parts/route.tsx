/** Client-side routing: finds the page for an address, and renders links that do not reload the document. */
import {type AnchorHTMLAttributes, useMemo, useSyncExternalStore} from 'react'
import {hashOf, type Opened, openedIn} from './opened.ts'

type Route =
  | {page: 'home' | 'my-work'}
  | {page: 'project' | 'sprint'; id: string}
  | {page: 'task'; key: string}
  | {page: 'unknown'}

function routeOf(path: string): Route {
  const [, kind, id] =
    /^\/(projects|sprints)\/([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\/?$/i.exec(path) ?? []
  if (id) return {page: kind === 'projects' ? 'project' : 'sprint', id}
  const [, key] = /^\/tasks\/([a-z][a-z\d]{1,9}-[1-9]\d{0,9})\/?$/i.exec(path) ?? []
  if (key) return {page: 'task', key}
  if (/^\/my-work\/?$/.test(path)) return {page: 'my-work'}
  return path === '/' ? {page: 'home'} : {page: 'unknown'}
}

export function useRoute(): Route {
  return routeOf(useSyncExternalStore(subscribe, () => location.pathname))
}

/** Goes to the address. An address that opens something on the current page does not scroll the page. */
export function go(path: string): void {
  const {pathname, hash} = new URL(path, location.href)
  if (pathname === location.pathname && hash) {
    open(openedIn(hash))
    return
  }
  isArriving = true
  history.pushState(null, '', path)
  scrollTo(0, 0)
  dispatchEvent(new PopStateEvent('popstate'))
}

/** Goes to the address, which replaces the present address in the history. */
export function goInPlace(path: string): void {
  isArriving = true
  history.replaceState(null, '', path)
  dispatchEvent(new PopStateEvent('popstate'))
}

/** Returns what the address opens, and a function that opens something else. `open({})` closes what is open. */
export function useOpened(): [Opened, (opened: Opened) => void] {
  const hash = useSyncExternalStore(subscribe, () => location.hash)
  return [useMemo(() => openedIn(hash), [hash]), open]
}

let isArriving = true // until the question in the address is shown

/**
 * Whether the question in the address has not been shown since the member has gone there. Later calls return false, so
 * that a question takes the focus only once.
 */
export function takeArrival(): boolean {
  const was = isArriving
  isArriving = false
  return was
}

/** The state of a history entry that lies directly above the entry of the same page with nothing open. */
const aboveClosed = {isAboveClosed: true}
let isReturning = false // from `history.back()` until the browser has changed the address

/**
 * What is opened first gets its own history entry, and what is opened next replaces it. The browser's Back button
 * therefore closes what is open, no matter how many tasks the member has looked at, and then leaves the page.
 */
function open(opened: Opened): void {
  const hash = hashOf(opened)
  if (isReturning) {
    if (hash) addEventListener('popstate', () => open(opened), {once: true})
    return
  }
  if (!hash && history.state?.isAboveClosed) {
    isReturning = true
    const onReturn = () => {
      isReturning = false
    }
    addEventListener('popstate', onReturn, {once: true})
    history.back()
    return
  }
  isArriving = true
  if (!hash) history.replaceState(null, '', location.pathname + location.search)
  else if (location.hash) history.replaceState(history.state, '', hash)
  else history.pushState(aboveClosed, '', hash)
  dispatchEvent(new PopStateEvent('popstate'))
}

export function Link({href, ...rest}: AnchorHTMLAttributes<HTMLAnchorElement> & {href: string}) {
  return (
    <a
      href={href}
      {...rest}
      onClick={event => {
        // When a modifier key is pressed, the browser opens the link in another tab or window.
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        go(href)
      }}
    />
  )
}

function subscribe(listener: () => void): () => void {
  addEventListener('popstate', listener)
  return () => removeEventListener('popstate', listener)
}
