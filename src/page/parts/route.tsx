/** Client-side routing: finds the page for an address, and renders links that do not reload the document. */
import {type AnchorHTMLAttributes, useSyncExternalStore} from 'react'

type Route = {page: 'home'} | {page: 'project' | 'sprint'; id: string} | {page: 'unknown'}

function routeOf(path: string): Route {
  const [, kind, id] = /^\/(projects|sprints)\/([\w-]+)\/?$/.exec(path) ?? []
  if (id) return {page: kind === 'projects' ? 'project' : 'sprint', id}
  return path === '/' ? {page: 'home'} : {page: 'unknown'}
}

export function useRoute(): Route {
  return routeOf(useSyncExternalStore(subscribe, () => location.pathname))
}

export function go(path: string): void {
  history.pushState(null, '', path)
  scrollTo(0, 0)
  dispatchEvent(new PopStateEvent('popstate'))
}

/**
 * Returns the id of the open task and a function that sets this id. The id is undefined when no task is open. The
 * address contains the id after a '#'. Each open task therefore has its own address, and the browser's Back button
 * closes the task.
 */
export function useHash(): [string | undefined, (id: string | undefined) => void] {
  const hash = useSyncExternalStore(subscribe, () => location.hash)
  return [hash.slice(1) || undefined, setHash]
}

function setHash(id: string | undefined): void {
  if (id) history.pushState(null, '', `#${id}`)
  else history.replaceState(null, '', location.pathname)
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
