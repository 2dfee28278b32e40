import type {Label, TaskLink} from '../../client/client.ts'

/** How a pull request or commit is shown. */
export interface LinkView {
  /** '#12' for a pull request, 'a1b2c3d' for a commit, or empty when the address has another form. */
  name: string
  title: string
  /** The state of a pull request, or 'Commit'. */
  state: string
  color: Label['color']
  /** Undefined when the link cannot be followed safely. */
  href: string | undefined
}

const states: Record<string, Pick<LinkView, 'state' | 'color'>> = {
  open: {state: 'Open', color: 'green'},
  merged: {state: 'Merged', color: 'purple'},
  closed: {state: 'Closed', color: 'red'},
}

export function linkView({kind, url, title, state}: TaskLink): LinkView {
  const known = state ? states[state] : undefined
  const path = URL.canParse(url) ? new URL(url).pathname : ''
  const [, number] = /\/(?:pull|merge_requests)\/(\d+)$/.exec(path) ?? []
  const [, hash] = /\/commit\/([\da-f]{7})[\da-f]*$/i.exec(path) ?? []
  return {
    name: kind === 'commit' ? (hash ?? '') : number ? `#${number}` : '',
    title,
    // A state that only a newer server knows is shown as it is.
    ...(known ?? {state: state ?? (kind === 'commit' ? 'Commit' : 'Pull request'), color: 'gray'}),
    href: url.startsWith('https://') && path ? url : undefined,
  }
}

/** Returns the links, the most recently updated first. */
export function newestLinks(links: readonly TaskLink[]): TaskLink[] {
  return links.toSorted((one, other) => Date.parse(other.updated_at) - Date.parse(one.updated_at))
}
