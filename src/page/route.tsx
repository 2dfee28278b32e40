/** Which page an address names, and links that go there without loading anew. */
import {type AnchorHTMLAttributes, useSyncExternalStore} from 'react'

export type Route = {page: 'home'} | {page: 'project' | 'sprint'; id: string} | {page: 'nowhere'}

export function routeOf(path: string): Route {
  const [, kind, id] = /^\/(projects|sprints)\/([\w-]+)\/?$/.exec(path) ?? []
  if (id) return {page: kind === 'projects' ? 'project' : 'sprint', id}
  return path === '/' ? {page: 'home'} : {page: 'nowhere'}
}

export function useRoute(): Route {
  return routeOf(useSyncExternalStore(watch, () => location.pathname))
}

export function go(path: string): void {
  history.pushState(null, '', path)
  scrollTo(0, 0)
  dispatchEvent(new PopStateEvent('popstate'))
}

/**
 * What stands behind the '#' of the address, as the id of what is open on the page; undefined: nothing is. So what is
 * open has an address, and the browser's own way back closes it.
 */
export function useHash(): [string | undefined, (id: string | undefined) => void] {
  const hash = useSyncExternalStore(watch, () => location.hash)
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
        // Another tab or window is the browser's own business.
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        go(href)
      }}
    />
  )
}

function watch(listener: () => void): () => void {
  addEventListener('popstate', listener)
  return () => removeEventListener('popstate', listener)
}
