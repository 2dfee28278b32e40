/** The title of the page: the number of unread notifications, and the name of what the page shows. */
import {useEffect} from 'react'

const shown = {name: '', unread: ''}

/** Names what the page shows. While `name` is undefined, the title keeps the former name. */
export function usePageTitle(name: string | undefined): void {
  useEffect(() => {
    if (name) show({name})
  }, [name])
}

/** Shows the number at the start of the title. An empty text shows no number. */
export function useUnreadInTitle(unread: string): void {
  useEffect(() => {
    show({unread})
    return () => show({unread: ''})
  }, [unread])
}

function show(change: Partial<typeof shown>): void {
  Object.assign(shown, change)
  document.title = titleOf(shown.name, shown.unread)
}

/** Returns a text such as '(3) Sprint 12 · Boardcast'. */
export function titleOf(name: string, unread: string): string {
  const title = [name, 'Boardcast'].filter(Boolean).join(' · ')
  return unread ? `(${unread}) ${title}` : title
}
